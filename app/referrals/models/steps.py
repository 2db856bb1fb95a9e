"""The history of a referral, and the documents that go with it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import Sealed, SealedRow
from app.referrals.enums import StepKind


class ReferralStep(SealedRow, Base):
    """One line of the history of a referral. Both sides read it; words are sealed.

    `facts` holds codes, days and counts. `happened_at`: when it was; `at`: when it was recorded.
    """

    __tablename__ = "referral_steps"
    __table_args__ = (Index("ix_referral_steps_referral", "referral_id", "at", "id"),)

    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"))
    kind: Mapped[StepKind]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    at: Mapped[datetime]
    happened_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()


class ReferralFile(Base):
    """A document of the case that goes with a referral, picked one by one."""

    __tablename__ = "referral_files"

    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_files.id"), primary_key=True)
