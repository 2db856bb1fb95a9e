"""Thresholds of disclosure control, as an administrator set them in place of the data file."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class ThresholdChange(Base):
    """From `typed_at` on whatever is protected uses it; what was released keeps its own. Rows are
    only added. `number` counts the changes, so that of two administrators at once the second is
    told; a table names it in its version (protection/rules.py, OWN)."""

    __tablename__ = "threshold_changes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    thresholds: Mapped[dict[str, Any]] = mapped_column(JSONB)  # of protection/rules.py, Thresholds
    reason: Mapped[str]  # of an office, not of a child
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
