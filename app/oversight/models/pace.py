"""Which different files a person opened of late: what a program in somebody's place is told by."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class FileOpening(Base):
    """When a person first opened a file (a case, the page of a child, a packet) within the longest
    window of the rules. Ids and times, for a day at most; the log keeps what was read."""

    __tablename__ = "file_openings"
    __table_args__ = (Index("ix_file_openings_at", "user_id", "at"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
