"""What somebody waits for comes before what the job renews by itself."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.tasks import Task, TaskState, ask
from app.indicators.models import CurrentTable, Release, ReleaseState
from app.indicators.periods import Period
from app.indicators.services.current_tables import Begin, refresh
from app.indicators.services.reporting import COUNTING
from tests.factories import UnitFactory, UserFactory
from tests.indicators.figures import add_children

YEAR = Period.parse(str(clock.today().year - 1))
PERIODS = [YEAR, YEAR.previous()]
CODES = frozenset({"special.age_sex"})


@pytest.fixture
def supervisor(session: Session) -> User:
    add_children(session, 12, group="ORPHAN")
    made: User = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    session.commit()
    return made


def renew(begin: Begin | None = None) -> int:
    begin = begin or db.sessionmaker.begin
    return refresh(now=clock.now(), begin=begin, periods=PERIODS, codes=CODES)


def count_a_report(session: Session, by: User) -> Task:
    task = ask(session, COUNTING, user_id=by.id, payload={}, now=clock.now())
    session.commit()
    return task


def end(session: Session, task: Task) -> None:
    session.execute(
        update(Task).where(Task.id == task.id).values(state=TaskState.DONE, ended_at=clock.now())
    )
    session.commit()


@pytest.mark.parametrize("state", [TaskState.WAITING, TaskState.RUNNING])
def test_nothing_is_renewed_while_somebody_waits(
    session: Session, supervisor: User, state: TaskState
) -> None:
    task = count_a_report(session, supervisor)
    task.state = state
    session.commit()
    assert renew() == 0
    end(session, task)
    assert renew() == 2


def test_the_job_stops_between_two_periods_and_goes_on_at_its_next_turn(
    session: Session, supervisor: User
) -> None:
    """Somebody asks for the figures of a report while the first period is renewed."""
    asked: list[Task] = []

    def begin() -> AbstractContextManager[Session]:
        if not asked and session.scalar(select(func.count()).select_from(CurrentTable)):
            asked.append(count_a_report(session, supervisor))
        session.rollback()
        return db.sessionmaker.begin()

    assert renew(begin) == 1
    assert renew() == 0
    end(session, asked[0])
    assert renew() == 1
    assert renew() == 0, "all of it is current"


def test_a_release_that_is_asked_for_meanwhile_comes_first(
    session: Session, supervisor: User
) -> None:
    """One that could not be made, and is asked for still, holds nothing up."""
    release = Release(
        period=str(YEAR), edition=1, by_id=supervisor.id, beside=[], state=ReleaseState.ASKED,
        asked_at=clock.now() + timedelta(minutes=1),
    )  # fmt: skip
    session.add(release)
    session.commit()
    assert renew() == 0
    release.asked_at = clock.now() - timedelta(minutes=1)
    session.commit()
    assert renew() == 2
