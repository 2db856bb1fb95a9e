"""Erasing a child: asked for by one person, decided by another, carried out after a waiting time;
and the legal hold, while which stands nothing is erased."""

import uuid
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Role
from app.cases.models.cases import Case
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow


class ErasureState(StrEnum):
    ASKED = "asked"  # waits for a second person
    AGREED = "agreed"  # waits for its day; can be taken back
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"  # on its day something stood against it
    DONE = "done"


OPEN = (ErasureState.ASKED, ErasureState.AGREED)


class ErasureAnswered(DomainError):
    message = _l("Đề nghị xóa này đã được trả lời, đã rút hoặc đã thực hiện. Hãy tải lại trang.")


class OwnErasure(DomainError):
    status = 403
    message = _l("Người đề nghị không được tự quyết định. Cần một người khác.")


class NobodyOversees(DomainError):
    status = 403
    message = _l(
        "Trong hai người quyết định xóa phải có người của Sở Y tế: cần người giám sát trả lời."
    )


class ErasureRunning(DomainError):
    message = _l("Trẻ em này đang có một đề nghị xóa. Hãy tải lại trang.")


class HoldLifted(DomainError):
    message = _l("Lệnh giữ này đã được bỏ. Hãy tải lại trang.")


class LegalHold(SealedRow, Base):
    """`ground` is a code of the list `hold_grounds`. The words go with the child."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index(
            "uq_legal_holds_standing",
            "child_id",
            "ground",
            unique=True,
            postgresql_where="until IS NULL",
        ),
        Index("ix_legal_holds_child", "child_id"),
    )

    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))  # where it was set
    ground: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    since: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    until: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    lift_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    lift_reason = Sealed()

    def lift(self, *, by_id: uuid.UUID, reason: str, now: datetime) -> None:
        """Raises HoldLifted the second time."""
        if self.until is not None:
            raise HoldLifted
        self.until, self.lifted_by_id, self.lift_reason = now, by_id, reason


class ErasureRequest(SealedRow, Base):
    """One request. Its words have a key of their own: why a child was erased can be shown after.

    `ground` is a code of the list `erasure_grounds`. `due_at`: when it is carried out, once agreed
    to. `ended_at`: refused, withdrawn, stopped or done. `obstacles`: codes of what stopped it.
    """

    __tablename__ = "erasure_requests"
    __table_args__ = (
        Index(
            "uq_erasure_requests_open",
            "child_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index("ix_erasure_requests_child", "child_id", "asked_at"),
        Index("ix_erasure_requests_due", "due_at", postgresql_where="state = 'agreed'"),
        Index("ix_erasure_requests_waiting", "asked_at", postgresql_where="state = 'asked'"),
    )

    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))  # where it was asked for
    case: Mapped[Case] = relationship(lazy="raise")
    ground: Mapped[str]
    list_version: Mapped[int] = mapped_column(SmallInteger)
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    state: Mapped[ErasureState] = mapped_column(default=ErasureState.ASKED)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_role: Mapped[Role]
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()
    due_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    obstacles: Mapped[list[str]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def require_answerable(self, by_id: uuid.UUID, *, oversees: bool) -> None:
        """By another person, and one of the two oversees the area: what a commune did must not be
        erased by that commune alone.

        Raises ErasureAnswered, OwnErasure, NobodyOversees.
        """
        if self.state is not ErasureState.ASKED:
            raise ErasureAnswered
        if by_id == self.asked_by_id:
            raise OwnErasure
        if not (oversees or self.asked_role is Role.SUPERVISOR):
            raise NobodyOversees

    def agree(self, *, by_id: uuid.UUID, due_at: datetime, now: datetime) -> None:
        self.state, self.decided_by_id, self.decided_at = ErasureState.AGREED, by_id, now
        self.due_at = due_at

    def refuse(self, *, by_id: uuid.UUID, now: datetime) -> None:
        self.state, self.decided_by_id, self.decided_at = ErasureState.REFUSED, by_id, now
        self.ended_at = now

    def withdraw(self, *, by_id: uuid.UUID, now: datetime) -> None:
        """Raises ErasureAnswered where there is nothing to take back any more."""
        if not self.is_open:
            raise ErasureAnswered
        self.state, self.ended_by_id, self.ended_at = ErasureState.WITHDRAWN, by_id, now

    def stop(self, obstacles: list[str], *, now: datetime) -> None:
        self.state, self.obstacles, self.ended_at = ErasureState.STOPPED, obstacles, now

    def finish(self, *, now: datetime) -> None:
        self.state, self.ended_at = ErasureState.DONE, now
