"""What is due is found, told once, and ends by itself; a pass that was missed is made up."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.cases.models import Case
from app.cases.models.care import Separation, SeparationState
from app.core import clock
from app.core.db import db
from app.deadlines.models import Deadline
from app.deadlines.services import start_clocks
from app.people.models import Child
from app.reminders.channels.answers import Refused, Unreachable
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Message,
    Obligation,
)
from app.reminders.services.passes import Passed, run_pass
from tests.cases.story import Story
from tests.factories import CaseDenialFactory, UserFactory
from tests.reminders.story import Post, be_away


@pytest.fixture
def post() -> Post:
    return Post()


def a_pass(post: Post, now: datetime) -> Passed:
    return run_pass(db.sessionmaker, {Channel.MAIL: post}, now)


def told(session: Session, kind: str, channel: Channel = Channel.APP) -> list[tuple[str, Any]]:
    session.rollback()
    rows = session.execute(
        select(Delivery.occurrence, Delivery.recipient_id)
        .where(Delivery.kind == kind, Delivery.channel == channel)
        .order_by(Delivery.created_at, Delivery.occurrence)
    )
    return [(occurrence, user) for occurrence, user in rows]


def of(session: Session, kind: str) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == kind)).one()


def test_clocks_become_obligations_and_a_second_pass_writes_nothing(
    session: Session, story: Story, post: Post
) -> None:
    first = a_pass(post, clock.now())
    assert first.opened == 5  # four clocks, and what the department owes to the board
    again = a_pass(post, clock.now())
    assert (again.opened, again.ended, again.told) == (0, 0, 0)
    emergency = of(session, "clock.T_EMERG")
    assert (emergency.case_id, emergency.user_id) == (story.case.id, story.worker.id)


def test_a_row_that_is_missing_comes_back(session: Session, story: Story, post: Post) -> None:
    a_pass(post, clock.now())
    session.execute(delete(Delivery))
    session.execute(delete(Obligation).where(Obligation.kind == "clock.T_PLAN"))
    session.commit()
    assert a_pass(post, clock.now()).opened == 1


def test_each_step_is_told_once_to_whom_the_rule_names(
    session: Session, story: Story, post: Post
) -> None:
    start = story.received_at
    for hours in (5, 6.1, 6.2, 9.7, 12.1, 12.2):
        a_pass(post, start + timedelta(hours=hours))
    worker, chair, supervisor = story.worker.id, story.chair.id, story.supervisor.id
    found = told(session, "clock.T_EMERG")
    assert [occurrence for occurrence, _ in found] == ["p0.5", "p0.8", "p0.8", "p1", "p1", "p1"]
    assert found[0][1] == worker
    assert {user for _, user in found[1:3]} == {worker, chair}
    assert {user for _, user in found[3:]} == {worker, chair, supervisor}


def test_what_is_done_is_told_no_more(session: Session, story: Story, post: Post) -> None:
    a_pass(post, clock.now())
    for deadline in session.scalars(select(Deadline)):
        deadline.meet(happened_at=clock.now(), now=clock.now())
    session.commit()
    assert a_pass(post, clock.now() + timedelta(days=9)).ended == 4
    assert told(session, "clock.T_PLAN") == []


def test_three_days_down_is_one_message_each_not_a_storm(
    session: Session, story: Story, post: Post
) -> None:
    a_pass(post, story.received_at + timedelta(minutes=5))
    post.letters.clear()
    late = story.received_at + timedelta(hours=72)
    a_pass(post, late)
    assert {occurrence for occurrence, _ in told(session, "clock.T_EMERG")} == {"p1"}
    assert {occurrence for occurrence, _ in told(session, "clock.T_ROUTE")} == {"p1"}
    mine = [one for one in post.letters if one.user_id == story.worker.id]
    assert [(one.is_urgent, len(one.lines)) for one in mine] == [(True, 2)]
    for days in (2, 3):
        a_pass(post, late + timedelta(days=days))
    digests = [one for one in post.letters if one.user_id == story.worker.id and not one.is_urgent]
    assert len(digests) == 1


def test_an_extended_clock_asks_anew(session: Session, story: Story, post: Post) -> None:
    a_pass(post, clock.now())
    plan = session.scalars(select(Deadline).where(Deadline.rule_key == "T_PLAN")).one()
    plan.extend(plan.effective_due_at + timedelta(days=3), now=clock.now())
    session.commit()
    passed = a_pass(post, clock.now())
    assert (passed.opened, passed.ended) == (1, 1)


def test_the_deputy_of_who_is_away(session: Session, story: Story, post: Post) -> None:
    deputy = UserFactory(unit=story.unit)
    be_away(session, story, deputy)
    a_pass(post, story.received_at + timedelta(hours=7))
    assert told(session, "clock.T_EMERG") == [("p0.5", deputy.id)]


def test_nobody_who_is_kept_out_and_no_orphan(session: Session, story: Story, post: Post) -> None:
    """The owner is kept out, the only other worker's account is closed: the Chair is told."""
    for user in session.scalars(select(User).where(User.unit_id == story.unit.id)):
        user.is_active = user.id in (story.worker.id, story.chair.id)
    CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.chair.id)
    session.commit()
    a_pass(post, story.received_at + timedelta(hours=7))
    assert told(session, "clock.T_EMERG") == [("p0.5", story.chair.id)]


