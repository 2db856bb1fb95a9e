"""A disagreement about an answer: who raised it, by when it is decided, and the decision."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.sealed import Sealed, SealedRow
from app.referrals.enums import DisputeDecision
from app.referrals.errors import DisputeDecided
from app.referrals.models.referrals import Referral


class ReferralDispute(SealedRow, Base):
    """Raised by the sender against a refusal or a silence; decided by a supervisor in time."""

    __tablename__ = "referral_disputes"
    __table_args__ = (
        Index(
            "uq_referral_disputes_open",
            "referral_id",
            unique=True,
            postgresql_where="decided_at IS NULL",
        ),
        Index("ix_referral_disputes_due", "due_at", postgresql_where="decided_at IS NULL"),
    )

    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    referral: Mapped[Referral] = relationship(lazy="raise")
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    raised_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decision: Mapped[DisputeDecision | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def decide(
        self, decision: DisputeDecision, *, by: uuid.UUID, answer: str, now: datetime
    ) -> None:
        """Raises DisputeDecided the second time."""
        if self.decided_at is not None:
            raise DisputeDecided
        self.decision, self.answer = decision, answer
        self.decided_by, self.decided_at = by, now
