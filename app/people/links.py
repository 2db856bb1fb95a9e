"""Children of one household, and two records of one child: linked, merged, separated again."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import Sealed, SealedRow


class LinkKind(StrEnum):
    SIBLING = "sibling"
    HOUSEHOLD = "household"  # live together, not of the same parents


class AlreadySeparated(DomainError):
    message = _l("Hai bản ghi này đã được tách lại.")


class ChildLink(Base):
    """Two children belong together; `a_id` is the smaller of the two ids, so that a pair is one
    row. A link that was wrong is ended, not deleted."""

    __tablename__ = "child_links"
    __table_args__ = (
        Index(
            "uq_child_links_pair", "a_id", "b_id", unique=True, postgresql_where="ended_at IS NULL"
        ),
        Index("ix_child_links_b", "b_id"),
        CheckConstraint("a_id < b_id", name="order"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    a_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    b_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    kind: Mapped[LinkKind]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class ChildMerge(SealedRow, Base):
    """Two records were found to be one child: `kept_id` stays, `merged_id` is shown no more.

    Nothing is thrown away: `moved` holds the ids of what follows the child, by kind, so that a
    mistake is undone exactly.
    """

    __tablename__ = "child_merges"
    __table_args__ = (
        Index(
            "uq_child_merges_merged",
            "merged_id",
            unique=True,
            postgresql_where="separated_at IS NULL",
        ),
        Index("ix_child_merges_kept", "kept_id"),
    )

    kept_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    merged_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    moved: Mapped[dict[str, Any]]  # {"cases": [ids], …}
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    merged_at: Mapped[datetime]
    separated_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    separated_at: Mapped[datetime | None]

    def separate(self, *, by: uuid.UUID, now: datetime) -> None:
        """Raises AlreadySeparated the second time."""
        if self.separated_at is not None:
            raise AlreadySeparated
        self.separated_by, self.separated_at = by, now
