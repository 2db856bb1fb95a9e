"""What nobody answered goes up, reaches somebody, and stands on the child's timeline."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, CaseEvent
from app.core import clock, outbox
from app.core.db import db
from app.core.ids import new_id
from app.core.jobs import SILENT_AFTER, JobLease, JobOutcome
from app.deadlines.models import Deadline
from app.jobs.runner import run
from app.reminders.jobs import REMIND
from app.reminders.models import Channel, Delivery, Obligation
from app.reminders.rules import Whom, rules_of_file
from app.reminders.services.fire import fire
from app.reminders.services.passes import run_pass
from tests.cases.story import Story, make_story
from tests.factories import UserFactory

KIND = "clock.T_EMERG"
ABOVE = {Whom.CHAIR, Whom.LEAD, Whom.SUPERVISOR}


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    session.commit()
    return made


def a_pass(now: datetime) -> None:
    run_pass(db.sessionmaker, {}, now)


def of(session: Session, kind: str = KIND) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == kind)).one()


def told(session: Session, kind: str = KIND) -> list[object]:
    session.rollback()
    return list(
        session.scalars(
            select(Delivery.recipient_id).where(
                Delivery.kind == kind, Delivery.channel == Channel.APP
            )
        )
    )


def entries(session: Session, kind: str = KIND) -> list[int]:
    """The levels on the timeline, once all that waits to be written there is."""
    session.rollback()
    outbox.dispatch(session, clock.now())
    session.commit()
    found = session.scalars(
        select(CaseEvent)
        .where(CaseEvent.kind == EventKind.REMINDER_ESCALATED)
        .order_by(CaseEvent.happened_at)
    )
    return [event.facts["level"] for event in found if event.facts["kind"] == kind]


def test_a_step_that_reaches_nobody_is_still_to_come(session: Session, story: Story) -> None:
    session.execute(update(User).values(is_active=False))
    session.commit()
    moment = story.received_at + timedelta(hours=13)
    with time_machine.travel(moment, tick=False):
        a_pass(moment)
        assert told(session) == [] and of(session).level == 0
        assert entries(session) == []
    chair = UserFactory(unit=story.unit, role=Role.COMMUNE_CHAIR)
    moment += timedelta(hours=1)
    with time_machine.travel(moment, tick=False):
        for _ in range(2):
            a_pass(moment)
        assert told(session) == [chair.id] and of(session).level == 1
        assert entries(session) == [1]


def test_each_step_stands_there_with_the_level_it_went_to(session: Session, story: Story) -> None:
    """Though the timeline is written after both."""
    for hours in (10, 12.5):
        a_pass(story.received_at + timedelta(hours=hours))
    with time_machine.travel(story.received_at + timedelta(hours=13), tick=False):
        assert entries(session) == [1, 2]


def test_a_check_after_closing_stands_on_the_timeline_of_the_ended_case(
    session: Session, story: Story
) -> None:
    now = clock.now()
    session.execute(update(Deadline).values(closed_at=now))
    case = session.get_one(Case, story.case.id)
    case.state, case.is_ended, case.ended_at = CaseState.CLOSED, True, now
    case.check_on = clock.local(now).date() - timedelta(days=8)
    session.commit()
    a_pass(now)
    assert story.chair.id in told(session, "check_after")
    assert entries(session, "check_after") == [1]


def test_whoever_is_told_above_the_owner_is_told_on_the_timeline_too() -> None:
    """All but where they share the work from the start: approving, disputes, a separation."""
    shared = {"clock.T_APPROVE": {"p0.8"}, "clock.T_SEP_MAX": {"p0.8", "p0.93"}}
    shared |= {"dispute": {"p0", "p0.8"}, "referral_service": {"p1"}}
    shared |= {"glass_review": {"p0", "p0.8", "p1"}}  # the supervisor's own work
    shared |= {"periodic_report": {"b72", "p1", "a24", "a72"}}  # of no case: it has no timeline
    shared |= {"board_values": {"p1", "a168"}}  # the same
    quiet: dict[str, set[str]] = {}
    for key, kind in rules_of_file().kinds.items():
        for step in kind.steps:
            if ABOVE & set(step.whom) and not step.escalates:
                quiet.setdefault(key, set()).add(step.key)
    assert quiet == shared


@pytest.mark.parametrize("kind", ["consent_end", "certificate_end", "meeting_action", "room_task"])
def test_the_end_itself_is_told(kind: str) -> None:
    steps = rules_of_file().kind(kind).steps
    assert "p1" in {step.key for step in steps}
    is_for_others = kind in ("meeting_action", "room_task")
    assert (steps[-1].key == "a72" and steps[-1].escalates) == is_for_others


def test_the_log_names_what_was_told_and_no_more(session: Session, story: Story) -> None:
    """Told again by a clock that was set back, it is written neither there nor here."""
    moment = story.received_at + timedelta(hours=7)
    a_pass(moment)
    for _ in range(2):
        one = of(session)
        one.last_at, one.next_at = story.received_at, moment
        session.commit()
        with db.sessionmaker.begin() as own:
            assert fire(own, rules_of_file(), moment) == 1
    session.rollback()
    sent = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == AuditAction.REMINDER_SENT.value)
    ).all()
    assert sum(str(of(session).id) in body for body in sent) == 1


def test_a_killed_run_holds_the_others_up_no_longer_than_until_the_alarm(
    app: Flask, session: Session, story: Story
) -> None:
    moment = story.received_at + timedelta(hours=7)
    session.add(
        JobLease(
            name=REMIND.name, holder=str(new_id()), until=moment + REMIND.lease, started_at=moment,
            outcome=JobOutcome.RUNNING, failures=0,
        )
    )  # fmt: skip
    session.commit()
    with time_machine.travel(moment + SILENT_AFTER, tick=False):
        assert run(app, REMIND)
    assert told(session) == [story.worker.id]
