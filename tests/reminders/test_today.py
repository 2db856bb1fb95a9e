"""Today, built on what is due: live, sorted by how long is left, minus what was answered."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case, PlanActivity
from app.cases.models.plans import ActivityState, PlanState
from app.core import clock
from app.core.db import db
from app.deadlines.models import Deadline
from app.people.models import Child
from app.reminders.models import Obligation, PersonalReminder
from app.reminders.services.passes import run_pass
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, UnitFactory, UserFactory
from tests.parts.plans import make_plan
from tests.reminders.story import be_away
from tests.sql import counted

NOON = time(12)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Of a day in the middle of a week, so that what is due today is due at five."""
    moment = datetime.combine(datetime(2027, 3, 10), NOON, clock.LOCAL)
    with time_machine.travel(moment, tick=False):
        yield


@pytest.fixture
def story(session: Session) -> Story:
    """A case whose clocks are met, with an approved plan: an activity due yesterday, the review
    in two days."""
    made = make_story(session)
    made.case.owner_id = made.worker.id
    for deadline in session.scalars(select(Deadline)):
        deadline.meet(happened_at=clock.now(), now=clock.now())
    plan = make_plan(session, made.case, made.worker, state=PlanState.APPROVED)
    (activity,) = plan.activities
    activity.ends_on = clock.today() - timedelta(days=1)
    plan.review_on = clock.today() + timedelta(days=2)
    made.case.first_opened_at = clock.now()
    made.case.state = made.case.state.__class__.PLAN_APPROVED
    session.commit()
    return made


def rows(page: BeautifulSoup) -> list[str]:
    card = page.select_one("#today-title")
    assert card is not None
    section = card.find_parent("section")
    assert section is not None
    lines = [row.select_one("p").text for row in section.select(".rows > li")]  # type: ignore[union-attr]
    return [line.partition(" · Chưa làm được?")[0] for line in lines]


def today(browser: Browser, user: User) -> list[str]:
    return rows(browser.sign_in(user).get("home.index"))


def a_pass() -> None:
    run_pass(db.sessionmaker, {}, clock.now())


def of(session: Session, kind: str) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == kind)).one()


def test_what_is_due_stands_on_today_before_any_pass(browser: Browser, story: Story) -> None:
    number = story.case.number
    assert today(browser, story.worker) == [
        f"{number}: Hoạt động của kế hoạch",
        f"{number}: Rà soát kế hoạch (Mẫu số 06)",
    ]
    page = browser.get("home.index")
    links = [str(link["href"]) for link in page.select("section:has(#today-title) a.btn")]
    assert "/plan/activities/" in links[0] and links[1].endswith("/reviews/new")


def test_what_was_recorded_is_gone_at_once(
    session: Session, browser: Browser, story: Story
) -> None:
    a_pass()
    activity = session.scalars(select(PlanActivity)).one()
    activity.state = ActivityState.DONE
    session.commit()
    assert [row for row in today(browser, story.worker) if "Hoạt động" in row] == []


def test_clocks_stand_before_the_rest_and_each_by_how_long_is_left(
    session: Session, browser: Browser, story: Story
) -> None:
    deadline = session.scalars(select(Deadline).where(Deadline.rule_key == "T_PLAN")).one()
    deadline.met_at = deadline.closed_at = None
    deadline.effective_due_at = clock.now() + timedelta(hours=3)
    session.commit()
    found = today(browser, story.worker)
    assert "Hoạt động" in found[1] and "Rà soát" in found[2] and len(found) == 3


def test_at_most_seven_and_how_many_more(session: Session, browser: Browser, story: Story) -> None:
    key = session.get_one(Child, story.case.child_id).key
    for n in range(9):
        session.add(
            PersonalReminder(
                key=key,
                case_id=story.case.id,
                user_id=story.worker.id,
                text=f"Việc {n}",
                created_at=clock.now(),
                due_at=clock.now() + timedelta(minutes=n),
            )
        )
    session.commit()
    found = today(browser, story.worker)
    assert len(found) == 7 and found[0].endswith("Việc 0")
    page = browser.get("home.index")
    more = next(link for link in page.select(".more a") if "việc nữa" in link.text)
    assert more.text == "Còn 4 việc nữa" and more["href"] == "/reminders/"
    assert today(browser, UserFactory(unit=story.unit)) == []


def test_what_is_put_off_or_not_needed_is_not_of_today(
    session: Session, browser: Browser, story: Story
) -> None:
    a_pass()
    of(session, "activity").snooze(clock.now() + timedelta(hours=2))
    session.commit()
    assert [row for row in today(browser, story.worker) if "Hoạt động" in row] == []
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        found = today(browser, story.worker)
        assert "Hoạt động của kế hoạch, đã để sau 1 lần" in found[0]
    of(session, "review").waive(now=clock.now())
    session.commit()
    assert [row for row in today(browser, story.worker) if "Rà soát" in row] == []


