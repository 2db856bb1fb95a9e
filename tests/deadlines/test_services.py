"""Clocks: started, met in time or late, stopped, moved, extended; misses logged once."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.actor import Actor
from app.auth.models import Role
from app.auth.permissions import Section
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.sealed import DataKey
from app.deadlines import queries, services
from app.deadlines.models import (
    CalendarDay,
    ClockNotRunning,
    ClockRunOut,
    ClockState,
    Deadline,
    DeadlineExtension,
    ExtensionAlreadyDecided,
    ExtensionPending,
    NotExtendable,
    OwnRequest,
)
from tests.actors import actor_of
from tests.factories import PHO_HIEN, TAN_HUNG, UnitFactory, UserFactory
from tests.sql import counted

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, 08:00 in Vietnam
HOUR = timedelta(hours=1)
moments = st.datetimes(
    min_value=datetime(2020, 1, 1),
    max_value=datetime(2035, 1, 1),
    timezones=st.just(UTC),
)


def start(
    session: Session, *keys: str, at: datetime = START, unit: uuid.UUID | None = None
) -> list[Deadline]:
    clocks = services.start_clocks(
        session,
        subject_id=uuid.uuid4(),
        subject_label="HY-2026-000001",
        rule_keys=keys,
        started_at=at,
        unit_id=unit,
        commune_code=PHO_HIEN,
        now=at,
    )
    session.flush()
    return clocks


def ask(session: Session, actor: Actor, deadline: Deadline, **changes: Any) -> DeadlineExtension:
    request: dict[str, Any] = {
        "until": deadline.effective_due_at + timedelta(days=3),
        "reason": "Gia đình đi vắng",
        "now": START + HOUR,
        "key": DataKey.new(),
        **changes,
    }
    return services.ask_extension(session, actor=actor, deadline=deadline, **request)


@pytest.fixture
def worker(session: Session) -> Actor:
    return actor_of(UserFactory())


@pytest.fixture
def chair(session: Session) -> Actor:
    return actor_of(UserFactory(role=Role.COMMUNE_CHAIR))


def misses(session: Session) -> int:
    return session.scalars(select(func.count()).where(AuditEvent.action == "deadline.missed")).one()


def test_the_emergency_clock_runs_twelve_hours_by_night_and_on_days_off(session: Session) -> None:
    saturday_night = datetime(2026, 3, 7, 16, 30, tzinfo=UTC)
    (emergency,) = start(session, "T_EMERG", at=saturday_night)
    assert emergency.due_at == saturday_night + 12 * HOUR


def test_days_off_of_the_calendar_table_move_the_plan(session: Session) -> None:
    (plain,) = start(session, "T_PLAN")
    assert plain.due_at == datetime(2026, 3, 9, 10, 0, tzinfo=UTC)  # Monday, 17:00
    session.add(CalendarDay(day=date(2026, 3, 4), is_working=False, reason="Thử"))
    (moved,) = start(session, "T_PLAN")
    assert moved.due_at == plain.due_at + timedelta(days=1)


def test_the_calendar_is_read_only_for_clocks_of_working_days(session: Session) -> None:
    with counted(db.engine) as seen:
        start(session, "T_ROUTE", "T_EMERG")
    assert len(seen) == 1 and seen[0].startswith("INSERT")
    with counted(db.engine) as seen:
        start(session, "T_ROUTE", "T_EMERG", "T_PLAN", "T_APPROVE")
    assert len(seen) == 2


def test_a_clock_never_starts_in_the_future(session: Session) -> None:
    (clock,) = services.start_clocks(
        session,
        subject_id=uuid.uuid4(),
        subject_label="HY-2026-000001",
        rule_keys=["T_ROUTE"],
        started_at=START + HOUR,
        unit_id=None,
        commune_code=None,
        now=START,
    )
    assert clock.started_at == START


@given(happened=moments, typed_after=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_when_it_was_done_decides_not_when_it_was_typed(
    happened: datetime, typed_after: timedelta
) -> None:
    clock = Deadline(due_at=START, effective_due_at=START)
    clock.meet(happened_at=happened, now=happened + typed_after)
    expected = ClockState.MET if happened <= START else ClockState.MISSED
    assert clock.state(happened + typed_after) is expected
    assert clock.state(START + timedelta(days=9999)) is expected, "a stopped clock does not change"


@given(now=moments, extended=st.none() | moments.filter(lambda moment: moment > START))
def test_a_running_clock_is_open_extended_or_missed(
    now: datetime, extended: datetime | None
) -> None:
    clock = Deadline(due_at=START, effective_due_at=START)
    if extended:
        clock.extend(extended, now=START)
    end = extended or START
    running = ClockState.EXTENDED if extended else ClockState.OPEN
    assert clock.state(now) is (running if now <= end else ClockState.MISSED)
    assert clock.due_at == START, "the law's own time stays readable"


@given(steps=st.lists(st.sampled_from(["meet", "void"]), min_size=1, max_size=6), first=moments)
def test_the_first_answer_counts_and_nothing_reopens_a_clock(
    steps: list[str], first: datetime
) -> None:
    clock = Deadline(due_at=START, effective_due_at=START)
    states = []
    for n, step in enumerate(steps):
        at = first + n * HOUR
        clock.meet(happened_at=at, now=at) if step == "meet" else clock.void(now=at)
        states.append((clock.state(at), clock.closed_at, clock.met_at))
    assert set(states) == {states[0]}
    assert (states[0][0] is ClockState.VOID) == (steps[0] == "void")
    with pytest.raises(ClockNotRunning):
        clock.extend(START + HOUR, now=START)


def test_done_late_is_missed_though_done_and_stands_on_the_log(session: Session) -> None:
    (clock,) = start(session, "T_EMERG")
    late = clock.due_at + HOUR
    meeting = {"subject_id": clock.subject_id, "rule_key": "T_EMERG", "now": late}
    services.meet(session, happened_at=late, **meeting)
    services.meet(session, happened_at=START, **meeting)  # the first answer counts
    session.commit()
    assert (clock.state(late), clock.met_at) == (ClockState.MISSED, late)
    assert misses(session) == 1
    assert services.note_misses(session, late + HOUR) == 0


def test_done_in_time_and_typed_late_is_met(session: Session) -> None:
    (clock,) = start(session, "T_EMERG")
    services.note_misses(session, clock.due_at + HOUR)
    services.meet(
        session,
        subject_id=clock.subject_id,
        rule_key="T_EMERG",
        happened_at=START + HOUR,
        now=clock.due_at + 2 * HOUR,
    )
    assert clock.state(clock.due_at + 3 * HOUR) is ClockState.MET


def test_a_miss_is_written_once_and_only_when_the_time_has_passed(session: Session) -> None:
    clock, _other = start(session, "T_ROUTE", "T_EMERG")
    assert services.note_misses(session, clock.due_at) == 0
    assert services.note_misses(session, clock.due_at + timedelta(seconds=1)) == 1
    assert services.note_misses(session, clock.due_at + HOUR) == 0
    session.commit()
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "deadline.missed")).one()
    assert (event.chain_id, event.subject_id, event.actor_id) == (clock.subject_id, clock.id, None)


def test_two_schedulers_do_not_note_the_same_miss(session: Session) -> None:
    (clock,) = start(session, "T_ROUTE")
    session.commit()
    late = clock.due_at + HOUR
    with db.sessionmaker() as other:
        assert services.note_misses(other, late) == 1
        assert services.note_misses(session, late) == 0
        other.rollback()
    assert services.note_misses(session, late) == 1


def test_void_clocks_are_no_longer_asked_for(session: Session) -> None:
    met, running = start(session, "T_ROUTE", "T_EMERG")
    met.meet(happened_at=START, now=START)
    services.void_all(session, subject_id=met.subject_id, now=START + HOUR)
    late = running.due_at + HOUR
    assert [met.state(late), running.state(late)] == [ClockState.MET, ClockState.VOID]
    assert services.note_misses(session, late) == 0


def test_clocks_follow_the_case_to_another_commune(session: Session) -> None:
    (clock,) = start(session, "T_EMERG")
    unit = UnitFactory(commune_code=TAN_HUNG)
    services.move(session, subject_id=clock.subject_id, unit_id=unit.id, commune_code=TAN_HUNG)
    session.refresh(clock)
    assert (clock.unit_id, clock.commune_code) == (unit.id, TAN_HUNG)


def test_an_approved_extension_gives_time_and_is_shown_apart(
    session: Session, worker: Actor, chair: Actor
) -> None:
    (clock,) = start(session, "T_PLAN")
    extension = ask(session, worker, clock)
    assert clock.state(START + HOUR) is ClockState.OPEN, "asking alone gives no time"
    services.decide_extension(
        session, actor=chair, extension=extension, approved=True, now=START + 2 * HOUR
    )
    view = queries.clocks_of(session, clock.subject_id)[0]
    assert view.effective_due_at == extension.until and view.due_at == clock.due_at
    assert view.state(view.due_at + HOUR) is ClockState.EXTENDED
    assert view.state(extension.until + HOUR) is ClockState.MISSED
    assert view.pending_id is None


def test_a_refused_extension_changes_nothing(session: Session, worker: Actor, chair: Actor) -> None:
    (clock,) = start(session, "T_PLAN")
    extension = ask(session, worker, clock)
    services.decide_extension(
        session, actor=chair, extension=extension, approved=False, now=START + 2 * HOUR
    )
    assert clock.state(clock.due_at + HOUR) is ClockState.MISSED
    with pytest.raises(ExtensionAlreadyDecided):
        services.decide_extension(
            session, actor=chair, extension=extension, approved=True, now=START + 3 * HOUR
        )
    ask(session, worker, clock)  # a further request is possible


def test_nobody_approves_their_own_request(session: Session, chair: Actor) -> None:
    (clock,) = start(session, "T_PLAN")
    extension = ask(session, chair, clock)
    with pytest.raises(OwnRequest):
        services.decide_extension(
            session, actor=chair, extension=extension, approved=True, now=START + HOUR
        )


def test_the_twelve_hours_cannot_be_extended(session: Session, worker: Actor) -> None:
    (clock,) = start(session, "T_EMERG")
    with pytest.raises(NotExtendable):
        ask(session, worker, clock)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=-1), timedelta(days=4000)])
def test_the_new_time_must_be_later_and_sensible(
    session: Session, worker: Actor, after: timedelta
) -> None:
    (clock,) = start(session, "T_PLAN")
    with pytest.raises(InvalidInput) as refused:
        ask(session, worker, clock, until=clock.due_at + after)
    assert refused.value.field == "until"


def test_no_extension_after_the_time_has_passed(session: Session, worker: Actor) -> None:
    (clock,) = start(session, "T_PLAN")
    with pytest.raises(ClockRunOut):
        ask(session, worker, clock, now=clock.due_at + HOUR)


def test_an_approval_after_the_time_ran_out_does_not_wipe_the_miss(
    session: Session, worker: Actor, chair: Actor
) -> None:
    (clock,) = start(session, "T_PLAN")
    extension = ask(session, worker, clock)
    late = clock.due_at + HOUR
    with pytest.raises(ClockRunOut):
        services.decide_extension(
            session, actor=chair, extension=extension, approved=True, now=late
        )
    assert clock.state(late) is ClockState.MISSED


def test_a_new_time_that_has_passed_is_none() -> None:
    clock = Deadline(due_at=START, effective_due_at=START)
    with pytest.raises(ClockRunOut):
        clock.extend(START - HOUR, now=START - HOUR)


def test_one_request_at_a_time_and_none_for_a_stopped_clock(
    session: Session, worker: Actor, chair: Actor
) -> None:
    (clock,) = start(session, "T_PLAN")
    extension = ask(session, worker, clock)
    with pytest.raises(ExtensionPending):
        ask(session, worker, clock)
    clock.meet(happened_at=START + HOUR, now=START + HOUR)
    session.flush()
    with pytest.raises(ClockNotRunning):
        ask(session, worker, clock)
    with pytest.raises(ClockNotRunning):
        services.decide_extension(
            session, actor=chair, extension=extension, approved=True, now=START + 2 * HOUR
        )


def test_the_clocks_of_a_case_are_one_statement_with_what_is_asked(
    session: Session, worker: Actor
) -> None:
    first, plan = start(session, "T_EMERG", "T_PLAN")
    extension = ask(session, worker, plan)
    subject_id, until = first.subject_id, extension.until
    session.commit()
    with counted(db.engine) as seen:
        views = queries.clocks_of(session, subject_id)
    assert len(seen) == 1
    assert [(v.rule_key, v.pending_until) for v in views] == [
        ("T_EMERG", None),
        ("T_PLAN", until),
    ]
    assert str(views[0].label) == "Can thiệp khẩn cấp" and "Điều 26" in views[0].article
    assert not views[0].can_be_extended(START) and not views[1].can_be_extended(START)


def test_the_board_counts_running_clocks_by_commune(
    session: Session, worker: Actor, chair: Actor
) -> None:
    start(session, "T_ROUTE")
    start(session, "T_EMERG")
    (plan,) = start(session, "T_PLAN")
    extension = ask(session, worker, plan)
    services.decide_extension(
        session, actor=chair, extension=extension, approved=True, now=START + 2 * HOUR
    )
    (met,) = start(session, "T_ROUTE")
    met.meet(happened_at=START, now=START)
    session.flush()
    now = START + 11 * HOUR
    assert queries.clock_counts(session, now=now, within=2 * HOUR) == [(PHO_HIEN, 1, 1, 1)]
    assert queries.clock_counts(session, now=now, within=HOUR, commune_code=TAN_HUNG) == []
    urgent = queries.urgent_clocks(session, now=now, within=2 * HOUR, commune_code=None)
    assert [view.rule_key for view in urgent] == ["T_ROUTE", "T_EMERG"]


def test_a_unit_sees_its_running_clocks_the_most_urgent_first(session: Session) -> None:
    unit = UnitFactory()
    start(session, "T_PLAN", "T_EMERG", unit=unit.id)
    start(session, "T_ROUTE")
    views = queries.open_clocks_of_unit(session, unit.id)
    assert [view.rule_key for view in views] == ["T_EMERG", "T_PLAN"]
    soon = queries.open_clocks_of_unit(session, unit.id, until=START + 13 * HOUR)
    assert [view.rule_key for view in soon] == ["T_EMERG"]


def test_the_reason_of_a_request_is_for_who_may_read_the_plan(
    session: Session, worker: Actor
) -> None:
    (clock,) = start(session, "T_PLAN")
    ask(session, worker, clock)
    opened = queries.pending_extensions(
        session, sections=frozenset({Section.PLAN}), subjects=select(Deadline.subject_id)
    )
    closed = queries.pending_extensions(
        session, sections=frozenset({Section.CONTACT}), subjects=select(Deadline.subject_id)
    )
    assert [row.reason for row in opened] == ["Gia đình đi vắng"]
    assert [row.reason for row in closed] == [None]
