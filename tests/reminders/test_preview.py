"""What a change of the rules would send is said before, and is what is sent after."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from app.reminders.models import Channel, Delivery, Obligation
from app.reminders.queries.preview import Told, preview
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import Step, Whom
from app.reminders.services.passes import run_pass
from app.reminders.services.rule_changes import NewSteps, change_steps
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import UserFactory

KIND = "clock.T_PLAN"
OWNER = (Whom.OWNER,)
DUE = Step(part=1.0, whom=OWNER)


@pytest.fixture
def story(session: Session) -> Story:
    """With T_PLAN clocks as a test needs them (`clocks`), and no others."""
    made = make_story(session)
    made.case.owner_id = made.worker.id
    session.execute(text("DELETE FROM deadlines"))
    session.commit()
    return made


@pytest.fixture
def admin(session: Session) -> User:
    return UserFactory(role=Role.ADMINISTRATOR)


def clocks(
    session: Session, story: Story, *, due_in: float, count: int = 1, days: int = 10, cycle: int = 1
) -> None:
    """`count` clocks of one term of so many days that end in `due_in` hours."""
    due = clock.now() + timedelta(hours=due_in)
    session.execute(
        text(
            "INSERT INTO deadlines (id, subject_id, subject_label, rule_key, rule_version, cycle,"
            " unit_id, started_at, due_at, effective_due_at, version)"
            " SELECT gen_random_uuid(), :case, 'HY', 'T_PLAN', 1, n, :unit, :start, :due, :due, 1"
            " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
        ),
        {
            "case": story.case.id,
            "unit": story.unit.id,
            "start": due - timedelta(days=days),
            "due": due,
            "first": cycle,
            "last": cycle + count - 1,
        },
    )
    session.commit()


def a_pass(now: datetime | None = None) -> None:
    run_pass(db.sessionmaker, {}, now or clock.now())


def set_steps(session: Session, admin: User, *steps: Step) -> None:
    session.rollback()
    number = session.scalar(text("SELECT coalesce(max(number), 0) FROM reminder_rule_changes"))
    change_steps(
        session,
        actor=actor_of(admin),
        change=NewSteps(KIND, steps, "Theo công văn"),
        expected=number or 0,
        now=clock.now(),
    )
    session.commit()


def told(session: Session) -> dict[str, int]:
    session.rollback()
    rows = session.execute(
        select(Delivery.occurrence).where(Delivery.channel == Channel.APP, Delivery.kind == KIND)
    )
    found: dict[str, int] = {}
    for (occurrence,) in rows:
        found[occurrence] = found.get(occurrence, 0) + 1
    return found


def expected(session: Session, *steps: Step) -> dict[Whom, Told]:
    session.rollback()
    old = rules_in_force(session).kind(KIND).steps
    found = preview(session, KIND, old=old, new=steps, now=clock.now())
    return {one.whom: one for one in found.told}


@pytest.mark.wide
def test_a_thousand_that_passed_the_new_step_are_not_told_of_it(
    session: Session, story: Story, admin: User
) -> None:
    """“72 hours before”, added when all of them have 48 left: half were told of."""
    set_steps(session, admin, Step(before=100, whom=OWNER), DUE)
    clocks(session, story, due_in=48, count=500)
    a_pass(clock.now() - timedelta(hours=50))
    assert told(session) == {"b100": 500}
    set_steps(session, admin, DUE)
    clocks(session, story, due_in=48, count=500, cycle=501)
    a_pass()
    new = Step(before=72, whom=OWNER), DUE
    said = expected(session, *new)[Whom.OWNER]
    assert (said.now, said.new_now, said.settled) == (0, 0, 1000)
    assert (said.then, said.new_then) == (1000, 1000)
    set_steps(session, admin, *new)
    a_pass()
    a_pass(clock.now() + timedelta(hours=1))
    assert told(session) == {"b100": 500}, "no avalanche"
    a_pass(clock.now() + timedelta(hours=49))
    assert told(session) == {"b100": 500, "p1": 1000}, "and nothing is forgotten"


def test_a_change_holds_for_what_is_open_at_the_next_pass(
    session: Session, story: Story, admin: User
) -> None:
    clocks(session, story, due_in=100)
    set_steps(session, admin, DUE)
    a_pass()
    new = Step(before=72, whom=(Whom.OWNER, Whom.CHAIR)), DUE
    said = expected(session, *new)
    assert (said[Whom.OWNER].then, said[Whom.OWNER].new_then) == (1, 2)
    assert (said[Whom.CHAIR].then, said[Whom.CHAIR].new_then) == (0, 1)
    set_steps(session, admin, *new)
    a_pass(clock.now() + timedelta(hours=29))
    assert told(session) == {"b72": 2}
    session.rollback()
    one = session.scalars(select(Obligation).where(Obligation.kind == KIND)).one()
    assert one.next_at == one.due_at


def test_what_waits_to_be_told_is_still_told(session: Session, story: Story, admin: User) -> None:
    """The scheduler stood still while a step came: the change of the rule does not swallow it."""
    clocks(session, story, due_in=30)
    set_steps(session, admin, Step(before=24, whom=OWNER), DUE)
    a_pass()
    later = clock.now() + timedelta(hours=8)
    session.rollback()
    change = NewSteps(KIND, (Step(before=26, whom=OWNER), DUE), "Theo công văn")
    change_steps(session, actor=actor_of(admin), change=change, expected=1, now=later)
    session.commit()
    a_pass(later)
    assert sum(told(session).values()) == 1


def test_what_nobody_would_be_told_of_is_told_once(
    session: Session, story: Story, admin: User
) -> None:
    """The only step left has passed for something nobody knows of: it is no orphan."""
    clocks(session, story, due_in=48)
    set_steps(session, admin, DUE)
    a_pass()
    only = Step(before=72, whom=OWNER)
    assert expected(session, only)[Whom.OWNER].new_now == 1
    set_steps(session, admin, only)
    for hours in (0, 1, 50):
        a_pass(clock.now() + timedelta(hours=hours))
    assert told(session) == {"b72": 1}


def test_what_was_told_is_not_told_again(session: Session, story: Story, admin: User) -> None:
    clocks(session, story, due_in=48)
    set_steps(session, admin, Step(before=72, whom=OWNER), DUE)
    a_pass()
    assert told(session) == {"b72": 1}
    set_steps(session, admin, Step(before=71, whom=OWNER), Step(before=60, whom=OWNER), DUE)
    a_pass()
    set_steps(session, admin, Step(before=72, whom=(Whom.OWNER, Whom.CHAIR)), DUE)
    a_pass(clock.now() + timedelta(minutes=5))
    assert told(session) == {"b72": 1}


@pytest.mark.wide
def test_the_preview_is_what_then_happens(session: Session, story: Story, admin: User) -> None:
    set_steps(session, admin, DUE)
    for cycle, hours in ((1, 20), (11, 50), (21, 90), (31, 160), (41, 400)):
        clocks(session, story, due_in=hours, count=10, cycle=cycle)
    a_pass()
    steps = Step(before=72, whom=OWNER), Step(part=0.9, whom=OWNER), DUE
    said = expected(session, *steps)[Whom.OWNER]
    set_steps(session, admin, *steps)
    for day in range(8):
        for hour in range(24 if day < 7 else 1):
            if hour % 4 == 0:
                a_pass(clock.now() + timedelta(days=day, hours=hour))
    assert sum(told(session).values()) == said.new_now + said.new_then


def test_the_page_says_counts_and_a_sample_and_nothing_of_a_case(
    browser: Browser, session: Session, story: Story, admin: User
) -> None:
    clocks(session, story, due_in=48, count=3)
    a_pass()
    browser.sign_in(admin)
    typed = {"steps-0-amount": "90", "reason": "Theo công văn"}
    page = browser.submit("reminder_rules.edit", typed, reminder_kind=KIND, expect=200)
    shown = page.select_one("#preview")
    assert shown is not None
    assert "Đang có 3 việc" in shown.text and "HY-2026-000123" in shown.text
    assert "giám sát của Sở Y tế" in shown.text
    assert story.case.number not in page.text and str(story.case.id) not in page.text
