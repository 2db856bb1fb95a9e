"""Between due and sent: the work goes to somebody else, or is no more."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import User
from app.cases.models import Case
from app.core import clock
from app.core.db import db
from app.reminders.models import Channel, Delivery, DeliveryState, Message, Obligation
from app.reminders.services.answers import hand_over
from app.reminders.services.passes import run_pass
from tests.actors import actor_of
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.reminders.story import Post, wants_mail

KIND = "clock.T_PLAN"


@pytest.fixture
def colleague(session: Session, story: Story) -> User:
    made = UserFactory(unit=story.unit)
    made.email = "dongnghiep@example.vn"
    wants_mail(session, made)
    return made


def one_of(session: Session) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == KIND)).one()


def half(one: Obligation, minutes: float = 1) -> datetime:
    return one.started_at + (one.due_at - one.started_at) / 2 + timedelta(minutes=minutes)


def told(session: Session) -> list[tuple[str, object]]:
    session.rollback()
    rows = session.execute(
        select(Delivery.occurrence, Delivery.recipient_id)
        .where(Delivery.kind == KIND, Delivery.channel == Channel.APP)
        .order_by(Delivery.created_at)
    )
    return [(occurrence, user) for occurrence, user in rows]


def test_who_gets_the_case_is_told_what_the_one_before_was_told(
    session: Session, story: Story, colleague: User
) -> None:
    post = Post()
    run_pass(db.sessionmaker, {}, clock.now())
    moment = half(one_of(session))
    run_pass(db.sessionmaker, {Channel.MAIL: post}, moment)
    session.get_one(Case, story.case.id).owner_id = colleague.id
    session.commit()
    later = half(one_of(session), 20)
    for _ in range(2):
        run_pass(db.sessionmaker, {Channel.MAIL: post}, later)
    found = told(session)
    assert [user for _, user in found] == [story.worker.id, colleague.id]
    assert found[1][0].startswith("o")
    for days in (1, 2):  # the digests: the new one's has it, the old one's has not
        run_pass(db.sessionmaker, {Channel.MAIL: post}, later + timedelta(days=days))
    kinds = {one.user_id: {line.kind for line in one.lines} for one in post.letters}
    assert KIND in kinds[colleague.id]
    plan = one_of(session)
    carried = [
        one.user_id
        for one in post.letters
        if any(line.obligation_id == plan.id for line in one.lines)
    ]
    assert story.worker.id not in carried


def test_what_is_handed_over_is_told_at_the_next_pass(
    session: Session, story: Story, colleague: User
) -> None:
    run_pass(db.sessionmaker, {}, clock.now())
    moment = half(one_of(session))
    run_pass(db.sessionmaker, {}, moment)
    hand_over(
        session,
        actor=actor_of(story.worker),
        obligation=one_of(session),
        to_id=colleague.id,
        reason="Đi công tác",
        now=moment + timedelta(minutes=1),
    )
    session.commit()
    for minutes in (2, 3):
        run_pass(db.sessionmaker, {}, half(one_of(session), minutes))
    assert [user for _, user in told(session)] == [story.worker.id, colleague.id]


def test_a_case_that_moves_leaves_nothing_with_the_unit_before(
    session: Session, story: Story
) -> None:
    """The mail that waits is not sent to who has the case no more."""
    post = Post()
    run_pass(db.sessionmaker, {}, clock.now())
    run_pass(db.sessionmaker, {}, half(one_of(session)))
    there = make_story(session)
    case = session.get_one(Case, story.case.id)
    case.unit_id, case.owner_id = there.unit.id, there.worker.id
    session.commit()
    run_pass(db.sessionmaker, {Channel.MAIL: post}, half(one_of(session), 24 * 60))
    assert story.worker.id not in {one.user_id for one in post.letters}
    skipped = select(Message.state).where(Message.user_id == story.worker.id)
    assert set(session.scalars(skipped)) <= {DeliveryState.SKIPPED}


def test_each_telling_is_on_the_log(session: Session, story: Story) -> None:
    run_pass(db.sessionmaker, {}, story.received_at + timedelta(hours=7))
    session.rollback()
    sent = select(AuditEvent.body).where(AuditEvent.action == AuditAction.REMINDER_SENT.value)
    emergency = session.scalars(
        select(Obligation.id).where(Obligation.kind == "clock.T_EMERG")
    ).one()
    assert any(str(emergency) in body for body in session.scalars(sent))
