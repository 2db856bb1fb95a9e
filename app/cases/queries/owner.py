"""Who may be responsible for a case."""

import uuid
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case


class Worker(NamedTuple):
    """An active worker of a unit, with the number of running cases in their hands."""

    id: uuid.UUID
    name: str
    cases: int


def workers_of(session: Session, unit_id: uuid.UUID, only: uuid.UUID | None = None) -> list[Worker]:
    """The active workers of a unit by name; with `only` that one person."""
    load = (
        select(func.count())
        .where(Case.owner_id == User.id, Case.is_ended.is_(False))
        .scalar_subquery()
    )
    workers = (
        select(User.id, User.name, load)
        .where(User.unit_id == unit_id, User.role == Role.CP_WORKER, User.is_active)
        .order_by(User.name)
    )
    if only is not None:
        workers = workers.where(User.id == only)
    return [Worker(*row) for row in session.execute(workers)]


def holders_of(session: Session, unit_id: uuid.UUID) -> list[Worker]:
    """Everybody who answers for open cases of the unit, whatever became of their account."""
    held = (
        select(User.id, User.name, func.count())
        .join(Case, Case.owner_id == User.id)
        .where(Case.unit_id == unit_id, Case.is_ended.is_(False))
        .group_by(User.id, User.name)
        .order_by(User.name)
    )
    return [Worker(*row) for row in session.execute(held)]


def names_for_meeting(session: Session, case: Case) -> tuple[str | None, str | None]:
    """(the Chair of the case's unit if there is just one, the person responsible)."""
    rows = session.execute(
        select(User.id, User.name, User.role).where(
            User.is_active,
            (User.id == case.owner_id)
            | ((User.unit_id == case.unit_id) & (User.role == Role.COMMUNE_CHAIR)),
        )
    ).all()
    chairs = [row.name for row in rows if row.role is Role.COMMUNE_CHAIR]
    owner = next((row.name for row in rows if row.id == case.owner_id), None)
    return (chairs[0] if len(chairs) == 1 else None), owner
