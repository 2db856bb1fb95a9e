"""How much each worker carries: open cases, weighted by risk."""

import uuid
from typing import NamedTuple

from sqlalchemy import case, func
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.cases.models import Case
from app.cases.policy import visible_to
from app.cases.queries.home import UNASSESSED_WEIGHT, WEIGHTS

MOST = 10


class WorkerLoad(NamedTuple):
    """The open cases of one worker; `high` of them are of the highest risk."""

    owner_id: uuid.UUID
    name: str
    unit: str
    cases: int
    high: int
    weight: int


def worker_loads(session: Session, actor: Actor) -> list[WorkerLoad]:
    """The MOST workers who carry the most in what the actor oversees, in one statement."""
    weight = func.sum(
        case(
            *((Case.risk_level == level, points) for level, points in WEIGHTS.items()),
            else_=UNASSESSED_WEIGHT,
        )
    )
    rows = session.execute(
        visible_to(actor)
        .join(User, User.id == Case.owner_id)
        .join(Unit, Unit.id == User.unit_id)
        .with_only_columns(
            User.id,
            User.name,
            Unit.short_name,
            func.count(),
            func.count().filter(Case.risk_level == "HIGH"),
            weight,
        )
        .where(Case.is_ended.is_(False))
        .group_by(User.id, User.name, Unit.short_name)
        .order_by(weight.desc(), User.name, User.id)
        .limit(MOST)
    )
    return [WorkerLoad(*row) for row in rows]
