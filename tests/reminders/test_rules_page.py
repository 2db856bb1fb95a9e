"""The rules of reminders, as an administrator sets them."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.reminders.models import ReminderRuleChange
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import Step, Whom, rules_of_file
from tests.browser import Browser
from tests.factories import UserFactory

PAGE = "reminder_rules.edit"
WHY = "Công văn 12 của Sở Y tế"
Fields = dict[str, Any]


@pytest.fixture
def admin(browser: Browser) -> Browser:
    return browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))


def change(admin: Browser, kind: str = "visit", **fields: Any) -> BeautifulSoup:
    """As one does it: the preview first, then saved."""
    shown = admin.submit(PAGE, {"reason": WHY, **fields}, reminder_kind=kind, expect=200)
    return admin.submit_page(shown, {"save": "1"})


def steps(session: Session, kind: str = "visit") -> tuple[Step, ...]:
    session.rollback()
    return rules_in_force(session).kind(kind).steps


def changes(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ReminderRuleChange)) or 0


def test_the_rules_stand_there_in_sentences(admin: Browser) -> None:
    page = admin.get("reminder_rules.index")
    assert "Khi đã qua một nửa thời hạn: người phụ trách" in page.text
    assert "24 giờ sau hạn: Chủ tịch; ghi lên dòng thời gian" in page.text
    assert "7 ngày trước hạn: người phụ trách" in page.text
    assert len(page.select(".row-title")) == len(rules_of_file().kinds)


def test_a_change_is_previewed_then_kept_with_who_and_why(admin: Browser, session: Session) -> None:
    change(admin, **{"steps-0-amount": "48"})
    assert steps(session)[0] == Step(before=48, whom=(Whom.OWNER,))
    assert len(steps(session)) == 4
    page = admin.follow()
    assert "2 ngày trước hạn: người phụ trách" in page.text and WHY in page.text
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "reminder.rules_changed")
    ).one()
    assert '"kinds":["visit"]' in event.body.replace(" ", "")


def test_what_was_not_previewed_is_not_saved(admin: Browser, session: Session) -> None:
    fields = {"steps-0-amount": "48", "reason": WHY}
    shown = admin.submit(PAGE, {**fields, "save": "1"}, reminder_kind="visit", expect=200)
    assert changes(session) == 0
    assert "Chưa lưu" not in shown.text
    shown = admin.submit_page(shown, {"steps-0-amount": "50", "save": "1"}, expect=200)
    assert changes(session) == 0, "other steps than those of the preview"
    assert "Chưa lưu: bạn đã sửa các bước." in shown.text
    admin.submit_page(shown, {"save": "1"})
    assert steps(session)[0].before == 50


def test_a_step_is_added_and_removed_without_javascript(admin: Browser, session: Session) -> None:
    page = admin.get(PAGE, reminder_kind="clock.T_EMERG")
    page = admin.submit_page(page, {"add_step": "1"}, expect=200)
    assert page.select_one("#steps-3-when") is not None
    page = admin.submit_page(page, {"remove_step": "0"}, expect=200)
    added = {"when": "after", "amount": "6", "whom": ["chair", "supervisor"], "escalates": "y"}
    added = {f"steps-2-{name}": value for name, value in added.items()}
    shown = admin.submit_page(page, {**added, "reason": WHY}, expect=200)
    admin.submit_page(shown, {"save": "1"})
    assert [one.key for one in steps(session, "clock.T_EMERG")] == ["p0.8", "p1", "a6"]
    last = steps(session, "clock.T_EMERG")[-1]
    assert last.whom == (Whom.CHAIR, Whom.SUPERVISOR) and last.escalates


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"steps-0-amount": "ba"}, "steps-0-amount"),
        ({"steps-0-amount": ""}, "steps-0-amount"),
        ({"steps-0-amount": "0"}, "steps-0-amount"),
        ({"steps-0-amount": "-5"}, "steps-0-amount"),
        ({"steps-0-amount": "9999999"}, "steps-0-amount"),
        ({"steps-0-when": "part", "steps-0-amount": "301"}, "steps-0-amount"),
        ({"steps-0-when": ""}, "steps-0-when"),
        ({"steps-0-when": "whenever"}, "steps-0-when"),
        ({"steps-0-whom": None}, "steps-0-whom"),
        ({"steps-0-whom": "mayor"}, "steps-0-whom"),
        ({"steps-0-whom": "officer"}, "steps-0-whom"),
        ({"steps-0-when": "due"}, "steps-1-when"),
        ({"steps-2-amount": "96"}, "steps-3-when"),
        ({"reason": ""}, "reason"),
        ({"reason": "x"}, "reason"),
        ({}, "steps"),
    ],
)
def test_what_is_no_rule_is_refused_at_its_field(
    admin: Browser, session: Session, typed: Fields, at: str
) -> None:
    page = admin.submit(PAGE, {"reason": WHY, **typed}, reminder_kind="visit", expect=422)
    summary = page.select_one(f'.error-summary a[href="#{at}"]')
    assert summary is not None, page.select_one(".error-summary")
    assert page.select_one(f'[id="{at}"]') is not None
    assert changes(session) == 0


def test_a_form_without_any_step_is_refused(admin: Browser, session: Session) -> None:
    page = admin.get(PAGE, reminder_kind="personal")
    sent = {f"steps-0-{name}": None for name in ("when", "amount", "whom", "escalates")}
    page = admin.submit_page(page, {**sent, "reason": WHY}, expect=422)
    assert page.select_one('.error-summary a[href="#steps-0-when"]') is not None
    assert changes(session) == 0


def test_only_the_one_who_set_a_reminder_is_told_of_it(admin: Browser) -> None:
    page = admin.get(PAGE, reminder_kind="personal")
    offered = {str(box["value"]) for box in page.select("[name=steps-0-whom]")}
    assert offered == {"self"}


def test_of_two_administrators_at_once_the_second_is_told(admin: Browser, session: Session) -> None:
    stale = admin.get(PAGE, reminder_kind="visit")
    change(admin, "review", **{"steps-0-amount": "48"})
    shown = admin.submit_page(stale, {"steps-0-amount": "30", "reason": WHY}, expect=200)
    page = admin.submit_page(shown, {"save": "1"}, expect=409)
    assert page.select_one(".conflict") is not None and WHY in page.text
    assert page.select_one("#steps-0-amount")["value"] == "30"  # type: ignore[index]
    shown = admin.submit_page(page, {}, expect=200)
    admin.submit_page(shown, {"save": "1"})
    assert steps(session)[0].before == 30 and steps(session, "review")[0].before == 48


def test_a_double_click_saves_once(admin: Browser, session: Session) -> None:
    typed = {"steps-0-amount": "48", "reason": WHY}
    shown = admin.submit(PAGE, typed, reminder_kind="visit", expect=200)
    for _ in range(2):
        admin.submit_page(shown, {"save": "1"})
    assert changes(session) == 1


def test_back_to_how_it_was(admin: Browser, session: Session) -> None:
    was = steps(session)
    change(admin, **{"steps-0-amount": "48"})
    change(admin, **{"steps-0-amount": "72"})
    page = admin.get(PAGE, reminder_kind="visit")
    links = [str(a["href"]) for a in page.select("a[href*='before=']")]
    assert [url.rpartition("=")[2] for url in links] == ["2", "1"]
    for url, expected in zip(links, (48, 24), strict=True):
        form = admin.open(url)
        assert form.select_one("#steps-0-amount")["value"] == str(expected)  # type: ignore[index]
        shown = admin.submit_page(form, {"reason": WHY}, expect=200)
        admin.submit_page(shown, {"save": "1"})
        assert steps(session)[0].before == expected
    assert steps(session) == was
    newest = session.scalars(
        select(ReminderRuleChange).order_by(ReminderRuleChange.number.desc()).limit(1)
    ).one()
    assert newest.steps == {}, "a newer data file counts again"


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "0"])
def test_a_change_that_is_none_shows_what_holds(admin: Browser, before: str) -> None:
    page = admin.open(f"/admin/reminders/visit?before={before}")
    assert page.select_one("#steps-0-amount")["value"] == "24"  # type: ignore[index]


def test_a_kind_that_is_none_is_not_found(admin: Browser) -> None:
    admin.get(PAGE, reminder_kind="nothing", expect=404)
    admin.get(PAGE, reminder_kind="clock.T_NONE", expect=404)


def test_reference_data_leads_there(admin: Browser) -> None:
    assert admin.get("admin.reference").select_one('a[href="/admin/reminders"]') is not None
