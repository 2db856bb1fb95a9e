"""People and a case with its clocks, for the tests of what is recorded in a case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from app.cases.models import Case, Draft
from app.core import clock
from app.deadlines import services as clocks
from tests.factories import CarerFactory, CaseFactory, ChildFactory, UnitFactory, UserFactory
from tests.kept import Rows, kept_rows, put_back

CLOCKS = ("T_ROUTE", "T_EMERG", "T_PLAN", "T_APPROVE")


@dataclass
class Story:
    """A routed case in the hands of one commune's unit; the report came in two hours ago."""

    unit: Unit
    worker: User
    chair: User
    supervisor: User
    case: Case
    received_at: datetime

    def at(self, hours: float) -> dict[str, Any]:
        """The two inputs of a moment so many hours after the report, as typed."""
        moment = clock.local(self.received_at + timedelta(hours=hours))
        return {"parts": [moment.strftime("%d/%m/%Y"), moment.strftime("%H:%M")]}


# by the moment of the report: a story's rows, and its unit, people and case
_kept: dict[datetime, tuple[Rows, tuple[UUID, UUID, UUID, UUID, UUID]]] = {}
_told: set[datetime] = set()


def make_story(session: Session, hours_ago: float = 2) -> Story:
    """What several tests of a process are told alone is given again, as it was made for the second
    of them; beside anything else it is made anew."""
    minute = clock.now().replace(second=0, microsecond=0)
    received = (clock.now() - timedelta(hours=hours_ago)).replace(second=0, microsecond=0)
    is_alone = session.scalar(select(Unit.id).limit(1)) is None
    if is_alone and received in _kept:
        return _restored(session, received)
    if not is_alone or received not in _told:
        _told.add(received)
        return _made(session, received)
    with time_machine.travel(minute, tick=False):  # before any test that has it
        story = _made(session, received)
    people = (story.worker.id, story.chair.id, story.supervisor.id)
    _kept[received] = kept_rows(session), (story.unit.id, *people, story.case.id)
    return story


def _restored(session: Session, received: datetime) -> Story:
    rows, (unit, *people, case) = _kept[received]
    put_back(rows)
    found = (session.get_one(User, user) for user in people)
    return Story(session.get_one(Unit, unit), *found, session.get_one(Case, case), received)


def _made(session: Session, received: datetime) -> Story:
    unit = UnitFactory()
    child = ChildFactory()
    CarerFactory(child=child)
    case = CaseFactory(worked_by=unit, of_child=child, opened_at=received)
    clocks.start_clocks(
        session,
        subject_id=case.id,
        subject_label=case.number,
        rule_keys=CLOCKS,
        started_at=received,
        unit_id=unit.id,
        commune_code=unit.commune_code,
        now=clock.now(),
    )
    session.commit()
    return Story(
        unit=unit,
        worker=UserFactory(unit=unit),
        chair=UserFactory(unit=unit, role=Role.COMMUNE_CHAIR),
        supervisor=UserFactory(unit=UnitFactory(doh=True), role=Role.SUPERVISOR),
        case=case,
        received_at=received,
    )


def forget_drafts(session: Session) -> None:
    """The next form begins empty, whatever was typed into the last one."""
    session.execute(delete(Draft))
    session.commit()
