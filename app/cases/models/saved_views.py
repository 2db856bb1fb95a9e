"""Filters of the list of cases that a person keeps under a name of their own."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class SavedView(SealedRow, Base):
    """One kept filter. The name is its owner's own words, sealed under their key; `query` holds
    codes only, as they stand in the address."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_user", "user_id", "position", "id"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed(NAME_BLOCK)
    query: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
