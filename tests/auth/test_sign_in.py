"""Signing in and out at the page."""

from collections.abc import Callable
from datetime import timedelta
from unicodedata import normalize

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth import passwords
from app.auth.login import token_hash
from app.auth.models import User, UserSession
from app.auth.passwords import DUMMY
from app.core import clock
from tests.auth.conftest import PASSWORD
from tests.browser import Browser
from tests.sql import counted

Account = Callable[..., User]


def sign_in(
    browser: Browser, username: str, password: str = PASSWORD, *, expect: int = 303
) -> None:
    browser.submit("auth.sign_in", {"username": username, "password": password}, expect=expect)


def set_cookies(browser: Browser) -> dict[str, str]:
    assert browser.response is not None
    lines = browser.response.headers.getlist("Set-Cookie")
    return {line.partition("=")[0]: line for line in lines}


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_the_right_password_opens_a_session(
    browser: Browser, account: Account, session: Session
) -> None:
    user = account(username="an")
    sign_in(browser, "an")
    assert browser.location == "/"
    browser.get("auth.profile")
    row = session.scalars(select(UserSession)).one()
    assert row.user_id == user.id
    assert row.ended_at is None
    assert actions(session) == ["auth.signed_in"]


def test_a_name_is_found_in_any_case_and_a_password_in_any_spelling(
    browser: Browser, account: Account
) -> None:
    account(username="an")
    sign_in(browser, "  An ", normalize("NFD", PASSWORD))
    browser.get("auth.profile")


def test_the_database_holds_only_a_hash_of_the_token(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    sign_in(browser, "an")
    token = set_cookies(browser)["vt"].split(";")[0].removeprefix("vt=")
    assert len(token) >= 43  # 256 bits
    assert session.scalars(select(UserSession.token_hash)).one() == token_hash(token)


def test_signing_in_takes_few_statements(browser: Browser, account: Account) -> None:
    account(username="an")
    page = browser.get("auth.sign_in")
    with counted(browser.engine) as seen:
        browser.submit_page(page, {"username": "an", "password": PASSWORD})
    assert len(seen) <= 10, seen  # three of them for the browsers that are known


@pytest.mark.parametrize(
    ("username", "password"),
    [("an", "sai mật khẩu rồi nhé"), ("nobody", PASSWORD), ("closed", PASSWORD)],
)
def test_the_answer_does_not_say_what_was_wrong(
    browser: Browser, account: Account, session: Session, username: str, password: str
) -> None:
    account(username="an")
    account(username="closed", is_active=False)
    sign_in(browser, username, password, expect=422)
    assert browser.response is not None
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in browser.response.text
    assert password not in browser.response.text
    assert actions(session) == ["auth.sign_in_failed"]
    browser.get("auth.profile", expect=302)


def test_a_failure_is_logged_without_the_typed_name(
    browser: Browser, account: Account, session: Session
) -> None:
    sign_in(browser, "nguyen.van.bi-mat", expect=422)
    body = session.scalars(select(AuditEvent.body)).one()
    assert "bi-mat" not in body
    assert '"known":false' in body


def test_an_unknown_name_costs_a_hash_too(
    monkeypatch: pytest.MonkeyPatch, light_hashes: PasswordHasher
) -> None:
    checked: list[str] = []

    class Noting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            checked.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Noting())
    assert passwords.verify_password(None, PASSWORD) is False
    assert checked == [passwords.DUMMY]


def test_a_hash_costs_what_was_promised(light_hashes: PasswordHasher) -> None:
    assert (light_hashes.memory_cost, light_hashes.time_cost) == (64 * 1024, 3)
    assert not light_hashes.check_needs_rehash(DUMMY)  # an unknown name costs the same


