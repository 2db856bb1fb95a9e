"""What is due: one row for each thing somebody has to do, derived from the state of the work."""

import uuid
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import Sealed, SealedRow


class ObligationEnded(DomainError):
    message = _l("Việc này đã xong hoặc không còn phải làm. Hãy tải lại trang.")


class ObligationOfAnother(DomainError):
    message = _l("Việc này vừa được giao cho người khác. Hãy tải lại trang.")


class OwnAnswer(DomainError):
    status = 403
    message = _l("Người đề nghị không được tự duyệt. Cần một người khác duyệt.")


AN_INSTANT = timedelta(microseconds=1)  # later than what was told before


def _opened_at(context: DefaultExecutionContext) -> datetime:
    opened: datetime = context.get_current_parameters()["opened_at"]  # type: ignore[no-untyped-call]
    return opened


class Obligation(Base):
    """`subject_id` is the clock, case, activity, … that asks for it; `occurrence` tells a later
    asking (an extended clock, the next visit) from an earlier one. The row comes back by itself
    when it is missing, and ends when the state no longer asks for it.

    Reminders: steps of the rule up to `last_at` were given; `next_at` is when the next one is.
    Who is asked only after that (`asked_at`) is told at once of what the one before was told.
    """

    __tablename__ = "obligations"
    __table_args__ = (
        Index("uq_obligations", "kind", "subject_id", "occurrence", unique=True),
        Index(
            "ix_obligations_next",
            "next_at",
            postgresql_where="closed_at IS NULL AND next_at IS NOT NULL",
        ),
        Index("ix_obligations_user", "user_id", "due_at", postgresql_where="closed_at IS NULL"),
        Index("ix_obligations_unit", "unit_id", "due_at", postgresql_where="closed_at IS NULL"),
        Index("ix_obligations_case", "case_id"),
        Index(
            "ix_obligations_handed",
            "handed_to_id",
            "due_at",
            postgresql_where="closed_at IS NULL AND handed_to_id IS NOT NULL",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, default=new_id, server_default=text("gen_random_uuid()")
    )
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    occurrence: Mapped[str]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    # who stands in for whom is asked (`answers_id`) while they are away
    stand_in_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    handed_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))  # by an answer
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    # since when the present person is asked
    asked_at: Mapped[datetime] = mapped_column(default=_opened_at)
    closed_at: Mapped[datetime | None]
    last_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    waived_at: Mapped[datetime | None]  # answered: not needed; the state may still ask for it
    snoozed_until: Mapped[datetime | None]
    snoozes: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")

    @property
    def answers_id(self) -> uuid.UUID | None:
        """Who is to do it: to whom it was handed over, else who the state says."""
        return self.handed_to_id or self.user_id

    @property
    def what(self) -> tuple[str, uuid.UUID, str]:
        return self.kind, self.subject_id, self.occurrence

    @property
    def is_legal(self) -> bool:
        """A clock of the law: it is not waived by one person alone."""
        return self.kind.startswith("clock.")

    @property
    def needs_agreement(self) -> bool:
        """One person alone does not say that a child need not be seen."""
        return self.is_legal or self.kind in ("visit", "check_after")

    def require_open(self) -> None:
        """Raises ObligationEnded."""
        if self.closed_at is not None:
            raise ObligationEnded

    def snooze(self, until: datetime) -> None:
        """Be reminded again then; the steps for others are not put off. Raises ObligationEnded."""
        self.require_open()
        self.snoozed_until, self.snoozes = until, self.snoozes + 1
        self.next_at = min(self.next_at, until) if self.next_at else until

    def end(self, *, now: datetime) -> None:
        """It was done. Raises ObligationEnded."""
        self.require_open()
        self.closed_at, self.next_at = now, None

    def give(self, to_id: uuid.UUID, *, now: datetime) -> None:
        """To a colleague, who is told at the next pass. Raises ObligationEnded."""
        self.require_open()
        self.handed_to_id = to_id
        self.ask_again(now=now)

    def ask_again(self, *, now: datetime) -> None:
        """Whom the rule tells first is told at the next pass, whatever was put off, and even where
        no step has come yet. Raises ObligationEnded."""
        self.require_open()
        self.snoozed_until = None
        self.last_at = max(self.last_at, min(self.started_at, now) - AN_INSTANT)
        self.asked_at, self.next_at = max(now, self.last_at + AN_INSTANT), now

    def waive(self, *, now: datetime) -> None:
        """Not needed, with a reason that is kept. Raises ObligationEnded."""
        self.end(now=now)
        self.waived_at = now


class ObligationAnswer(SealedRow, Base):
    """What somebody answered: later, not needed, handed over; with the reason in words."""

    __tablename__ = "obligation_answers"
    __table_args__ = (Index("ix_obligation_answers_obligation", "obligation_id", "at"),)

    obligation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("obligations.id"))
    answer: Mapped[str]  # later, not_needed, refused (why not), handed_over, noted
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    is_approved: Mapped[bool | None]  # of a legal clock that is said not to be needed

    def decide(self, *, by: uuid.UUID, approved: bool, now: datetime) -> None:
        """Raises OwnAnswer for who asked, ObligationEnded the second time."""
        if self.decided_at is not None:
            raise ObligationEnded
        if by == self.by_id:
            raise OwnAnswer
        self.decided_by, self.decided_at, self.is_approved = by, now, approved


class PersonalReminder(SealedRow, Base):
    """“Call the school on Friday”: set by one person on a case, for that person only."""

    __tablename__ = "personal_reminders"
    __table_args__ = (
        Index("ix_personal_reminders_open", "due_at", postgresql_where="done_at IS NULL"),
        Index("ix_personal_reminders_case", "case_id", "user_id"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = Sealed()
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def finish(self, *, now: datetime) -> None:
        """Raises ObligationEnded the second time."""
        if self.done_at is not None:
            raise ObligationEnded
        self.done_at = now
