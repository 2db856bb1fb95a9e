"""What came of each nightly backup."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class BackupOutcome(StrEnum):
    """PROVED: restored into a scratch database, and everything in it was as it should be."""

    PROVED = "proved"
    FAILED = "failed"


class BackupRun(Base):
    """One night. `fault` is a code of app.backup.faults; `file` a name in BACKUP_DIR."""

    __tablename__ = "backup_runs"
    __table_args__ = (Index("ix_backup_runs_started", "started_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[BackupOutcome]
    fault: Mapped[str | None]
    file: Mapped[str | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    made_ms: Mapped[int | None]
    proved_ms: Mapped[int | None]
    events: Mapped[int | None] = mapped_column(BigInteger)
    fields: Mapped[int | None]
    files: Mapped[int | None]
