"""Mẫu số 06: the review of a plan, and the Chair's decision where it proposes to close."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import RiskLevel
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow


class Proposal(StrEnum):
    """Codes of the list `review_proposals` (Decree 56/2017, art. 30 cl. 1)."""

    CLOSE = "close"
    CONTINUE = "continue"
    NEW_CYCLE = "new_cycle"


class ClosingState(StrEnum):
    """What became of a proposal to close."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"
    REPLACED = "replaced"  # a further review came before the Chair's answer


class ClosingAlreadyDecided(DomainError):
    message: LazyString | str = _l("Đề nghị đóng hồ sơ này đã được trả lời.")

    def __init__(self, by: str | None = None, at: str | None = None) -> None:
        super().__init__()
        if by:
            self.message = _l(
                "Đề nghị đóng hồ sơ này đã được trả lời bởi %(by)s, lúc %(at)s.", by=by, at=at
            )


class OwnReview(DomainError):
    status = 403
    message = _l("Người rà soát không được tự xác nhận đóng hồ sơ. Cần một người khác.")


class Review(SealedRow, Base):
    """Answers, counts and level as in Mẫu số 02, the four states, and what is proposed.

    `closing_state` is None where nothing is asked of the Chair. The words of the physical and the
    psychological state belong to the section of health, the others to the assessment.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_case", "case_id", "happened_at"),
        Index(
            "uq_reviews_pending",
            "case_id",
            unique=True,
            postgresql_where="closing_state = 'pending'",
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    cycle: Mapped[int] = mapped_column(SmallInteger)
    form_version: Mapped[int] = mapped_column(SmallInteger)
    answers: Mapped[dict[str, Any]]  # {"H1": "LOW", …}
    counts: Mapped[dict[str, Any]]  # {"harm": {"HIGH": 0, …}, "protect": {…}}
    computed_level: Mapped[RiskLevel]
    states: Mapped[dict[str, Any]]  # {"physical": "stable", …}
    physical_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    physical = Sealed()
    psychological_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    psychological = Sealed()
    cognitive_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    cognitive = Sealed()
    emotional_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    emotional = Sealed()
    conclusion_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    conclusion = Sealed()
    proposal: Mapped[Proposal]
    next_on: Mapped[date | None]  # where the plan goes on: when it is reviewed again
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    closing_state: Mapped[ClosingState | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    refusal_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    refusal = Sealed()
    check_on: Mapped[date | None]  # where the closing was agreed: when to look at the child again
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def agree(self, *, by: uuid.UUID, check_on: date, now: datetime) -> None:
        """The Chair closes. Raises OwnReview, or ClosingAlreadyDecided the second time."""
        self._answer(ClosingState.AGREED, by, now)
        self.check_on = check_on

    def refuse(self, *, by: uuid.UUID, reason: str, now: datetime) -> None:
        """The work goes on. Raises OwnReview, or ClosingAlreadyDecided the second time."""
        self._answer(ClosingState.REFUSED, by, now)
        self.refusal = reason

    def replace(self, *, now: datetime) -> None:
        """A newer review takes the place of one that waits for the Chair."""
        self.closing_state, self.decided_at = ClosingState.REPLACED, now

    def _answer(self, state: ClosingState, by: uuid.UUID, now: datetime) -> None:
        if self.closing_state is not ClosingState.PENDING:
            raise ClosingAlreadyDecided
        if by == self.by_id:
            raise OwnReview
        self.closing_state, self.decided_by, self.decided_at = state, by, now
