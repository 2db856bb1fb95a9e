"""Time that jumps, stands and goes back; the ends of months and years; days that have no office."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import String, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.people.models import Child
from app.reminders.models import Channel, Delivery, Message, Obligation
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import Kind, rules_of_file
from app.reminders.services.choices import Wishes
from app.reminders.services.passes import run_pass
from app.reminders.services.personal import set_reminder
from tests.actors import actor_of
from tests.cases.story import Story, make_story

KIND = "clock.T_EMERG"


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    session.commit()
    return made


def told(session: Session, kind: str) -> list[str]:
    session.rollback()
    return list(
        session.scalars(
            select(Delivery.occurrence)
            .where(Delivery.kind == kind, Delivery.channel == Channel.APP)
            .order_by(Delivery.created_at, Delivery.occurrence)
        )
    )


def start_again(session: Session) -> None:
    session.rollback()
    for table in (Delivery, Message, Obligation):
        session.execute(delete(table))
    session.commit()


@pytest.mark.wide
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(hours=st.lists(st.floats(-30, 60), min_size=1, max_size=5))
def test_whatever_the_clock_does_the_last_step_is_told_and_none_twice(
    session: Session, story: Story, hours: list[float]
) -> None:
    start_again(session)
    for offset in hours:
        run_pass(db.sessionmaker, {}, story.received_at + timedelta(hours=offset))
    mine = [
        occurrence
        for occurrence, user in session.execute(
            select(Delivery.occurrence, Delivery.recipient_id).where(
                Delivery.kind == KIND, Delivery.channel == Channel.APP
            )
        )
        if user == story.worker.id
    ]
    kind, due = rules_of_file().kind(KIND), story.received_at + timedelta(hours=12)
    furthest = story.received_at + timedelta(hours=max(hours))
    passed = [step.key for at, step in kind.timed(story.received_at, due) if at <= furthest]
    assert len(mine) == len(set(mine))
    assert set(mine) <= set(passed)
    assert not passed or passed[-1] in mine


def test_a_day_forward_and_back_tells_nothing_again(session: Session, story: Story) -> None:
    start = story.received_at
    for hours in (7, 31, 7.1, 9.7, 12.1, 13):
        run_pass(db.sessionmaker, {}, start + timedelta(hours=hours))
    assert sorted(set(told(session, KIND))) == ["p0.5", "p1"]
    assert len(told(session, KIND)) == 4  # the worker, then worker, Chair and supervisor


def test_an_hour_back_tells_nothing_again(session: Session, story: Story) -> None:
    start = story.received_at
    for hours in (6.5, 5.5, 6.4, 6.6):
        run_pass(db.sessionmaker, {}, start + timedelta(hours=hours))
    assert told(session, KIND) == ["p0.5"]


@pytest.mark.parametrize(
    "due",
    [
        datetime(2028, 2, 29, 9, tzinfo=clock.LOCAL),
        datetime(2026, 12, 31, 23, 59, tzinfo=clock.LOCAL),
        datetime(2027, 1, 1, 0, 0, tzinfo=clock.LOCAL),
        datetime(2027, 1, 31, 6, 59, tzinfo=clock.LOCAL),  # 31 January, in UTC the 30th
        datetime(2027, 2, 6, 8, tzinfo=clock.LOCAL),  # the first day of Tết Đinh Mùi
    ],
)
def test_an_own_reminder_comes_at_its_minute(session: Session, story: Story, due: datetime) -> None:
    story.case.child = session.get_one(Child, story.case.child_id)
    set_reminder(
        session,
        actor=actor_of(story.worker),
        case=story.case,
        text="Gọi trường học",
        due_at=due,
        now=due - timedelta(days=2),
    )
    session.commit()
    run_pass(db.sessionmaker, {}, due - timedelta(minutes=1))
    assert told(session, "personal") == []
    run_pass(db.sessionmaker, {}, due)
    assert told(session, "personal") == ["p1"]


@pytest.mark.parametrize("day", [date(2026, 12, 31), date(2028, 2, 29), date(2027, 2, 6)])
def test_what_is_due_on_a_day_is_due_on_that_day_in_vietnam(
    session: Session, story: Story, day: date
) -> None:
    """Midnight in UTC is seven in the morning here: no day slips."""
    story.case.check_on = day
    session.commit()
    run_pass(db.sessionmaker, {}, datetime(2026, 11, 1, tzinfo=UTC))
    one = session.scalars(select(Obligation).where(Obligation.kind == "check_after")).one()
    assert clock.local(one.due_at).date() == day
    assert clock.local(one.due_at).hour == 17


def wishes(hour: int = 7, quiet: tuple[int, int] = (21, 6)) -> Wishes:
    return Wishes({}, hour, *quiet, has_mail=True, has_phone=True, has_push=True)


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2032, 12, 31)),
    hour=st.integers(0, 23),
)
def test_a_digest_leaves_within_a_day_at_its_hour(moment: datetime, hour: int) -> None:
    now = moment.replace(tzinfo=UTC)
    leaves = wishes(hour).send_after(Channel.MAIL, now, is_urgent=False)
    assert timedelta(0) < leaves - now <= timedelta(days=1)
    assert (clock.local(leaves).hour, clock.local(leaves).minute) == (hour, 0)


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2032, 12, 31)),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
)
def test_nothing_but_danger_comes_in_quiet_hours(moment: datetime, quiet: tuple[int, int]) -> None:
    now, mine = moment.replace(tzinfo=UTC), wishes(quiet=quiet)
    assert mine.send_after(Channel.SMS, now, is_urgent=True) == now
    leaves = mine.send_after(Channel.SMS, now, is_urgent=False)
    start, end = quiet
    hour = clock.local(leaves).hour
    is_quiet = start <= hour < end if start < end else hour >= start or hour < end
    assert leaves >= now and (start == end or not is_quiet)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(sorted(rules_of_file().kinds)),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
    term=st.integers(0, 60 * 24 * 90),
    after=st.integers(-(10**5), 10**5),
)
def test_the_database_and_the_program_agree_on_the_next_time(
    session: Session, kind: str, start: datetime, term: int, after: int
) -> None:
    rule: Kind = rules_of_file().kind(kind)
    started = start.replace(tzinfo=UTC, microsecond=0)
    due, since = started + timedelta(minutes=term), started + timedelta(minutes=after)
    places = cast(literal(json.dumps([step.place for step in rule.steps]), String), JSONB)
    found = session.scalar(select(func.reminder_next_at(places, started, due, since)))
    wanted = rule.next_at(started, due, after=since)
    assert (found is None) == (wanted is None)
    assert found is None or wanted is None or abs(found - wanted) < timedelta(milliseconds=1)
    for step in rule.passed(started, due, after=since, until=datetime(2100, 1, 1, tzinfo=UTC)):
        assert step.at(started, due) > since


def test_rules_come_from_the_file_until_somebody_changes_them(session: Session) -> None:
    assert rules_in_force(session) == rules_of_file()
