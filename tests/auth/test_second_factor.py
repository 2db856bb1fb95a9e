"""Codes from a phone: asked for outside demo mode, accepted once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth import factors
from app.auth.accounts import disable_user, remove_factor, reset_user
from app.auth.models import PendingSignIn, User, UserSession
from app.core import clock
from tests.auth.conftest import PASSWORD
from tests.auth.test_sign_in import set_cookies, sign_in
from tests.browser import Browser
from tests.evidence import Evidence
from tests.factories import UserFactory

Account = Callable[..., User]
SECRET = pyotp.random_base32()


@pytest.fixture
def frozen() -> time_machine.Traveller:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def code_at(moment: datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(moment)


def with_factor(session: Session, user: User) -> User:
    user.totp_secret, user.totp_last_step = SECRET, 1
    session.commit()
    return user


def offered_secret(browser: Browser) -> str:
    code = browser.get("auth.enrol").select_one("code")
    assert code is not None
    return code.text.replace(" ", "")


def test_nothing_opens_before_a_factor_is_set_up(strict_browser: Browser, account: Account) -> None:
    account(username="an")
    sign_in(strict_browser, "an")
    strict_browser.get("auth.profile", expect=303)
    assert strict_browser.location == "/auth/enrol"
    page = strict_browser.follow()
    assert page.select_one("svg path") is not None
    assert not page.select(".bar-nav a, .find")


def test_enrolment_ends_other_sessions_and_opens_everything(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    user = account(username="an")
    sign_in(strict_browser, "an")
    before = strict_browser.client.get_cookie("__Host-vt")
    assert before is not None
    secret = offered_secret(strict_browser)
    assert len(secret) == 32  # 160 bits
    strict_browser.submit("auth.enrol", {"code": code_at(clock.now(), secret)})
    strict_browser.get("auth.profile")
    session.refresh(user)
    assert user.totp_secret == secret
    assert secret.encode() not in bytes(user.totp_secret_sealed or b"")
    strict_browser.client.set_cookie("__Host-vt", before.value, secure=True)
    strict_browser.get("auth.profile", expect=302)


def test_a_wrong_code_sets_up_nothing(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    user = account(username="an")
    sign_in(strict_browser, "an")
    first = offered_secret(strict_browser)
    strict_browser.submit("auth.enrol", {"code": "000000"}, expect=422)
    assert offered_secret(strict_browser) == first  # the phone need not scan again
    session.refresh(user)
    assert user.totp_secret_sealed is None


def test_the_password_alone_opens_nothing(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    with_factor(session, account(username="an"))
    sign_in(strict_browser, "an")
    assert strict_browser.location is not None
    assert strict_browser.location.startswith("/auth/second-step")
    strict_browser.get("auth.profile", expect=302)
    assert session.scalars(select(UserSession)).all() == []


def test_password_and_code_open_the_page_asked_for(
    strict_browser: Browser, account: Account, session: Session, frozen: time_machine.Traveller
) -> None:
    with_factor(session, account(username="an"))
    page = strict_browser.open("/auth/sign-in?next=/auth/password")
    strict_browser.submit_page(page, {"username": "an", "password": PASSWORD})
    page = strict_browser.follow()
    strict_browser.submit_page(page, {"code": code_at(clock.now())})
    assert strict_browser.location == "/auth/password"
    strict_browser.follow()
    assert session.scalars(select(PendingSignIn)).all() == []


def test_a_code_is_accepted_once(
    strict_browser: Browser,
    account: Account,
    session: Session,
    frozen: time_machine.Traveller,
    evidence: Evidence,
) -> None:
    with_factor(session, account(username="an"))
    code = code_at(clock.now())
    sign_in(strict_browser, "an")
    strict_browser.submit("auth.second_step", {"code": code})
    other = Browser(strict_browser._app, session)
    sign_in(other, "an")
    other.submit("auth.second_step", {"code": code}, expect=422)
    earlier = code_at(clock.now() - timedelta(seconds=30))
    other.submit("auth.second_step", {"code": earlier}, expect=422)
    frozen.shift(30)
    other.submit("auth.second_step", {"code": code_at(clock.now())})
    evidence("codes", "{again} of {tried} used or older codes accepted", again=0, tried=2)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(-61, False), (-29, True), (0, True), (29, True), (61, False)]
)
def test_a_phone_may_be_half_a_minute_off(seconds: int, fits: bool) -> None:
    moment = datetime.fromisoformat("2026-03-02T10:00:00+00:00") + timedelta(seconds=15)
    code = code_at(moment + timedelta(seconds=seconds))
    assert (factors.matching_step(SECRET, code, moment) is not None) is fits


def test_codes_are_throttled(
    strict_browser: Browser, account: Account, session: Session, frozen: time_machine.Traveller
) -> None:
    with_factor(session, account(username="an"))
    sign_in(strict_browser, "an")
    for _ in range(5):
        strict_browser.submit("auth.second_step", {"code": "000000"}, expect=422)
    strict_browser.submit("auth.second_step", {"code": code_at(clock.now())}, expect=429)
    frozen.shift(61)
    strict_browser.submit("auth.second_step", {"code": code_at(clock.now())})


def test_waiting_for_the_code_ends_after_five_minutes(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    with_factor(session, account(username="an"))
    sign_in(strict_browser, "an")
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1), tick=False):
        strict_browser.get("auth.second_step", expect=410)


@pytest.mark.parametrize("step", [remove_factor, reset_user, disable_user])
def test_who_waits_for_the_code_is_sent_away_when_the_account_changes(
    strict_browser: Browser,
    account: Account,
    session: Session,
    frozen: time_machine.Traveller,
    step: Callable[..., object],
) -> None:
    user = with_factor(session, account(username="an"))
    UserFactory(unit_id=user.unit_id)
    sign_in(strict_browser, "an")
    page = strict_browser.get("auth.second_step")
    more = {"by_mail": False} if step is reset_user else {}
    step(session, None, user, now=clock.now(), **more)
    session.commit()
    strict_browser.submit_page(page, {"code": code_at(clock.now())}, expect=410)
    assert session.scalars(select(UserSession)).all() == []


def test_no_code_fits_where_there_is_no_secret() -> None:
    assert factors.matching_step("", "000000", clock.now()) is None


def test_without_a_password_there_is_no_second_step(
    strict_browser: Browser, session: Session
) -> None:
    strict_browser.get("auth.second_step", expect=410)


def test_a_factor_is_not_replaced_by_who_sits_at_the_screen(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    user = with_factor(session, account(username="an"))
    strict_browser.sign_in(user)
    secret = offered_secret(strict_browser)
    strict_browser.submit("auth.enrol", {"code": code_at(clock.now(), secret)}, expect=422)
    session.refresh(user)
    assert user.totp_secret == SECRET


def test_demo_mode_asks_for_no_code(browser: Browser, account: Account, session: Session) -> None:
    with_factor(session, account(username="an"))
    sign_in(browser, "an")
    browser.get("auth.profile")


def test_cookies_outside_demo_mode_are_for_this_host_and_https(
    strict_browser: Browser, account: Account
) -> None:
    account(username="an")
    sign_in(strict_browser, "an")
    cookie = set_cookies(strict_browser)["__Host-vt"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith(("domain", "max-age", "expires")) for part in parts)


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "1" * 500, "\x00" * 6])
def test_bad_codes_get_the_form_back(
    strict_browser: Browser, account: Account, session: Session, typed: str
) -> None:
    with_factor(session, account(username="an"))
    sign_in(strict_browser, "an")
    strict_browser.submit("auth.second_step", {"code": typed}, expect=422)