def test_put_off_it_comes_back_and_the_steps_for_others_stay(
    session: Session, story: Story, post: Post
) -> None:
    start = story.received_at
    a_pass(post, start + timedelta(hours=7))
    one = of(session, "clock.T_EMERG")
    one.snooze(start + timedelta(hours=10))
    session.commit()
    a_pass(post, start + timedelta(hours=9.7))
    a_pass(post, start + timedelta(hours=10.1))
    found = told(session, "clock.T_EMERG")
    assert found == [
        ("p0.5", story.worker.id),
        ("p0.8", story.chair.id),
        ("s1", story.worker.id),
    ]


def test_not_needed_stays_ended_though_the_state_still_asks(
    session: Session, story: Story, post: Post
) -> None:
    a_pass(post, clock.now())
    of(session, "clock.T_PLAN").waive(now=clock.now())
    session.commit()
    assert a_pass(post, clock.now() + timedelta(days=30)).opened == 0
    assert told(session, "clock.T_PLAN") == []


def test_a_mail_that_does_not_go_is_tried_again_under_the_same_id(
    session: Session, story: Story, post: Post
) -> None:
    moment = story.received_at + timedelta(hours=7)
    post.errors = [Unreachable("TimeoutError"), Unreachable("451")]
    for minutes in (0, 0.5, 1.1, 3.5):
        a_pass(post, moment + timedelta(minutes=minutes))
    session.rollback()
    message = session.scalars(select(Message)).one()
    assert (message.state, message.attempts) == (DeliveryState.SENT, 3)
    assert [one.message_id for one in post.letters] == [message.id]


def test_an_address_that_is_refused_ends_on_the_page_of_the_dead(
    session: Session, story: Story, post: Post
) -> None:
    post.errors = [Refused("550")]
    a_pass(post, story.received_at + timedelta(hours=7))
    session.rollback()
    message = session.scalars(select(Message)).one()
    assert (message.state, message.error) == (DeliveryState.DEAD, "550")
    assert told(session, "clock.T_EMERG", Channel.APP) != []


@pytest.mark.parametrize("change", ["closed", "denied", "disabled"])
def test_what_changed_between_due_and_sent_is_not_told(
    session: Session, story: Story, post: Post, change: str
) -> None:
    moment = story.received_at + timedelta(hours=7)
    post.errors = [Unreachable("ConnectionRefusedError")]
    a_pass(post, moment)
    if change == "closed":
        session.get_one(Case, story.case.id).is_ended = True
    elif change == "denied":
        CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.chair.id)
    else:
        session.get_one(User, story.worker.id).is_active = False
    session.commit()
    a_pass(post, moment + timedelta(hours=1))
    session.rollback()
    states = session.scalars(select(Message.state)).all()
    assert post.letters == [] and set(states) == {DeliveryState.SKIPPED}


def test_the_application_is_told_without_any_mail_server(
    session: Session, story: Story, post: Post
) -> None:
    run_pass(db.sessionmaker, {}, story.received_at + timedelta(hours=7))
    assert told(session, "clock.T_EMERG") == [("p0.5", story.worker.id)]
    waiting = select(func.count()).where(Delivery.state == DeliveryState.WAITING)
    assert session.scalar(waiting) == 2


def test_a_separation_is_told_by_the_end_of_its_decision(
    session: Session, story: Story, post: Post
) -> None:
    """Art. 32: 15 days at the most; the Chair decided for fewer."""
    start = clock.now()
    ends = start + timedelta(days=5)
    session.add(
        Separation(
            key=session.get_one(Child, story.case.child_id).key,
            case_id=story.case.id,
            form_version=1,
            state=SeparationState.DECIDED,
            reason="abuse",
            place_kind="relative",
            started_at=start,
            first_ends_at=ends,
            ends_at=ends,
            drafted_by=story.worker.id,
            drafted_at=start,
        )
    )
    session.add_all(
        start_clocks(
            session,
            subject_id=story.case.id,
            subject_label=story.case.number,
            rule_keys=["T_SEP_MAX"],
            started_at=start,
            unit_id=story.unit.id,
            commune_code=story.case.commune_code,
            now=start,
        )
    )
    session.commit()
    a_pass(post, clock.now())
    assert of(session, "clock.T_SEP_MAX").due_at == ends


def test_to_approve_is_the_chairs(session: Session, story: Story, post: Post) -> None:
    a_pass(post, clock.now())
    one = of(session, "clock.T_APPROVE")
    assert one.user_id is None and one.unit_id == story.unit.id
    a_pass(post, one.due_at + timedelta(minutes=1))
    assert {user for _, user in told(session, "clock.T_APPROVE")} == {story.chair.id}
