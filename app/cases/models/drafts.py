"""What was typed and not yet sent."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import Sealed, SealedRow


class Draft(SealedRow, Base):
    """One user's unfinished form, sealed under the user's key; deleted when the form is sent."""

    __tablename__ = "drafts"
    __table_args__ = (
        Index(
            "uq_drafts_place",
            "user_id",
            "form",
            "subject_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    form: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body = Sealed(is_words=False)
    saved_at: Mapped[datetime]
