"""A form that was open while the sign-in ended, without JavaScript: what was typed is not lost."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.cases.models import Report
from app.core import clock
from tests.auth.conftest import PASSWORD
from tests.auth.test_sign_in import Account, sign_in
from tests.browser import Browser
from tests.factories import PHO_HIEN, UnitFactory

TYPED = {
    "category": "abused",
    "channel": "phone",
    "child_name": "Lê Thị Mai",
    "event_commune": PHO_HIEN,
}


@pytest.fixture
def form(browser: Browser, account: Account) -> BeautifulSoup:
    """The form of a report, opened by "an" on the shared computer of the desk."""
    desk = UnitFactory(hotline=True)
    account(username="an", role=Role.INTAKE, unit=desk)
    account(username="binh", role=Role.INTAKE, unit=desk)
    UnitFactory()
    sign_in(browser, "an")
    return browser.get("intake.new")


def reports(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Report)) or 0


def test_after_idle_minutes_one_signs_in_and_sends_again(
    browser: Browser, session: Session, form: BeautifulSoup
) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        page = browser.submit_page(form, TYPED, expect=401)
        assert "Những gì đã gõ vẫn còn" in page.text
        sign_in(browser, "an")
        browser.submit_page(form, TYPED)
    assert reports(session) == 1


def test_also_after_a_sign_out_in_another_tab(
    browser: Browser, session: Session, form: BeautifulSoup
) -> None:
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")
    browser.submit_page(form, TYPED, expect=401)
    sign_in(browser, "an")
    browser.submit_page(form, TYPED)
    assert reports(session) == 1


def test_also_after_a_second_sign_in_in_another_tab(
    browser: Browser, session: Session, form: BeautifulSoup
) -> None:
    page = browser.get("auth.profile").select_one("form.quick input[name=csrf_token]")
    assert page is not None
    again = {"username": "an", "password": PASSWORD, "csrf_token": str(page["value"])}
    browser.post("/auth/sign-in", again)
    browser.submit_page(form, TYPED)
    assert reports(session) == 1


def test_what_one_person_opened_another_cannot_send(
    browser: Browser, session: Session, form: BeautifulSoup
) -> None:
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")
    sign_in(browser, "binh")
    page = browser.submit_page(form, TYPED, expect=400)
    assert "từ một lần đăng nhập khác" in page.text
    assert reports(session) == 0


def test_a_token_from_before_the_first_sign_in_is_worth_nothing_after_it(
    browser: Browser, account: Account
) -> None:
    account(username="an")
    token = browser.get("auth.sign_in").select_one("input[name=csrf_token]")
    assert token is not None
    sign_in(browser, "an")
    planted = {"csrf_token": str(token["value"])}
    browser.post("/language", {**planted, "locale": "en", "next": "/"}, expect=400)
