"""Whoever is to do a thing now is told: deputies, those it comes back to, colleagues of a desk."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Absence, Role, User
from app.cases.models import Case, Report
from app.core import clock
from app.core.db import db
from app.deadlines.models import Deadline
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Message,
    Obligation,
    ObligationOfAnother,
)
from app.reminders.policy import may_put_off, put_off_by
from app.reminders.services.answers import hand_over, put_off
from app.reminders.services.passes import run_pass
from app.reminders.services.personal import set_reminder
from tests.actors import actor_of
from tests.cases.story import Story, make_story
from tests.factories import UnitFactory, UserFactory
from tests.reminders.story import Post, be_away, wants_mail

KIND = "clock.T_PLAN"


def one_of(session: Session, kind: str = KIND) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == kind)).one()


def half(one: Obligation, minutes: int = 1) -> datetime:
    return one.started_at + (one.due_at - one.started_at) / 2 + timedelta(minutes=minutes)


def told(session: Session, kind: str = KIND) -> list[uuid.UUID]:
    session.rollback()
    return list(
        session.scalars(
            select(Delivery.recipient_id)
            .where(Delivery.kind == kind, Delivery.channel == Channel.APP)
            .order_by(Delivery.created_at)
        )
    )


def a_pass(now: datetime) -> None:
    run_pass(db.sessionmaker, {}, now)


def handed_over(session: Session, story: Story, to: User) -> datetime:
    """Told to the worker at half the term, handed over, told to the colleague."""
    a_pass(clock.now())
    moment = half(one_of(session))
    a_pass(moment)
    hand_over(
        session, actor=actor_of(story.worker), obligation=one_of(session), to_id=to.id,
        reason="Đi công tác", now=moment + timedelta(minutes=1),
    )  # fmt: skip
    session.commit()
    a_pass(moment + timedelta(minutes=2))
    assert told(session) == [story.worker.id, to.id]
    return moment + timedelta(minutes=3)


def test_the_deputy_of_whom_it_was_handed_to_is_told(session: Session, story: Story) -> None:
    """Handed to B, who was told and then goes away: C, who stands in for B, is told at once, as the
    deputy of the owner would be."""
    b, c = UserFactory(unit=story.unit), UserFactory(unit=story.unit)
    moment = handed_over(session, story, b)
    be_away(session, story, c, since=clock.local(moment).date(), days=5)
    session.execute(update(Absence).values(user_id=b.id))
    session.commit()
    for minutes in (0, 1, 60):
        a_pass(moment + timedelta(minutes=minutes))
    assert c.id in told(session)


def test_the_deputy_of_whom_it_was_handed_to_may_put_it_off(session: Session, story: Story) -> None:
    b, c = UserFactory(unit=story.unit), UserFactory(unit=story.unit)
    moment = handed_over(session, story, b)
    be_away(session, story, c, since=clock.local(moment).date(), days=20)
    session.execute(update(Absence).values(user_id=b.id))
    session.commit()
    one = one_of(session)
    a_pass(one.due_at + timedelta(minutes=1))
    assert c.id in told(session)
    assert may_put_off(actor_of(session.get_one(User, c.id)), one_of(session))


def test_what_comes_back_to_the_owner_is_told_to_the_owner(session: Session, story: Story) -> None:
    """B's account is closed: the next pass takes the thing from B, and must say so to the owner."""
    b = UserFactory(unit=story.unit)
    moment = handed_over(session, story, b)
    session.get_one(User, b.id).is_active = False
    session.commit()
    for minutes in (0, 1, 60):
        a_pass(moment + timedelta(minutes=minutes))
    assert one_of(session).handed_to_id is None
    assert told(session).count(story.worker.id) == 2


def test_with_the_deputys_account_closed_the_unit_is_told_not_the_absent(
    session: Session, story: Story
) -> None:
    deputy, colleague = UserFactory(unit=story.unit), UserFactory(unit=story.unit)
    a_pass(clock.now())
    moment = half(one_of(session))
    be_away(session, story, deputy, since=clock.local(moment).date(), days=5)
    session.get_one(User, deputy.id).is_active = False
    session.commit()
    a_pass(moment)
    assert colleague.id in told(session)


