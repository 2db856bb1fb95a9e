"""A reminder reaches who can do it today: not who took the call, who left, who has it no more."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.core.db import db
from app.deadlines.models import Deadline
from app.reminders.models import Channel, Delivery, Obligation
from app.reminders.services.answers import hand_over, not_needed
from app.reminders.services.messages import Letter
from app.reminders.services.passes import run_pass
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, UnitFactory, UserFactory
from tests.reminders.story import be_away, wants_mail

KIND = "clock.T_EMERG"


def told(session: Session) -> set[object]:
    session.rollback()
    return set(
        session.scalars(
            select(Delivery.recipient_id).where(
                Delivery.kind == KIND, Delivery.channel == Channel.APP
            )
        )
    )


def one_of(session: Session) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == KIND)).one()


def a_pass(story: Story, hours: float) -> None:
    run_pass(db.sessionmaker, {}, story.received_at + timedelta(hours=hours))


def move(session: Session, story: Story) -> Story:
    """To another commune."""
    there = make_story(session)
    case = session.get_one(Case, story.case.id)
    case.unit_id, case.owner_id = there.unit.id, there.worker.id
    session.commit()
    return there


def test_without_an_owner_the_workers_of_the_commune_are_told(
    session: Session, story: Story
) -> None:
    """Not the desk that took the call, though the case knows who that was."""
    second = UserFactory(unit=story.unit)
    story.case.owner_id = None
    session.commit()
    a_pass(story, 6.5)
    here = select(User.id).where(User.unit_id == story.unit.id, User.role == Role.CP_WORKER)
    workers = set(session.scalars(here))
    assert second.id in workers and told(session) == workers
    assert one_of(session).user_id is None


def test_who_had_the_case_before_sees_and_decides_nothing(
    session: Session, story: Story, browser: Browser
) -> None:
    a_pass(story, 10)
    one, there = one_of(session), None
    assert story.chair.id in told(session)
    there = move(session, story)
    a_pass(story, 10.05)
    not_needed(
        session,
        actor=actor_of(there.worker),
        obligation=session.get_one(Obligation, one.id),
        reason="Em đã được đón về nơi an toàn",
        now=clock.now(),
    )
    session.commit()
    a_pass(story, 10.1)
    for user in (story.chair, story.worker):
        browser.sign_in(user)
        browser.get("reminders.show", expect=404, obligation_id=one.id)
        assert story.case.number not in browser.get("reminders.index").text
    assert (
        "nơi an toàn"
        in browser.sign_in(there.chair).get("reminders.show", obligation_id=one.id).text
    )
    assert {there.worker.id, there.chair.id} <= told(session)


@pytest.mark.parametrize("how", ["moved", "denied", "closed"])
def test_what_was_handed_to_somebody_who_left_comes_back(
    session: Session, story: Story, how: str
) -> None:
    colleague = UserFactory(unit=story.unit)
    a_pass(story, 1)
    hand_over(
        session,
        actor=actor_of(story.worker),
        obligation=one_of(session),
        to_id=colleague.id,
        reason="",
        now=story.received_at + timedelta(hours=1),
    )
    session.commit()
    if how == "moved":
        session.get_one(User, colleague.id).unit_id = UnitFactory().id
    elif how == "denied":
        CaseDenialFactory(of_case=story.case, user_id=colleague.id, by_id=story.chair.id)
    else:
        session.get_one(User, colleague.id).is_active = False
    session.commit()
    a_pass(story, 6.5)
    assert told(session) == {story.worker.id}
    assert one_of(session).handed_to_id is None


def test_a_unit_that_was_switched_off_is_not_told(session: Session, story: Story) -> None:
    story.unit.is_active = False
    session.commit()
    a_pass(story, 6.5)
    assert told(session) == {story.supervisor.id}


def test_who_gets_the_case_does_not_sleep_with_the_one_before(
    session: Session, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit)
    a_pass(story, 6.5)
    one = one_of(session)
    one.snooze(story.received_at + timedelta(hours=11.9))
    session.get_one(Case, story.case.id).owner_id = colleague.id
    session.commit()
    a_pass(story, 6.6)
    assert colleague.id in told(session) and one_of(session).snoozed_until is None


def test_an_absence_that_begins_or_ends_hands_the_digest_on(session: Session, story: Story) -> None:
    """Told in the evening, the mail leaves in the morning: to who is there then."""
    deputy = UserFactory(unit=story.unit, email="thay@example.vn")
    wants_mail(session, deputy)
    for deadline in session.scalars(select(Deadline).where(Deadline.rule_key != "T_PLAN")):
        deadline.meet(happened_at=clock.now(), now=clock.now())
    session.commit()
    run_pass(db.sessionmaker, {}, clock.now())
    session.rollback()
    plan = session.scalars(select(Obligation).where(Obligation.kind == "clock.T_PLAN")).one()
    half = plan.started_at + (plan.due_at - plan.started_at) / 2 + timedelta(minutes=1)
    run_pass(db.sessionmaker, {}, half)
    begins = clock.local(half).date() + timedelta(days=1)
    be_away(session, story, deputy, since=begins, days=3)
    letters: list[Letter] = []
    for days in (1, 2):
        run_pass(
            db.sessionmaker,
            {Channel.MAIL: lambda _session, letter: letters.append(letter)},
            half + timedelta(days=days),
        )
    receivers = {
        letter.user_id
        for letter in letters
        if plan.id in {one.obligation_id for one in letter.lines}
    }
    assert receivers == {deputy.id}


def test_who_sees_no_case_data_any_more_is_sent_none(session: Session, story: Story) -> None:
    a_pass(story, 6.5)
    session.get_one(User, story.worker.id).role = Role.ANALYST
    session.commit()
    letters: list[Letter] = []
    run_pass(
        db.sessionmaker,
        {Channel.MAIL: lambda _session, letter: letters.append(letter)},
        story.received_at + timedelta(hours=30),
    )
    assert story.worker.id not in {letter.user_id for letter in letters}
