"""What waits for a signature of the Chair, in one statement: plans, closings, what upper packages
add. What they ask of a supervisor, in another."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Uuid, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.cases.models import Case, Plan, Review
from app.cases.models.plans import PlanState
from app.cases.models.reviews import ClosingState
from app.cases.policy import visible_to
from app.cases.queries.moves import TRANSFER, to_answer
from app.core.db import UtcDateTime

LIMIT = 50  # of each kind
CLOSING, PLAN = "closing", "plan"


class Pending(NamedTuple):
    """One thing that was asked for; words of the file are not read for a list. `barred`: who had a
    part in it, and so may not decide; `about`: a code of what upper packages ask."""

    kind: str
    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    at: datetime
    by_name: str
    barred: Sequence[uuid.UUID]
    cycle: int
    about: str


def pending(session: Session, actor: Actor) -> list[Pending]:
    """By kind in the order of PARTS, the longest waiting first; one statement."""
    parts = [part(actor).limit(LIMIT).subquery() for part in PARTS.values()]
    rows = session.execute(union_all(*map(select, parts))).all()
    place = list(PARTS).index
    return sorted(map(Pending._make, rows), key=lambda row: (place(row.kind), row.at, row.id))


def pending_of(session: Session, actor: Actor, kind: str) -> list[Pending]:
    """Of one kind, the longest waiting first."""
    return list(map(Pending._make, session.execute(PARTS[kind](actor).limit(LIMIT)).all()))


def columns(
    kind: str, row_id: Any, at: Any, barred: Sequence[Any], cycle: Any = 1, about: Any = ""
) -> list[Any]:
    """What a part selects of a case and of the user who asked, in the order of Pending."""
    of_case = (Case.id.label("case_id"), Case.number, at.label("at"), User.name.label("by_name"))
    named = (array(barred).label("barred"), (literal(1) if cycle == 1 else cycle).label("cycle"))
    said = (literal("") if isinstance(about, str) else about).label("about")
    return [literal(kind).label("kind"), row_id.label("id"), *of_case, *named, said]


def of_own_cases(actor: Actor) -> Select[Any]:
    """The open cases that the actor's unit works."""
    return visible_to(actor).where(Case.unit_id == actor.unit_id, Case.is_ended.is_(False))


def _closings(actor: Actor) -> Select[Any]:
    """Reviews that propose to close."""
    return (
        of_own_cases(actor)
        .join(Review, Review.case_id == Case.id)
        .join(User, User.id == Review.by_id)
        .with_only_columns(*columns(CLOSING, Review.id, Review.typed_at, [Review.by_id]))
        .where(Review.closing_state == ClosingState.PENDING)
        .order_by(Review.typed_at)
    )


def _plans(actor: Actor) -> Select[Any]:
    """Submitted plans of the running cycle."""
    barred = [Plan.drafted_by, Plan.edited_by, Plan.submitted_by]
    return (
        of_own_cases(actor)
        .join(Plan, (Plan.case_id == Case.id) & (Plan.cycle == Case.cycle))
        .join(User, User.id == Plan.submitted_by)
        .with_only_columns(*columns(PLAN, Plan.id, Plan.submitted_at, barred, Plan.cycle))
        .where(Plan.state == PlanState.SUBMITTED)
        .order_by(Plan.submitted_at, Plan.id)
    )


# by kind; upper packages add theirs
PARTS: dict[str, Callable[[Actor], Select[Any]]] = {
    TRANSFER: to_answer,
    CLOSING: _closings,
    PLAN: _plans,
}


class Asked(NamedTuple):
    """One thing that an upper package asks of a supervisor. `about`: codes, counts, times, ids."""

    kind: str
    id: uuid.UUID | None
    at: datetime
    about: dict[str, Any]


def asked(kind: str, row_id: Any, at: Any, **about: Any) -> list[Any]:
    """What a part selects, in the order of Asked."""
    pairs = [value for name, found in about.items() for value in (literal(name), found)]
    said = func.jsonb_build_object(*pairs, type_=JSONB)
    return [literal(kind), cast(row_id, Uuid), cast(at, UtcDateTime), said]


def asked_of_supervisor(session: Session, actor: Actor) -> list[Asked]:
    """By kind in the order of ASKED, within it the earliest first; one statement."""
    parts = [part(actor).limit(LIMIT).subquery() for part in ASKED.values()]
    if not parts:
        return []
    rows = session.execute(union_all(*map(select, parts))).all()
    place = list(ASKED).index
    return sorted(map(Asked._make, rows), key=lambda row: (place(row.kind), row.at))


# by kind; upper packages add theirs
ASKED: dict[str, Callable[[Actor], Select[Any]]] = {}
