"""The outlines of the communes that an operator loaded, for maps."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id


class CommuneOutlines(Base):
    """One drawing of all communes; the newest counts. `paths` by commune code."""

    __tablename__ = "commune_outlines"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0", name="size"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]  # whose outlines they are, as the operator says
    loaded_at: Mapped[datetime]
    width: Mapped[int]
    height: Mapped[int]
    paths: Mapped[dict[str, str]] = mapped_column(JSONB)
