"""The administrator's exceptions to the calendar."""

from datetime import date, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.deadlines.models import CalendarDay
from tests.browser import Browser
from tests.factories import UserFactory

MONDAY = date(2026, 3, 2)  # 10:00 in Vietnam


@pytest.fixture(autouse=True)
def then() -> object:
    with time_machine.travel("2026-03-02T03:00:00+00:00", tick=False):
        yield


@pytest.fixture
def admin(browser: Browser, session: Session) -> Browser:
    return browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))


def values(**changed: object) -> dict[str, object]:
    given = {
        "day": "06/03/2026",
        "kind": "off",
        "reason": "Nghỉ hoán đổi",
        "citation": "Quyết định 12/QĐ-UBND",
    }
    return {**given, **changed}


def days_on(page: BeautifulSoup) -> str:
    table = page.select_one("table")
    assert table is not None
    return table.text


def test_a_day_is_added_and_removed(admin: Browser, session: Session) -> None:
    admin.submit("calendar.index", values())
    page = admin.follow()
    assert "Quyết định 12/QĐ-UBND" in days_on(page)
    admin.submit_page(page, {}, form="form[action$='/remove']")
    assert "Quyết định 12/QĐ-UBND" not in days_on(admin.follow())
    bodies = session.scalars(select(AuditEvent.body).order_by(AuditEvent.id)).all()
    assert ['"added"' in bodies[0], '"removed"' in bodies[1]] == [True, True]
    assert all('"day":"2026-03-06"' in body for body in bodies)


def test_public_holidays_stand_there_already(admin: Browser) -> None:
    text = days_on(admin.get("calendar.index"))
    assert "30/04" in text
    assert "02/09" in text


@pytest.mark.parametrize(
    "changed",
    [
        {"day": ""},
        {"day": "30/02/2026"},
        {"day": "01/03/2026"},  # yesterday
        {"day": "06/03/2028"},
        {"day": "07/03/2026"},  # a Saturday is off anyway
        {"day": "30/04/2026"},  # a holiday is off anyway
        {"kind": "working"},  # a Friday is worked anyway
        {"kind": "holiday"},
        {"reason": ""},
        {"citation": "x\x00y"},
        {"reason": "x" * 3000},
    ],
    ids=str,
)
def test_what_changes_nothing_or_makes_no_sense_is_refused(
    admin: Browser, session: Session, changed: dict[str, object]
) -> None:
    page = admin.submit("calendar.index", values(**changed), expect=422)
    assert page.select(".error-summary a")
    assert session.scalars(select(CalendarDay)).all() == []


def test_one_day_is_there_once(admin: Browser, session: Session) -> None:
    admin.submit("calendar.index", values())
    admin.submit("calendar.index", values(), form="#calendar-form", expect=422)
    assert session.scalars(select(CalendarDay.day)).one() == date(2026, 3, 6)


def test_a_saturday_may_be_worked(admin: Browser, session: Session) -> None:
    admin.submit("calendar.index", values(day="07/03/2026", kind="working"))
    assert session.scalars(select(CalendarDay.is_working)).one() is True


def test_a_day_that_has_passed_stays(admin: Browser, session: Session) -> None:
    yesterday = MONDAY - timedelta(days=1)
    session.add(CalendarDay(day=yesterday, is_working=True, reason="x", citation="y"))
    session.commit()
    token = admin.get("calendar.index").select_one("input[name=csrf_token]")
    assert token is not None
    sent = {"day": "01/03/2026", "csrf_token": token["value"]}
    admin.post("/admin/calendar/remove", sent, expect=404)
    admin.post("/admin/calendar/remove", {**sent, "day": "x"}, expect=422)
    assert session.scalars(select(CalendarDay.day)).one() == yesterday


def test_no_day_before_the_new_year_claims_a_lunar_date(admin: Browser) -> None:
    """In 2027 the last lunar month has 29 days: two days before the first is the 28th."""
    text = admin.get("calendar.index").text
    assert "29 Tết" not in text and "hai ngày trước mùng một" in text


def test_an_empty_day_says_what_to_write(admin: Browser) -> None:
    page = admin.submit("calendar.index", {}, form="#calendar-form, main form.form", expect=422)
    summary = page.select_one(".error-summary")
    assert summary is not None
    assert "Ghi ngày, ví dụ" in summary.text and "Mục này cần điền" not in summary.text
