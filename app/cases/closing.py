"""What still stands in the way of closing a case: each part of the work adds its own question.

    OBSTACLES.append(open_activities)   # (session, case) -> Iterable[Obstacle]

Upper packages add theirs too (a referral that is open), so that nothing closes by accident.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.cases.models import Case


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing to finish first, in words without names, and the endpoint of the page for it.

    `endpoint` takes `case_id`, and `subject_id` as a further variable named `variable` if given.
    """

    text: LazyString | str
    endpoint: str
    variable: str = ""
    subject_id: uuid.UUID | None = None


OBSTACLES: list[Callable[[Session, Case], Iterable[Obstacle]]] = []


def obstacles(session: Session, case: Case) -> list[Obstacle]:
    """All that is open, in the order in which the parts registered."""
    return [found for question in OBSTACLES for found in question(session, case)]


# What a further episode takes over from the closed case it follows, once it is saved (old, new):
# who was kept out of the one for a conflict of interest is kept out of the other.
REOPENED: list[Callable[[Session, Case, Case], None]] = []

# What goes along when another unit has taken a case over.
MOVED: list[Callable[[Session, Case], None]] = []