def test_a_case_that_comes_back_to_its_unit_is_told_there_again(
    session: Session, story: Story
) -> None:
    """A to B and back to A: who had it before is asked anew, after weeks perhaps."""
    a_pass(clock.now())
    moment = half(one_of(session))
    a_pass(moment)
    assert told(session) == [story.worker.id]
    there = make_story(session)
    for days, unit, owner in (
        (0, there.unit, there.worker), (1, story.unit, story.worker)
    ):  # fmt: skip
        case = session.get_one(Case, story.case.id)
        case.unit_id, case.owner_id = unit.id, owner.id
        session.commit()
        a_pass(moment + timedelta(minutes=10 + days))
    one = session.scalars(
        select(Obligation).where(Obligation.kind == KIND, Obligation.case_id == story.case.id)
    ).one()
    session.rollback()
    rows = session.execute(
        select(Delivery.occurrence, Delivery.recipient_id)
        .where(Delivery.obligation_id == one.id, Delivery.channel == Channel.APP)
        .order_by(Delivery.created_at)
    ).all()
    names = {story.worker.id: "worker", there.worker.id: "there"}
    found = [(row.occurrence, names.get(row.recipient_id)) for row in rows]
    assert [name for _, name in found] == ["worker", "there", "worker"], found


def test_who_lost_it_meanwhile_puts_nothing_off(session: Session, story: Story) -> None:
    """The owner's page was loaded (and allowed) before the Chair handed it to B; the answer comes
    after. B's reminder must not be put to sleep by somebody who is no longer asked."""
    b = UserFactory(unit=story.unit)
    a_pass(clock.now())
    moment = half(one_of(session))
    a_pass(moment)
    with db.sessionmaker() as own:  # the owner's request: loaded, allowed
        mine = own.scalars(put_off_by(actor_of(story.worker)).where(Obligation.kind == KIND)).one()
        hand_over(  # the Chair's request, committed meanwhile
            session, actor=actor_of(story.chair), obligation=one_of(session), to_id=b.id,
            reason="Giao lại", now=moment + timedelta(minutes=1),
        )  # fmt: skip
        session.commit()
        with pytest.raises(ObligationOfAnother):
            put_off(
                own, actor=actor_of(story.worker), obligation=mine,
                until=moment + timedelta(hours=20), reason="Để mai làm nhé",
                now=moment + timedelta(minutes=2),
            )  # fmt: skip
    a_pass(moment + timedelta(minutes=3))
    assert one_of(session).snoozed_until is None
    assert b.id in told(session)


def test_an_own_reminder_on_a_case_of_another_unit_that_one_may_open_is_mailed(
    session: Session, story: Story
) -> None:
    """Assigned to the case of another unit, one may set a reminder on it; in the application it is
    told, and the mail must not be dropped without a word."""
    other = make_story(session)
    helper, now = other.worker, clock.now()
    helper.email = "giup@example.vn"
    wants_mail(session, helper)
    session.add(
        CaseAccess(
            case_id=story.case.id, child_id=story.case.child_id, holder_id=helper.id,
            reason=AccessReason.ASSIGNED, sections=None, since=now - timedelta(hours=1), until=None,
        )
    )  # fmt: skip
    session.commit()
    case = (
        session.scalars(
            select(Case).where(Case.id == story.case.id).options(joinedload(Case.child))
        )
        .unique()
        .one()
    )
    set_reminder(
        session, actor=actor_of(helper), case=case, text="Gọi trường",
        due_at=now + timedelta(hours=1), now=now,
    )  # fmt: skip
    session.commit()
    post = Post()
    run_pass(db.sessionmaker, {Channel.MAIL: post}, now + timedelta(hours=1, minutes=1))
    assert told(session, "personal") == [helper.id]
    states = session.scalars(select(Message.state).where(Message.user_id == helper.id)).all()
    assert set(states) == {DeliveryState.SENT}
    lines = [line.kind for one in post.letters if one.user_id == helper.id for line in one.lines]
    assert lines.count("personal") == 1


def test_the_colleagues_of_a_desk_are_told_before_the_supervisor(
    session: Session, story: Story
) -> None:
    """Who took the report is gone: others of the same desk can pass it on."""
    desk = UnitFactory()
    gone = UserFactory(unit=desk, role=Role.INTAKE)
    there = UserFactory(unit=desk, role=Role.INTAKE)
    case = session.get_one(Case, story.case.id)
    case.unit_id, case.owner_id = None, None
    report = session.get_one(Report, case.report_id)
    report.received_by_id, report.taken_by_unit_id = gone.id, desk.id
    gone.is_active = False
    session.commit()
    deadline = session.scalars(select(Deadline).where(Deadline.rule_key == "T_ROUTE")).one()
    started, due = deadline.started_at, deadline.effective_due_at
    session.rollback()
    a_pass(started + (due - started) / 2 + timedelta(minutes=1))
    assert there.id in told(session, "clock.T_ROUTE"), [
        session.get_one(User, one).role for one in told(session, "clock.T_ROUTE")
    ]
