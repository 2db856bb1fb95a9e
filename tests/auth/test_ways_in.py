"""Every way in, as a whole: what the forms ask for, what a password may be, what opens nothing."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask, Response
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.auth.accounts import reset_user
from app.auth.invitations import token_of
from app.auth.models import User, UserSession
from app.auth.passwords import MAX_LENGTH, check_rules, hash_password, verify_password
from app.core import clock, embedded
from app.referrals.link_cookie import keep
from tests.auth.test_second_factor import code_at, with_factor
from tests.auth.test_sign_in import set_cookies, sign_in
from tests.browser import Browser
from tests.conftest import TEMPLATE

Account = Callable[..., User]
NEW = "mười hai con giáp ăn bánh đa"
ALONG = {"csrf_token", "idempotency_key", "next", "version"}
LONGEST = "Ở trên đời mọi chuyện đều có " * 4 + "lúc xong"


def asked(page: BeautifulSoup) -> dict[str, str]:
    """The fields of the form of a page that a person fills in, with their types."""
    found = page.select("main form[method=post] input[name]")
    return {str(f["name"]): str(f.get("type")) for f in found if f["name"] not in ALONG}


def invited(session: Session, user: User) -> str:
    invitation = reset_user(session, None, user, by_mail=False, now=clock.now())
    session.commit()
    return f"/auth/invitation/{token_of(invitation.id)}"


def test_the_ways_in_ask_for_nothing_that_others_could_know(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    """No hint, no question: a field that is added here is a decision."""
    user = with_factor(session, account(username="an"))
    passkey = {"credential": "hidden"}  # what the browser answers for the person
    first = {"username": "text", "password": "password"}
    assert asked(strict_browser.get("auth.sign_in")) == first | passkey
    sign_in(strict_browser, "an")
    second = asked(strict_browser.get("auth.second_step"))
    assert second in ({"code": "text"}, {"code": "text"} | passkey)
    page = strict_browser.open(invited(session, user))
    assert asked(page) == {"password": "password", "again": "password"}


@pytest.mark.parametrize("endpoint", ["auth.sign_in", "auth.password"])
def test_passwords_are_masked_and_may_be_pasted_and_filled_in(
    browser: Browser, account: Account, endpoint: str
) -> None:
    if endpoint != "auth.sign_in":
        browser.sign_in(account(username="an"))
    page = browser.get(endpoint)
    fields = [f for f in page.select("main input") if "password" in str(f.get("autocomplete"))]
    assert fields
    for field in fields:
        assert field["type"] == "password"
        assert field["autocomplete"] in ("current-password", "new-password")
        assert not {"readonly", "maxlength", "onpaste"} & field.attrs.keys()


def test_no_letter_of_a_password_is_left_out_or_changed(app: object) -> None:
    assert 64 < len(LONGEST) <= MAX_LENGTH
    check_rules(LONGEST)
    stored = hash_password(LONGEST)
    assert verify_password(stored, LONGEST)
    for other in (LONGEST[:-1], LONGEST + " ", " " + LONGEST, LONGEST.lower(), LONGEST[:-1] + "n"):
        assert not verify_password(stored, other)


@pytest.mark.parametrize(
    "password",
    [
        "lá dâu xanh bờ đê cũ",
        "LÁ DÂU XANH BỜ ĐÊ CŨ",
        "9382 7741 lá dâu xanh",
        "🐟🐟 lá dâu xanh bờ đê",
    ],
)
def test_no_kind_of_letter_is_required_or_forbidden(app: object, password: str) -> None:
    check_rules(password)


def test_a_password_does_not_grow_old(browser: Browser, account: Account) -> None:
    account(username="an")
    with time_machine.travel(clock.now() + timedelta(days=5 * 365), tick=False):
        sign_in(browser, "an")
        assert browser.location == "/"
        browser.get("auth.profile")


def test_a_forgotten_password_is_no_way_around_the_second_factor(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    user = with_factor(session, account(username="an"))
    page = strict_browser.open(invited(session, user))
    strict_browser.submit_page(page, {"password": NEW, "again": NEW})
    strict_browser.get("auth.profile", expect=302)
    sign_in(strict_browser, "an", NEW)
    assert strict_browser.location is not None
    assert strict_browser.location.startswith("/auth/second-step")
    strict_browser.get("auth.profile", expect=302)
    strict_browser.submit("auth.second_step", {"code": code_at(clock.now())})
    strict_browser.get("auth.profile")


def test_a_fresh_installation_has_no_account(server: embedded.DatabaseUrls) -> None:
    """The migrations bring no administrator; the first comes by the command line."""
    name = "vongtay_fresh"
    urls = embedded.create_database(server, name, TEMPLATE)
    engine = create_engine(urls.superuser)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(User)) == 0
    engine.dispose()
    embedded.drop_database(server, name)


def test_looking_opens_no_session(browser: Browser, account: Account, session: Session) -> None:
    user = account(username="an")
    for path in ("/", "/auth/sign-in", "/auth/second-step", invited(session, user)):
        browser.client.get(path)
    assert session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_a_token_of_ones_own_making_opens_nothing(browser: Browser, account: Account) -> None:
    account(username="an")
    for made_up in ("", "0" * 43, "A" * 43, "an"):
        browser.client.set_cookie("vt", made_up)
        browser.get("auth.profile", expect=302)


def test_no_two_sessions_have_one_token(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    for _ in range(3):
        browser.client.delete_cookie("vt")
        sign_in(browser, "an")
    hashes = session.scalars(select(UserSession.token_hash)).all()
    assert len(hashes) == len(set(hashes)) == 3


def test_every_cookie_is_for_this_host_https_and_no_script(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    with_factor(session, account(username="an"))
    seen: dict[str, str] = {}
    strict_browser.get("auth.sign_in")
    seen |= set_cookies(strict_browser)
    sign_in(strict_browser, "an")
    seen |= set_cookies(strict_browser)
    strict_browser.submit("auth.second_step", {"code": code_at(clock.now())})
    seen |= set_cookies(strict_browser)
    assert len(seen) >= 4, seen.keys()
    token = seen["__Host-vt"].partition("=")[2].split(";")[0]
    strict_browser.get("auth.profile")
    assert strict_browser.response is not None and token not in strict_browser.response.text
    for name, line in seen.items():
        parts = {part.strip().lower() for part in line.split(";")[1:]}
        assert name.startswith("__Host-"), line
        assert {"secure", "httponly", "path=/"} <= parts and "domain" not in line.lower(), line
        assert parts & {"samesite=lax", "samesite=strict"}, line


def test_one_can_leave_from_every_page(browser: Browser, account: Account) -> None:
    browser.sign_in(account(username="an"))
    for path, status in (("/", 200), ("/auth/profile", 200), ("/cases/", 200)):
        page = browser.open(path, expect=status)
        assert page.select_one('form[method=post][action="/auth/sign-out"] button'), path
        assert page.select_one("form[data-quick-exit] button"), path


def test_the_cookie_of_a_body_outside_likewise(strict_app: Flask) -> None:
    with strict_app.test_request_context():
        line = keep(Response(), "browser", uuid4()).headers["Set-Cookie"]
    parts = {part.strip().lower() for part in line.split(";")[1:]}
    assert line.startswith("__Host-")
    assert {"secure", "httponly", "path=/", "samesite=strict"} <= parts
    assert "domain" not in line.lower()


# Leaving must work from a stale page too: these look at Sec-Fetch-Site only.
LEAVING = {"auth.sign_out", "auth.quick_exit", "outside_answers.leave"}


def test_no_form_works_without_its_token(app: Flask, browser: Browser, account: Account) -> None:
    browser.sign_in(account(username="an"))
    seen = set()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in LEAVING:
            continue
        path = browser._url(rule.endpoint, {name: _any(rule, name) for name in rule.arguments})
        answer = browser._alone(browser.client.post, path, data={"title": "x"})
        assert answer.status_code == 400 and "Trang đã mở quá lâu" in answer.text, rule.endpoint
        seen.add(rule.endpoint)
    assert len(seen) > 80


def _any(rule: Rule, name: str) -> object:
    if f"<int:{name}>" in rule.rule:
        return 1
    return uuid4() if f"<uuid:{name}>" in rule.rule else "x"
