"""The shared case room: notes an agency shows to those it chooses, and tasks for each other."""

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit, User
from app.core.db import Base
from app.core.sealed import Sealed, SealedRow
from app.referrals.errors import ReferralChanged


class RoomNote(SealedRow, Base):
    """A note in the lane of the unit that wrote it; `unit_ids` may read it beside its own unit."""

    __tablename__ = "room_notes"
    __table_args__ = (
        Index("ix_room_notes_case", "case_id", "at", "id"),
        Index("ix_room_notes_at", "at"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit: Mapped[Unit] = relationship(lazy="raise")
    unit_ids: Mapped[list[str]] = mapped_column(default=list)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User] = relationship(lazy="raise", foreign_keys=[by_id])
    at: Mapped[datetime]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = Sealed()


class RoomTask(SealedRow, Base):
    """What one unit asks another to do for the child until a day."""

    __tablename__ = "room_tasks"
    __table_args__ = (
        Index("ix_room_tasks_case", "case_id", "due_on", "id"),
        Index("ix_room_tasks_open", "to_unit_id", "due_on", postgresql_where="done_at IS NULL"),
        Index(
            "ix_room_tasks_done", "from_unit_id", "done_at", postgresql_where="done_at IS NOT NULL"
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    from_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    from_unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=[from_unit_id])
    to_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    to_unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=[to_unit_id])
    what_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    what = Sealed()
    due_on: Mapped[date]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    result = Sealed()
    done_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def finish(self, *, by: uuid.UUID, result: str, now: datetime) -> None:
        """Raises ReferralChanged the second time."""
        if self.done_at is not None:
            raise ReferralChanged
        self.done_by, self.done_at, self.result = by, now, result
