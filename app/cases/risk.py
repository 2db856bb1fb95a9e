"""The risk of a child over time: each kind of assessment adds its own points.

    RISK_POINTS.append(review_points)   # (session, case_id) -> Iterable[RiskPoint]

What counts at the end is the level of a case; a specific assessment may raise it, never lower it.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.enums import RISK_RANK, RiskLevel
from app.cases.models import InitialAssessment, Review, SpecificAssessment
from app.cases.models.reviews import ClosingState


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What one assessment found. `form` names it ("Mẫu 02"); with `only_raises` a level below the
    one that counts changes nothing."""

    at: datetime
    level: RiskLevel
    form: LazyString | str
    only_raises: bool = False


@dataclass(frozen=True, slots=True)
class RiskStep:
    """A point, and the level that counts from then on."""

    point: RiskPoint
    counts: RiskLevel

    @property
    def is_kept_higher(self) -> bool:
        """Found to be lower, but the higher level goes on counting."""
        return is_higher(self.counts, self.point.level)


def is_higher(one: RiskLevel, other: RiskLevel | None) -> bool:
    """Is `one` graver than `other`? Anything is graver than nothing."""
    return other is None or RISK_RANK[one] < RISK_RANK[other]


def steps_of(points: Iterable[RiskPoint]) -> list[RiskStep]:
    """The points in the order in which they happened, with what counted after each."""
    steps: list[RiskStep] = []
    counts: RiskLevel | None = None
    for point in sorted(points, key=lambda point: (point.at, point.only_raises)):
        if not point.only_raises or is_higher(point.level, counts):
            counts = point.level
        steps.append(RiskStep(point, counts or point.level))
    return steps


def initial_points(session: Session, case_id: uuid.UUID) -> Sequence[RiskPoint]:
    found = select(InitialAssessment.happened_at, InitialAssessment.final_level).where(
        InitialAssessment.case_id == case_id
    )
    return [RiskPoint(at, level, _l("Mẫu 02")) for at, level in session.execute(found)]


def specific_points(session: Session, case_id: uuid.UUID) -> Sequence[RiskPoint]:
    found = select(SpecificAssessment.happened_at, SpecificAssessment.final_level).where(
        SpecificAssessment.case_id == case_id
    )
    return [
        RiskPoint(at, level, _l("Mẫu 03"), only_raises=True) for at, level in session.execute(found)
    ]


def review_points(session: Session, case_id: uuid.UUID) -> Sequence[RiskPoint]:
    """A review lowers the level only with the Chair's agreement to close."""
    found = select(Review.happened_at, Review.computed_level, Review.closing_state).where(
        Review.case_id == case_id
    )
    return [
        RiskPoint(at, level, _l("Mẫu 06"), only_raises=closing is not ClosingState.AGREED)
        for at, level, closing in session.execute(found)
    ]


RISK_POINTS: list[Callable[[Session, uuid.UUID], Iterable[RiskPoint]]] = [
    initial_points,
    specific_points,
    review_points,
]


def risk_steps(session: Session, case_id: uuid.UUID) -> list[RiskStep]:
    """What all assessments of a case found, the first first: a statement for each kind."""
    return steps_of(point for read in RISK_POINTS for point in read(session, case_id))
