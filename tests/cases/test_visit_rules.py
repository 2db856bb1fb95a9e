"""The rules of visits: as a data file, and as an administrator sets them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.cases import visit_rules
from app.cases.enums import RiskLevel
from app.cases.models import VisitRuleChange
from app.cases.queries.follow_up import rules_in_force
from app.cases.services.follow_up import plan_next_visit
from app.cases.visit_rules import DATA, VisitRule
from app.core import clock
from app.reference.datafiles import ReferenceDataError
from tests.browser import Browser
from tests.cases.test_follow_up import approved, due_days
from tests.factories import UserFactory

PAGE = "visit_rules.index"
STRICT = {"high_first": "1", "high_every": "2", "reason": "Công văn 12 của Sở Y tế"}


def change(browser: Browser, **changed: Any) -> BeautifulSoup:
    expect = changed.pop("expect", 303)
    browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))
    return browser.submit(PAGE, {**STRICT, **changed}, expect=expect)


def high(session: Session, at: date | None = None) -> VisitRule:
    return rules_in_force(session, at or clock.today()).levels[RiskLevel.HIGH]


def later(days: int) -> str:
    return (clock.today() + timedelta(days=days)).strftime("%d/%m/%Y")


def test_an_administrator_sets_the_days_and_the_log_knows(
    browser: Browser, session: Session
) -> None:
    assert high(session) == VisitRule(first_days=3, every_days=7)
    change(browser)
    assert high(session) == VisitRule(first_days=1, every_days=2)
    page = browser.follow()
    assert "trong 1 ngày" in page.text and STRICT["reason"] in page.text
    assert page.select_one("#high_every")["value"] == "2"  # type: ignore[index]
    assert "reference.changed" in session.scalars(select(AuditEvent.action)).all()


def test_visits_are_planned_by_the_new_days_and_planned_ones_stay(
    browser: Browser, session: Session
) -> None:
    known = approved(session, days_ago=0)
    change(browser)
    plan_next_visit(session, known.case, clock.now())
    assert due_days(known.case) == 3
    assert due_days(approved(session, days_ago=0).case) == 1


def test_a_change_holds_from_its_day(browser: Browser, session: Session) -> None:
    change(browser, effective_from=later(10))
    assert high(session).first_days == 3
    assert high(session, clock.today() + timedelta(days=9)).first_days == 3
    assert high(session, clock.today() + timedelta(days=10)).first_days == 1
    change(browser, high_first="2", effective_from=later(10))
    assert high(session, clock.today() + timedelta(days=10)).first_days == 2, "the last word"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"high_first": "0"}, "high_first"),
        ({"high_first": "-3"}, "high_first"),
        ({"high_first": "181", "medium_first": "181", "low_first": "181"}, "high_first"),
        ({"high_first": "ba"}, "high_first"),
        ({"low_every": ""}, "low_every"),
        ({"high_every": "60"}, "high_first"),
        ({"effective_from": later(-1)}, "effective_from"),
        ({"effective_from": later(500)}, "effective_from"),
        ({"reason": ""}, "reason"),
    ],
)
def test_bad_numbers_are_refused(
    browser: Browser, session: Session, changed: dict[str, Any], field: str
) -> None:
    page = change(browser, **changed, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert session.scalar(select(func.count()).select_from(VisitRuleChange)) == 0


def test_of_two_administrators_at_once_the_second_is_told(
    browser: Browser, session: Session
) -> None:
    admin = UserFactory(role=Role.ADMINISTRATOR)
    stale, client = browser.sign_in(admin).get(PAGE), browser.client
    change(browser)
    browser.client = client
    page = browser.submit_page(stale, {**STRICT, "high_every": "5"}, expect=409)
    assert page.select_one(".conflict") is not None
    assert page.select_one("#high_every")["value"] == "5"  # type: ignore[index]
    assert session.scalar(select(func.count()).select_from(VisitRuleChange)) == 1
    browser.submit_page(page, {})
    assert high(session).every_days == 5


def test_a_double_click_changes_once(browser: Browser, session: Session) -> None:
    page = browser.sign_in(UserFactory(role=Role.ADMINISTRATOR)).get(PAGE)
    for _ in range(2):
        browser.submit_page(page, STRICT)
    assert session.scalar(select(func.count()).select_from(VisitRuleChange)) == 1


def test_the_list_of_reference_data_leads_there(browser: Browser) -> None:
    page = browser.sign_in(UserFactory(role=Role.ADMINISTRATOR)).get("admin.reference")
    assert page.select_one('a[href="/admin/visit-rules"]') is not None


# --- the file


def own_file(folder: Path, *changes: tuple[str, str], version: int = 101) -> Path:
    text = (DATA / "visit_rules.v1.toml").read_text(encoding="utf-8")
    for old, new in (("version = 1", f"version = {version}"), *changes):
        assert old in text
        text = text.replace(old, new)
    (folder / f"visit_rules.v{version}.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_newer_file_replaces_the_shipped_one(tmp_path: Path) -> None:
    own_file(tmp_path, ("2017-07-01", "2026-01-01"), ("every_days = 7", "every_days = 5"))
    rules = visit_rules.load(DATA, tmp_path)
    assert rules.in_force(date(2025, 12, 31)).levels[RiskLevel.HIGH].every_days == 7
    assert rules.in_force(date(2026, 1, 1)).levels[RiskLevel.HIGH].every_days == 5


def test_of_file_and_page_the_newer_one_holds(
    browser: Browser, session: Session, tmp_path: Path
) -> None:
    change(browser)
    in_a_month = clock.today() + timedelta(days=30)
    own_file(tmp_path, ("2017-07-01", in_a_month.isoformat()), ("every_days = 7", "every_days = 4"))
    visit_rules.install(tmp_path)
    try:
        assert high(session).every_days == 2
        assert high(session, in_a_month).every_days == 4
    finally:
        visit_rules.install()


@pytest.mark.parametrize(
    "fault",
    [
        ("first_days = 3,", "first_days = 0,"),
        ("every_days = 7", "every_days = 40"),
        ("LOW = { first_days = 30, every_days = 30 }", ""),
        ("HIGH =", "HUGE ="),
        ('mark = "I"', 'mark = "X"'),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, fault: tuple[str, str]) -> None:
    with pytest.raises(ReferenceDataError, match=r"visit_rules.v101.toml"):
        visit_rules.load(DATA, own_file(tmp_path, fault))
