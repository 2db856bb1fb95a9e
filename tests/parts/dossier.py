"""A dossier that the worker of each place asked for before it was an export."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case, Dossier
from app.core import clock
from app.core.ids import new_id
from app.people.models import Child

FIELDS = {Dossier: {"reason": Section.PLAN}}
NOT_ON_EVERY_SCREEN = {"Dossier.reason"}  # kept for whom asks later why it was made


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    by, now = users[Role.CP_WORKER].id, clock.now()
    session.add(Dossier(key=child.key, id=new_id(), case_id=case.id, by_id=by, ordered_at=now))
    session.flush()
    return {}


def made(session: Session, case: Case) -> list[Any]:
    return list(session.scalars(select(Dossier).where(Dossier.case_id == case.id)).unique())
