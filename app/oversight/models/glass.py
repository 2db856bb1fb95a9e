"""A file of another unit that was opened in an emergency, and its review by a supervisor."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Role, Unit, User
from app.cases.models import Case
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow


class GlassReviewed(DomainError):
    message = _l("Lần mở khẩn cấp này đã được xem lại. Tải lại trang để xem.")


class OwnGlass(DomainError):
    status = 403
    message = _l("Người mở hồ sơ không tự xem lại được. Cần một người khác.")


class GlassOver(DomainError):
    message = _l("Lần mở khẩn cấp này đã hết hạn hoặc đã kết thúc.")


class BreakGlass(SealedRow, Base):
    """`unit_id`, `role`: what the person was then. The access itself is a row of `case_access` with
    the same holder, case and `since`. Words are sealed under the child's key."""

    __tablename__ = "break_glasses"
    __table_args__ = (
        Index("ix_break_glasses_by", "by_id", "since"),
        Index("ix_break_glasses_case", "case_id", "since"),
        Index("ix_break_glasses_waiting", "since", postgresql_where="decided_at IS NULL"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case] = relationship(lazy="raise")
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User] = relationship(lazy="raise", foreign_keys=[by_id])
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit: Mapped[Unit] = relationship(lazy="raise")
    role: Mapped[Role]
    category: Mapped[str]  # of `glass_categories`
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # by the person, or by the review, before `until`
    decision: Mapped[str | None]  # of `glass_decisions`
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def is_running(self, now: datetime) -> bool:
        return self.ended_at is None and self.since <= now < self.until

    def end(self, *, now: datetime) -> None:
        """Before its time. Raises GlassOver."""
        if not self.is_running(now):
            raise GlassOver
        self.ended_at = now

    def decide(self, decision: str, note: str | None, *, by: uuid.UUID, now: datetime) -> None:
        """Raises OwnGlass, GlassReviewed the second time."""
        if by == self.by_id:
            raise OwnGlass
        if self.decided_at is not None:
            raise GlassReviewed
        self.decision, self.note = decision, note
        self.decided_by, self.decided_at = by, now
