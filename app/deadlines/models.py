"""Legal clocks that run, are met, missed or extended; and the calendar's exceptions."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import Sealed, SealedRow


class ClockState(StrEnum):
    OPEN = "open"
    MET = "met"
    MISSED = "missed"  # not done in time, whether or not it was done later
    EXTENDED = "extended"  # open, with an approved later due time
    VOID = "void"  # no longer asked for (report not confirmed, duplicate, out of scope)


class ExtensionAlreadyDecided(DomainError):
    message: LazyString | str = _l("Đề nghị gia hạn này đã được trả lời.")

    def __init__(self, by: str | None = None, at: str | None = None) -> None:
        super().__init__()
        if by:
            self.message = _l(
                "Đề nghị gia hạn này đã được trả lời bởi %(by)s, lúc %(at)s.", by=by, at=at
            )


class OwnRequest(DomainError):
    status = 403
    message = _l("Người đề nghị không được tự duyệt. Cần một người khác duyệt.")


class NotExtendable(DomainError):
    message = _l("Pháp luật không cho gia hạn việc này.")


class ClockNotRunning(DomainError):
    message = _l("Thời hạn này không còn chạy: việc đã xong hoặc không còn phải làm.")


class ClockRunOut(DomainError):
    message = _l("Thời hạn đã qua nên không gia hạn được nữa. Hãy làm ngay và ghi lại lý do.")


class ExtensionPending(DomainError):
    message = _l("Thời hạn này đang có một đề nghị gia hạn chờ trả lời.")


def clock_state(
    now: datetime,
    *,
    effective_due_at: datetime,
    extended_to: datetime | None,
    met_at: datetime | None,
    voided_at: datetime | None,
) -> ClockState:
    """Derived from times only: when it was done decides, not when it was typed."""
    if voided_at is not None:
        return ClockState.VOID
    if (met_at or now) > effective_due_at:
        return ClockState.MISSED
    if met_at is not None:
        return ClockState.MET
    return ClockState.EXTENDED if extended_to else ClockState.OPEN


class Deadline(Base):
    """One clock of one subject (a case). The state is derived from times, never stored.

    `subject_id` has no foreign key: the owner of the clock is in a package above.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        Index("uq_deadlines_subject", "subject_id", "rule_key", "cycle", unique=True),
        Index(
            "ix_deadlines_unit_open",
            "unit_id",
            "effective_due_at",
            postgresql_where="closed_at IS NULL",
        ),
        Index(
            "ix_deadlines_open",
            "effective_due_at",
            postgresql_where="closed_at IS NULL",
            postgresql_include=["commune_code", "extended_to", "rule_key"],
        ),
        Index(
            "ix_deadlines_unnoted",
            "effective_due_at",
            postgresql_where="closed_at IS NULL AND miss_noted_at IS NULL",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID]
    subject_label: Mapped[str]  # the case number
    rule_key: Mapped[str]
    rule_version: Mapped[int] = mapped_column(SmallInteger)
    cycle: Mapped[int] = mapped_column(SmallInteger, default=1)
    unit_id: Mapped[uuid.UUID | None]
    commune_code: Mapped[str | None] = mapped_column(index=True)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]  # as the rule says
    extended_to: Mapped[datetime | None]
    effective_due_at: Mapped[datetime]  # extended_to or due_at
    met_at: Mapped[datetime | None]  # when what the law asks for happened
    voided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # when it was recorded as met or void
    miss_noted_at: Mapped[datetime | None]  # when the miss was written to the log
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def state(self, now: datetime) -> ClockState:
        return clock_state(
            now,
            effective_due_at=self.effective_due_at,
            extended_to=self.extended_to,
            met_at=self.met_at,
            voided_at=self.voided_at,
        )

    def meet(self, *, happened_at: datetime, now: datetime) -> None:
        """What the clock asks for was done at `happened_at`. The first answer counts."""
        if self.closed_at is None:
            self.met_at, self.closed_at = happened_at, now

    def void(self, *, now: datetime) -> None:
        if self.closed_at is None:
            self.voided_at = self.closed_at = now

    def require_extendable(self, *, now: datetime) -> None:
        """More time is asked for and given before the clock runs out.

        Raises ClockNotRunning, ClockRunOut.
        """
        if self.closed_at is not None:
            raise ClockNotRunning
        if now > self.effective_due_at:
            raise ClockRunOut

    def extend(self, until: datetime, *, now: datetime) -> None:
        """A later due time, approved while the clock still runs: what was missed stays missed.

        Raises ClockNotRunning, ClockRunOut.
        """
        self.require_extendable(now=now)
        if until <= now:
            raise ClockRunOut
        self.extended_to = self.effective_due_at = until


class DeadlineExtension(SealedRow, Base):
    """A request for more time: the reason, who asked, and the other person who decided."""

    __tablename__ = "deadline_extensions"
    __table_args__ = (
        Index(
            "uq_deadline_extensions_pending",
            "deadline_id",
            unique=True,
            postgresql_where="decided_at IS NULL",
        ),
    )

    deadline_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("deadlines.id"), index=True)
    deadline: Mapped[Deadline] = relationship(lazy="raise")
    until: Mapped[datetime]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    is_approved: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def decide(self, *, by: uuid.UUID, approved: bool, now: datetime) -> None:
        """Raises OwnRequest for the person who asked, ExtensionAlreadyDecided the second time."""
        if self.decided_at is not None:
            raise ExtensionAlreadyDecided
        if by == self.asked_by:
            raise OwnRequest
        self.decided_by, self.decided_at, self.is_approved = by, now, approved


class CalendarDay(Base):
    """A day that differs from the calendar: an extra day off or a swapped working day."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    reason: Mapped[str]
    citation: Mapped[str | None]