def test_an_old_hash_is_renewed_at_sign_in(
    browser: Browser, account: Account, session: Session
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    user = account(username="an")
    user.password_hash = weak.hash(normalize("NFC", PASSWORD))
    session.commit()
    sign_in(browser, "an")
    session.refresh(user)
    assert not passwords.needs_rehash(str(user.password_hash))


def test_a_session_id_planted_before_is_not_taken_over(browser: Browser, account: Account) -> None:
    account(username="an")
    browser.client.set_cookie("vt", "planted")
    sign_in(browser, "an")
    assert "vt=planted" not in set_cookies(browser)["vt"]


def test_signing_in_again_ends_the_session_before(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    page = browser.get("auth.sign_in")
    browser.submit_page(page, {"username": "an", "password": PASSWORD})
    browser.get("auth.profile")
    second = browser.client.get("/auth/profile")
    assert second.status_code == 200
    old = browser.client.get_cookie("vt")
    assert old is not None
    token = page.select_one("input[name=csrf_token]")
    assert token is not None
    page = browser.get("auth.password")  # a form of the new page session
    fresh = page.select_one("main input[name=csrf_token]")
    assert fresh is not None
    assert fresh["value"] != token["value"]  # the page session was renewed too
    browser.post(
        "/auth/sign-in",
        {"username": "an", "password": PASSWORD, "csrf_token": str(fresh["value"])},
    )
    assert session.scalars(select(UserSession).where(UserSession.ended_at.is_(None))).one()
    browser.client.set_cookie("vt", old.value)
    browser.get("auth.profile", expect=302)


def test_the_cookie_is_dead_after_signing_out(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    sign_in(browser, "an")
    kept = browser.client.get_cookie("vt")
    assert kept is not None
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")
    assert browser.location == "/auth/sign-in"
    browser.client.set_cookie("vt", kept.value)
    browser.get("auth.profile", expect=302)
    assert actions(session) == ["auth.signed_in", "auth.signed_out"]


def test_the_quick_exit_ends_the_session_and_leads_away(browser: Browser, account: Account) -> None:
    account(username="an")
    sign_in(browser, "an")
    kept = browser.client.get_cookie("vt")
    assert kept is not None
    token = browser.get("auth.profile").select_one("form.quick input[name=csrf_token]")
    assert token is not None
    answer = browser.client.post("/auth/quick-exit", data={"csrf_token": token["value"]})
    assert "url=https://" in answer.headers["Refresh"]
    browser.client.set_cookie("vt", kept.value)
    browser.get("auth.profile", expect=302)


@pytest.mark.parametrize("path", ["/auth/quick-exit", "/auth/sign-out"])
@pytest.mark.parametrize("data", [{}, {"csrf_token": "stale"}])
def test_a_stale_page_leaves_all_the_same(
    browser: Browser, account: Account, path: str, data: dict[str, str]
) -> None:
    account(username="an")
    sign_in(browser, "an")
    kept = browser.client.get_cookie("vt")
    assert kept is not None
    refused = browser.client.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    browser.get("auth.profile")
    assert browser.client.post(path, data=data).status_code < 400
    browser.client.set_cookie("vt", kept.value)
    browser.get("auth.profile", expect=302)


def test_signing_out_twice_is_no_error(browser: Browser, account: Account) -> None:
    account(username="an")
    sign_in(browser, "an")
    page = browser.get("auth.profile")
    browser.submit_page(page, {}, form="form[action='/auth/sign-out']")
    form = browser.follow().select_one("form.quick")
    assert form is not None
    token = form.select_one("input[name=csrf_token]")
    assert token is not None
    browser.post("/auth/sign-out", {"csrf_token": token["value"]})


def test_the_language_stays_and_nothing_else(browser: Browser, account: Account) -> None:
    account(username="an")
    page = browser.get("auth.sign_in")
    form = page.select_one("footer form input[name=csrf_token]")
    assert form is not None
    browser.post(
        "/language", {"locale": "en", "next": "/auth/sign-in", "csrf_token": form["value"]}
    )
    sign_in(browser, "an")
    page = browser.get("auth.profile")
    assert page.html is not None
    assert page.html["lang"] == "en"


def test_the_session_ends_after_idle_minutes(browser: Browser, account: Account) -> None:
    account(username="an")
    start = clock.now()
    sign_in(browser, "an")
    for minutes in (6, 12, 18):  # each request prolongs it
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            browser.get("auth.profile")
    with time_machine.travel(start + timedelta(minutes=34), tick=False):
        browser.get("auth.profile", expect=302)


@pytest.mark.wide
def test_the_session_ends_after_a_day_of_work(browser: Browser, account: Account) -> None:
    account(username="an")
    start = clock.now()
    sign_in(browser, "an")
    for minutes in range(6, 480, 6):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            browser.get("auth.profile")
    with time_machine.travel(start + timedelta(hours=8, seconds=5), tick=False):
        browser.get("auth.profile", expect=302)


def test_a_late_touch_does_not_revive_an_ended_session(
    browser: Browser, account: Account, session: Session
) -> None:
    user = account(username="an")
    sign_in(browser, "an")
    row = session.scalars(select(UserSession)).one()
    row.ended_at = clock.now()
    session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        browser.get("auth.profile", expect=302)
    session.refresh(row)
    assert row.ended_at is not None
    assert row.last_seen_at < row.ended_at
    assert user.is_active


NEXT = [
    ("/auth/profile", "/auth/profile"),
    ("/auth/profile?a=1", "/auth/profile?a=1"),
    ("https://evil.example/", "/"),
    ("//evil.example/", "/"),
    ("/\\evil.example", "/"),
    ("\\\\evil.example", "/"),
    ("javascript:alert(1)", "/"),
    ("/auth/profile\r\nSet-Cookie: x=1", "/"),
    ("/no-such-page", "/"),
    ("/auth/quick-exit", "/"),  # only POST
    ("http:///evil.example", "/"),
    ("/%09/evil.example", "/"),
    ("/.//evil.example", "/"),
    ("", "/"),
]


@pytest.mark.parametrize(("given", "leads_to"), NEXT)
def test_next_leads_to_our_own_pages_only(
    browser: Browser, account: Account, given: str, leads_to: str
) -> None:
    account(username="an")
    browser.submit("auth.sign_in", {"username": "an", "password": PASSWORD, "next": given})
    assert browser.location == leads_to


def test_a_page_asked_for_is_shown_after_signing_in(browser: Browser, account: Account) -> None:
    account(username="an")
    browser.open("/auth/password", expect=302)
    assert browser.location == "/auth/sign-in?next=/auth/password"
    page = browser.follow()
    browser.submit_page(page, {"username": "an", "password": PASSWORD})
    assert browser.location == "/auth/password"


def test_who_is_signed_in_goes_on(browser: Browser, account: Account) -> None:
    browser.sign_in(account(username="an"))
    browser.open("/auth/sign-in?next=/auth/profile", expect=303)
    assert browser.location == "/auth/profile"


BAD = ["", "\x00", "a\x00b", "x" * 3000, "<script>alert(1)</script>", "'; DROP TABLE users; --"]


@pytest.mark.parametrize("typed", BAD)
def test_bad_input_gets_a_form_back(browser: Browser, session: Session, typed: str) -> None:
    sign_in(browser, typed, typed or "x", expect=422)
    sign_in(browser, "an", typed, expect=422)
