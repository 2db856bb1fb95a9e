"""Mẫu số 03: the specific assessment, what was learnt, and the needs by domain."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import RiskLevel
from app.core.db import Base
from app.core.sealed import Sealed, SealedRow

GOAL_DEMANDED = frozenset({RiskLevel.HIGH, RiskLevel.MEDIUM})


class SpecificAssessment(SealedRow, Base):
    """One of several over time; the newest by `happened_at` is the one a plan answers. Levels as in
    Mẫu số 02, but the officer may only raise the computed one (app.cases.risk: what counts)."""

    __tablename__ = "specific_assessments"
    __table_args__ = (Index("ix_specific_assessments_case", "case_id", "happened_at"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    cycle: Mapped[int] = mapped_column(SmallInteger)
    form_version: Mapped[int] = mapped_column(SmallInteger)
    answers: Mapped[dict[str, Any]]  # {"H1": "HIGH", …}
    counts: Mapped[dict[str, Any]]  # {"harm": {"HIGH": 2, …}, "protect": {…}}
    computed_level: Mapped[RiskLevel]
    final_level: Mapped[RiskLevel]
    comment_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    comment = Sealed()
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    texts: Mapped[list["SpecificText"]] = relationship(
        lazy="raise", order_by="SpecificText.position"
    )
    needs: Mapped[list["SpecificNeed"]] = relationship(
        lazy="raise", order_by="SpecificNeed.position"
    )


class SpecificText(SealedRow, Base):
    """What was learnt in one field of the form, whose definition says which section opens it."""

    __tablename__ = "specific_texts"

    assessment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("specific_assessments.id"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    field: Mapped[str]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = Sealed()


class SpecificNeed(SealedRow, Base):
    """A domain of needs (code list `needs`), how serious it is, and the problem in words.

    HIGH or MEDIUM demands a goal in the plan.
    """

    __tablename__ = "specific_needs"

    assessment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("specific_assessments.id"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    domain: Mapped[str]
    severity: Mapped[RiskLevel]
    problem_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    problem = Sealed()

    @property
    def demands_goal(self) -> bool:
        return self.severity in GOAL_DEMANDED