def test_handed_over_it_stands_on_the_colleagues_today(
    session: Session, browser: Browser, story: Story
) -> None:
    a_pass()
    colleague = UserFactory(unit=story.unit)
    of(session, "activity").give(colleague.id, now=clock.now())
    session.commit()
    assert [row for row in today(browser, story.worker) if "Hoạt động" in row] == []
    assert len(today(browser, colleague)) == 1


def test_the_deputy_has_it_on_today(session: Session, browser: Browser, story: Story) -> None:
    deputy = UserFactory(unit=story.unit)
    assert today(browser, deputy) == []
    be_away(session, story, deputy, days=0)
    assert len(today(browser, deputy)) == 2
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        assert today(browser, deputy) == [], "back on the day after the last one away"


def test_what_nobody_has_is_everybodys(session: Session, browser: Browser, story: Story) -> None:
    colleague = UserFactory(unit=story.unit)
    session.get_one(User, story.worker.id).is_active = False
    session.commit()
    assert len(today(browser, colleague)) == 2
    session.get_one(Case, story.case.id).owner_id = None
    session.commit()
    assert len(today(browser, colleague)) == 2


def test_who_is_kept_out_has_nothing_of_it(
    session: Session, browser: Browser, story: Story
) -> None:
    CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.chair.id)
    session.commit()
    assert today(browser, story.worker) == []


def test_a_check_after_closing_is_one_of_the_rows(
    session: Session, browser: Browser, story: Story
) -> None:
    case = session.get_one(Case, story.case.id)
    case.is_ended, case.state = True, case.state.__class__.CLOSED
    case.check_on = clock.today()
    session.commit()
    assert today(browser, story.worker) == [f"{case.number}: Kiểm tra lại sau khi đóng hồ sơ"]


def test_what_nobody_answered_stands_on_the_chairs_today(
    session: Session, browser: Browser, story: Story
) -> None:
    assert [row for row in today(browser, story.chair) if "Hoạt động" in row] == []
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        a_pass()
        found = today(browser, story.chair)
        assert [row for row in found if "Hoạt động" in row] != []
        page = browser.get("reminders.index")
        told = next(tab for tab in page.select(".tabs a") if "Đã nhắc lên tôi" in tab.text)
        assert told.select_one(".count").text != "0"  # type: ignore[union-attr]


def test_a_supervisor_sees_what_went_up_to_them(
    session: Session, browser: Browser, story: Story
) -> None:
    deadline = session.scalars(select(Deadline).where(Deadline.rule_key == "T_EMERG")).one()
    deadline.met_at = deadline.closed_at = None
    deadline.effective_due_at = clock.now() - timedelta(minutes=1)
    session.commit()
    page = browser.sign_in(story.supervisor).get("home.index")
    card = page.select_one("section:has(#escalated-title)")
    assert card is not None and "Không có việc nào chưa ai trả lời" in card.text
    a_pass()
    card = browser.get("home.index").select_one("section:has(#escalated-title)")
    assert card is not None and "Can thiệp khẩn cấp trong 12 giờ" in card.text
    page = browser.open(str(card.select_one(".row-title")["href"]))  # type: ignore[index]
    browser.submit_page(page, {}, form="#noted-form")
    card = browser.get("home.index").select_one("section:has(#escalated-title)")
    assert card is not None and "Can thiệp khẩn cấp trong 12 giờ" not in card.text


def test_a_desk_has_one_quiet_line_or_nothing(
    session: Session, browser: Browser, story: Story
) -> None:
    desk = UserFactory(unit=UnitFactory(), role=Role.INTAKE)
    assert browser.sign_in(desk).get("home.index").select(".quiet-line") == []
    due = clock.now() + timedelta(hours=1)
    session.add(
        Obligation(
            kind="clock.T_ROUTE",
            subject_id=story.case.id,
            occurrence="1",
            case_id=story.case.id,
            unit_id=desk.unit_id,
            user_id=desk.id,
            started_at=clock.now(),
            due_at=due,
            opened_at=clock.now(),
            last_at=clock.now(),
        )
    )
    session.commit()
    (line,) = browser.get("home.index").select(".quiet-line")
    assert "1 việc đến hạn hôm nay" in line.text and line.select_one("a[href='/reminders/']")


def test_today_costs_the_same_however_much_is_due(
    session: Session, browser: Browser, story: Story
) -> None:
    browser.sign_in(story.worker).get("home.index")
    with counted(browser.engine) as before:
        browser.get("home.index")
    child = session.get_one(Case, story.case.id).child_id
    key = session.get_one(Child, child).key
    for n in range(30):
        session.add(
            PersonalReminder(
                key=key,
                case_id=story.case.id,
                user_id=story.worker.id,
                text=f"Việc {n}",
                created_at=clock.now(),
                due_at=clock.now(),
            )
        )
    session.commit()
    with counted(browser.engine) as after:
        browser.get("home.index")
    assert len(after) == len(before) <= 12
