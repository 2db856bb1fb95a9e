"""Two communes' worth of objects: for each kind of id one of the reader's unit, one foreign."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.invitations import invite, token_of
from app.auth.login import open_session
from app.auth.models import Role, Unit, User
from app.cases.enums import OverrideState, RiskLevel
from app.cases.models import Case, InitialAssessment
from app.core import clock
from app.core.sealed import DataKey
from app.deadlines.models import Deadline, DeadlineExtension
from tests import parts
from tests.factories import (
    CarerFactory,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.kept import Rows, kept_rows, put_back


class Relation(StrEnum):
    OWN = "own"
    FOREIGN = "foreign"


PROVINCE = frozenset({Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR})


@dataclass
class Place:
    """One unit, everybody in it, and what it works on. `ids` answers the variables of addresses."""

    unit: Unit
    users: dict[Role, User]
    ids: dict[str, object] = field(default_factory=dict)


@dataclass
class World:
    mine: Place
    theirs: Place

    def ids(self, relation: Relation) -> dict[str, object]:
        return (self.mine if relation is Relation.OWN else self.theirs).ids


@dataclass
class _Kept:
    """A world once made: its rows, and what its addresses and people are called by."""

    rows: Rows
    places: list[tuple[UUID, dict[Role, UUID], dict[str, object]]]


_kept: list[_Kept] = []


def make_world(session: Session) -> World:
    """Made once in each process: later tests are given the same rows again. Another one beside
    it, or beside anything else, is made for that test alone."""
    is_alone = session.scalar(select(Unit.id).limit(1)) is None
    if is_alone and _kept:
        return _restored(session, _kept[0])
    with time_machine.travel(clock.now() - timedelta(minutes=10)):  # before any test that has it
        world = World(_place(session, 1), _place(session, 2))
    if is_alone:
        _keep(session, world)
    return world


def _keep(session: Session, world: World) -> None:
    places = [
        (one.unit.id, {role: user.id for role, user in one.users.items()}, one.ids)
        for one in (world.mine, world.theirs)
    ]
    _kept.append(_Kept(kept_rows(session), places))


def _restored(session: Session, kept: _Kept) -> World:
    put_back(kept.rows)
    return World(*(_place_again(session, *place) for place in kept.places))


def _place_again(
    session: Session, unit_id: UUID, user_ids: dict[Role, UUID], ids: dict[str, object]
) -> Place:
    found = session.scalars(select(User).where(User.id.in_(user_ids.values()))).unique()
    by_id = {user.id: user for user in found}
    users = {role: by_id[user_id] for role, user_id in user_ids.items()}
    return Place(session.get_one(Unit, unit_id), users, dict(ids))


def _place(session: Session, number: int) -> Place:
    commune = UnitFactory(commune_code="11953" if number == 1 else "11977")
    doh = UnitFactory(doh=True)
    users = {
        role: UserFactory(role=role, unit=doh if role in PROVINCE else commune) for role in Role
    }
    place = Place(commune, users)
    case = _case(place)
    place.ids = {
        "case_id": case.id,
        "child_id": case.child_id,
        "report_id": case.report_id,
        "assessment_id": _assessment(session, case, users[Role.CP_WORKER]),
        **_clock(session, case, users[Role.CP_WORKER]),
        "unit_id": commune.id,
        "user_id": users[Role.INTAKE].id,
        "session_id": open_session(
            session, user_id=users[Role.INTAKE].id, now=clock.now(), has_second_factor=True
        )[1],
        "token": _invitation(session, users[Role.UNIT_LEAD]),
    }
    for more in parts.called("add", session, place, case, users):
        place.ids |= more
    session.commit()
    return place


def _case(place: Place) -> Case:
    child = ChildFactory(residence_commune=place.unit.commune_code)
    CarerFactory(child=child)
    report = ReportFactory(
        taken_by_unit_id=place.unit.id, received_by_id=place.users[Role.INTAKE].id
    )
    made: Case = CaseFactory(worked_by=place.unit, of_child=child, of_report=report)
    return made


def _assessment(session: Session, case: Case, by: User) -> UUID:
    """One whose lowered level waits for the second signature."""
    made = InitialAssessment(
        key=DataKey.new(),
        case_id=case.id,
        form_version=1,
        answers={"H1": "HIGH", "H2": "HIGH", "P1": "LOW", "P2": "LOW"},
        counts={"harm": {"HIGH": 2}, "protect": {"LOW": 2}},
        computed_level=RiskLevel.HIGH,
        wanted_level=RiskLevel.MEDIUM,
        final_level=RiskLevel.HIGH,
        is_emergency=True,
        override_reason="Đã có người thân đưa về nhà ngoại.",
        override_state=OverrideState.PENDING,
        happened_at=case.opened_at,
        typed_at=case.opened_at,
        by_id=by.id,
    )
    session.add(made)
    session.flush()
    return made.id


def _clock(session: Session, case: Case, by: User) -> dict[str, object]:
    """Running clocks, and a request for more time for the second of them."""
    due = case.opened_at + timedelta(days=7)
    clocks = [
        Deadline(
            subject_id=case.id,
            subject_label=case.number,
            rule_key=rule,
            rule_version=1,
            unit_id=case.unit_id,
            commune_code=case.commune_code,
            started_at=case.opened_at,
            due_at=due,
            effective_due_at=due,
        )
        for rule in ("T_PLAN", "T_APPROVE", "T_ROUTE", "T_EMERG")
    ]
    session.add_all(clocks)
    session.flush()
    asked = DeadlineExtension(
        key=DataKey.new(),
        deadline_id=clocks[1].id,
        until=due + timedelta(days=2),
        reason="Chờ kết quả giám định.",
        asked_by=by.id,
        asked_at=clock.now(),
    )
    session.add(asked)
    session.flush()
    return {"deadline_id": clocks[0].id, "extension_id": asked.id}


def _invitation(session: Session, user: User) -> str:
    made = invite(session, user, created_by=None, now=clock.now(), by_mail=False)
    return token_of(made.id)
