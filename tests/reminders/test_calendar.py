"""The calendar of what is due: each day's few, days off, no names where none may be read."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.core import clock
from app.deadlines.models import CalendarDay
from app.people.models import Child
from app.reminders.models import Obligation
from app.reminders.pages.calendar import VIEWS, View
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, UnitFactory, UserFactory
from tests.sql import counted

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=clock.LOCAL)


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def due(
    session: Session,
    story: Story,
    at: datetime,
    *,
    user: User | None = None,
    kind: str = "visit",
    count: int = 1,
    closed: bool = False,
) -> None:
    at = at.replace(tzinfo=at.tzinfo or clock.LOCAL)
    session.add_all(
        Obligation(
            kind=kind,
            subject_id=uuid4(),
            occurrence="1",
            case_id=story.case.id,
            unit_id=story.unit.id,
            user_id=(user or story.worker).id,
            started_at=at - timedelta(days=3),
            due_at=at,
            opened_at=NOW,
            asked_at=NOW,
            last_at=NOW,
            closed_at=NOW if closed else None,
        )
        for _ in range(count)
    )
    session.commit()


def look(browser: Browser, user: User, query: str = "") -> BeautifulSoup:
    return browser.sign_in(user).open(f"/reminders/calendar{query}")


def day(page: BeautifulSoup, of: str) -> Tag:
    found = page.select_one(f'.calendar-day:has(time[datetime="{of}"])')
    assert found is not None
    return found


def test_a_month_is_of_whole_weeks_from_monday(browser: Browser, story: Story) -> None:
    page = look(browser, story.worker)
    days = [str(one["datetime"]) for one in page.select(".calendar-day time")]
    assert (days[0], days[-1], len(days)) == ("2026-10-26", "2026-12-06", 42)
    assert page.select_one(".calendar-head span").text == "thứ Hai"  # type: ignore[union-attr]
    assert "Tháng 11/2026" in page.text
    assert "hôm nay" in day(page, "2026-11-18").text


def test_a_day_has_a_few_and_says_how_many_more(
    browser: Browser, session: Session, story: Story
) -> None:
    due(session, story, datetime(2026, 11, 20, 9, 5))
    due(session, story, datetime(2026, 11, 20, 17), count=7)
    page = look(browser, story.worker)
    friday = day(page, "2026-11-20")
    items = friday.select(".calendar-item")
    assert len(items) == 3 and "còn 5 việc" in friday.text
    assert "09:05 Thăm trẻ em theo kế hoạch" in items[0].text
    assert story.case.number in items[0].text
    more = friday.select_one(".calendar-more a")
    assert more is not None
    assert len(browser.open(str(more["href"])).select(".calendar-item")) == 8


def test_midnight_is_vietnams(browser: Browser, session: Session, story: Story) -> None:
    due(session, story, datetime(2026, 11, 20, 23, 59))
    due(session, story, datetime(2026, 11, 21, 0, 0))
    page = look(browser, story.worker)
    assert "23:59" in day(page, "2026-11-20").text and "00:00" in day(page, "2026-11-21").text


def test_what_is_late_says_so_in_words_and_what_was_before_is_counted(
    browser: Browser, session: Session, story: Story
) -> None:
    due(session, story, datetime(2026, 11, 17, 17))
    due(session, story, datetime(2026, 9, 1, 17), count=4)
    due(session, story, datetime(2026, 9, 1, 17), count=2, closed=True)
    due(session, story, datetime(2026, 11, 19, 17))
    page = look(browser, story.worker)
    late = page.select(".calendar-item.is-late")
    assert len(late) == 1 and "quá hạn" in late[0].text
    assert "4 việc đã quá hạn từ trước" in page.text
    ahead = look(browser, story.worker, "?on=2027-03-01")
    assert "5 việc đã quá hạn từ trước" in ahead.text, "what is not due yet is not late"


def test_holidays_swapped_days_and_weekends_are_marked(
    browser: Browser, session: Session, story: Story
) -> None:
    session.add_all(
        [
            CalendarDay(day=date(2026, 11, 19), is_working=False, reason="Nghỉ bù lụt"),
            CalendarDay(day=date(2026, 11, 22), is_working=True, reason="thay ngày 19"),
        ]
    )
    session.commit()
    page = look(browser, story.worker)
    assert "nghỉ" in day(page, "2026-11-21").text
    assert "Nghỉ bù lụt" in day(page, "2026-11-19").text
    worked = day(page, "2026-11-22")
    assert "Làm bù: thay ngày 19" in worked.text and "is-off" not in worked["class"]
    tet = look(browser, story.worker, "?on=2027-02-08")
    assert "is-off" in day(tet, "2027-02-08")["class"]
    assert "Tết" in day(tet, "2027-02-08").text
    september = look(browser, story.worker, "?on=2026-09-02")
    assert "Quốc khánh" in day(september, "2026-09-02").text


def test_ones_own_and_the_units(browser: Browser, session: Session, story: Story) -> None:
    colleague = UserFactory(unit=story.unit)
    due(session, story, datetime(2026, 11, 20, 9), user=colleague)
    due(session, story, datetime(2026, 11, 20, 10), user=colleague, kind="personal")
    assert len(look(browser, story.worker).select(".calendar-item")) == 0
    assert len(look(browser, story.worker, "?who=unit").select(".calendar-item")) == 1
    assert len(look(browser, colleague).select(".calendar-item")) == 2
    assert len(look(browser, story.chair, "?who=unit").select(".calendar-item")) == 1


def test_who_took_it_over_has_it(browser: Browser, session: Session, story: Story) -> None:
    colleague = UserFactory(unit=story.unit)
    due(session, story, datetime(2026, 11, 20, 9))
    one = session.scalars(select(Obligation)).one()
    one.handed_to_id = colleague.id
    session.commit()
    assert len(look(browser, story.worker).select(".calendar-item")) == 0
    assert len(look(browser, colleague).select(".calendar-item")) == 1


def test_a_name_is_for_who_may_know_it_and_its_reading_is_on_the_log(
    browser: Browser, session: Session, story: Story
) -> None:
    officer = UserFactory(unit=story.unit, role=Role.AGENCY_OFFICER)
    due(session, story, datetime(2026, 11, 20, 9))
    name = session.get_one(Child, story.case.child_id).full_name
    assert name
    wanted = select(func.count()).where(AuditEvent.action == "cases.listed")
    page = look(browser, officer, "?who=unit")
    assert len(page.select(".calendar-item")) == 1 and name not in page.text
    assert session.scalar(wanted) == 0
    page = look(browser, story.worker)
    assert name in page.text
    assert all(name not in str(a["href"]) for a in page.select("a[href]"))
    assert session.scalar(wanted) == 1


def test_nothing_of_a_child_one_is_kept_out_of(
    browser: Browser, session: Session, story: Story
) -> None:
    due(session, story, datetime(2026, 11, 20, 9))
    due(session, story, datetime(2026, 9, 20, 9))
    CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.chair.id)
    session.commit()
    page = look(browser, story.worker, "?who=unit")
    assert not page.select(".calendar-item") and "quá hạn" not in page.text


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
def test_who_has_no_case_has_no_dues(
    browser: Browser, session: Session, story: Story, role: Role
) -> None:
    user = UserFactory(unit=UnitFactory(doh=True), role=role)
    due(session, story, datetime(2026, 11, 20, 9), user=user)
    assert not look(browser, user, "?who=unit").select(".calendar-item")


@pytest.mark.parametrize(
    "on", ["2026-02-31", "31/02/2026", "hôm qua", "9" * 400, "0001-01-01", "2500-01-01", "-"]
)
def test_a_day_that_is_none_is_said(browser: Browser, story: Story, on: str) -> None:
    page = look(browser, story.worker, f"?on={on}&view=x&who=y")
    assert "không ghi một ngày có thật" in page.text and "Tháng 11/2026" in page.text


@pytest.mark.parametrize("view", VIEWS)
def test_the_links_lead_on_and_back(browser: Browser, story: Story, view: str) -> None:
    page = look(browser, story.worker, f"?view={view}&on=2028-02-29")
    title = page.select_one("h1").text  # type: ignore[union-attr]
    later = browser.open(str(page.select_one("a[rel=next]")["href"]))  # type: ignore[index]
    assert later.select_one("h1").text != title  # type: ignore[union-attr]
    back = browser.open(str(later.select_one("a[rel=prev]")["href"]))  # type: ignore[index]
    assert back.select_one("h1").text == title  # type: ignore[union-attr]


def test_however_much_is_due_the_statements_and_rows_are_few(
    browser: Browser, session: Session, story: Story
) -> None:
    look(browser, story.worker)
    with counted(browser.engine) as few:
        browser.open("/reminders/calendar")
    for n in range(28):
        due(session, story, datetime(2026, 11, n + 1, 9), count=20)
    browser.open("/reminders/calendar")
    with counted(browser.engine) as many:
        page = browser.open("/reminders/calendar")
    assert len(page.select(".calendar-item")) == 28 * 3
    assert len(many) <= len(few) + 1 <= 12, "one more: the log of the names"


@given(on=st.dates(date(2015, 1, 1), date(2100, 12, 31)), kind=st.sampled_from(list(VIEWS)))
def test_any_day_is_on_its_own_page_and_weeks_are_whole(on: date, kind: str) -> None:
    days = View(kind, on, is_own=True).days
    assert on in days and days == [days[0] + n * timedelta(days=1) for n in range(len(days))]
    if kind != "day":
        assert days[0].weekday() == 0 and days[-1].weekday() == 6
    if kind == "month":
        assert on.replace(day=1) in days and View(kind, on, True).moved(1) - timedelta(1) in days
