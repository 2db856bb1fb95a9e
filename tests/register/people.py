"""Memberships for the tests of the register: a place with its people, children in groups."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from app.cases.enums import CaseState, Category
from app.cases.models import Case
from app.core import clock
from app.people.models import Child
from app.register.models import GroupMembership
from app.register.queries.filters import RegisterFilter
from tests.factories import PHO_HIEN, CaseFactory, ChildFactory, UnitFactory, UserFactory

SINCE = date(2024, 3, 1)


@dataclass
class Place:
    """One commune's unit, its worker and Chair, a supervisor of the province, one case."""

    unit: Unit
    worker: User
    chair: User
    supervisor: User
    case: Case


def make_place(commune: str = PHO_HIEN) -> Place:
    unit = UnitFactory(commune_code=commune)
    return Place(
        unit=unit,
        worker=UserFactory(unit=unit),
        chair=UserFactory(unit=unit, role=Role.COMMUNE_CHAIR),
        supervisor=UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True)),
        case=another_case(unit),
    )


def another_case(unit: Unit, **child: Any) -> Case:
    made: Case = CaseFactory(
        worked_by=unit,
        of_child=ChildFactory(**child),
        category=Category.SPECIAL_CIRCUMSTANCES,
        state=CaseState.VERIFYING,
        abuse_forms=[],
    )
    return made


def in_group(
    session: Session,
    case: Case,
    by: User,
    code: str,
    *,
    since: date = SINCE,
    until: date | None = None,
    **more: Any,
) -> GroupMembership:
    """A committed membership, without the service."""
    child = session.get_one(Child, case.child_id)
    group, dot, _part = code.partition(".")
    membership = GroupMembership(
        key=child.key,
        child_id=child.id,
        case_id=case.id,
        group_code=group,
        sub_code=code if dot else None,
        list_version=1,
        since=since,
        until=until,
        recorded_by_id=by.id,
        recorded_at=clock.now(),
        **{"poverty": "unknown", **more},
    )
    session.add(membership)
    session.commit()
    return membership


def today(**changes: Any) -> RegisterFilter:
    return RegisterFilter(**{"on": clock.today(), **changes})


def typed(day: date | datetime) -> str:
    return day.strftime("%d/%m/%Y")
