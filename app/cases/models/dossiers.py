"""Why dossiers were wanted before they were an export like the others (models/exports.py)."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import Sealed, SealedRow


class Dossier(SealedRow, Base):
    """One dossier that was asked for: nothing adds to these rows any more, and they stay."""

    __tablename__ = "dossiers"
    __table_args__ = (Index("ix_dossiers_case", "case_id"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    ordered_at: Mapped[datetime]
