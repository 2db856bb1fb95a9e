"""Guesses are slowed down, per account and per address; nobody is locked out for good."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.auth import throttle
from app.auth.jobs import forget
from app.auth.models import SignInAttempt, User
from app.core import clock
from app.core.db import db
from config import Settings
from tests.auth.conftest import PASSWORD
from tests.auth.test_sign_in import sign_in
from tests.browser import Browser
from tests.evidence import Evidence

Account = Callable[..., User]
WRONG = "sai mật khẩu rồi nhé"


def fail(session: Session, bucket: throttle.Bucket, times: int, now: datetime) -> None:
    for _ in range(times):
        throttle.note_failure(session, bucket, now)
    session.flush()


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(0, 0), (4, 0), (5, 1), (6, 1), (9, 1), (10, 2), (15, 4), (20, 8), (25, 15), (97, 15)],
)
def test_the_wait_of_an_account_grows_and_has_an_end(
    session: Session, failures: int, minutes: int
) -> None:
    now = clock.now()
    for number in range(failures):  # each from another address
        bucket = throttle.bucket_of("an", f"10.0.{number // 200}.{number % 200}")
        throttle.note_failure(session, bucket, now)
    session.flush()
    wait = throttle.waiting_time(session, throttle.bucket_of("an", "10.9.9.9"), now)
    assert wait == timedelta(minutes=minutes)


def test_after_the_wait_a_failure_counts_towards_the_next_block(session: Session) -> None:
    now, bucket = clock.now(), throttle.bucket_of("an", "10.0.0.1")
    fail(session, bucket, 5, now - timedelta(minutes=2))
    fail(session, bucket, 4, now)
    assert throttle.waiting_time(session, bucket, now) == timedelta(0)
    fail(session, bucket, 1, now)
    assert throttle.waiting_time(session, bucket, now) == timedelta(minutes=2)


def test_guesses_sent_at_once_get_no_more_answers_than_one_by_one(
    app: Flask,
    account: Account,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    evidence: Evidence,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    account(username="an")

    def guess(number: int) -> int:
        data = {"username": "an", "password": f"{WRONG} {number}"}
        return app.test_client().post("/auth/sign-in", data=data).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(guess, range(40)))
    assert answers[422] <= 5 + 8 and answers[429] >= 40 - 13, answers
    bucket = throttle.bucket_of("an", "10.9.9.9")
    assert throttle.waiting_time(session, bucket, clock.now()) > timedelta(0)
    evidence("guesses", "{read} of {sent} sent at once were looked at", read=answers[422], sent=40)


def test_an_address_waits_after_twenty_accounts(session: Session) -> None:
    now = clock.now()
    for number in range(20):
        throttle.note_failure(session, throttle.bucket_of(f"user{number}", "10.0.0.1"), now)
    session.flush()
    fresh = throttle.bucket_of("other", "10.0.0.1")
    assert throttle.waiting_time(session, fresh, now) == timedelta(minutes=1)
    elsewhere = throttle.bucket_of("other", "10.0.0.2")
    assert throttle.waiting_time(session, elsewhere, now) == timedelta(0)


def test_one_subscriber_has_one_bucket_of_ipv6() -> None:
    one, two = (
        throttle.bucket_of("a", "2001:db8:1:2::1"),
        throttle.bucket_of("a", "2001:db8:1:2:f::9"),
    )
    assert one.address == two.address
    assert one.address != throttle.bucket_of("a", "2001:db8:1:3::1").address


def test_old_failures_count_no_longer(session: Session) -> None:
    now, bucket = clock.now(), throttle.bucket_of("an", "10.0.0.1")
    fail(session, bucket, 5, now - throttle.WINDOW - timedelta(seconds=1))
    assert throttle.waiting_time(session, bucket, now) == timedelta(0)
    forget(session, now)
    assert session.scalars(select(SignInAttempt)).all() == []


def test_the_page_says_how_long_to_wait_and_lets_in_afterwards(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(5):
            sign_in(browser, "an", WRONG, expect=422)
        sign_in(browser, "an", PASSWORD, expect=429)
        assert browser.response is not None
        assert "Chờ 1 phút" in browser.response.text
        assert browser.response.headers["Retry-After"] == "61"
        traveller.shift(61)
        sign_in(browser, "an", PASSWORD)
    assert session.scalars(select(SignInAttempt)).all() == []  # a success starts anew


def test_an_unknown_account_is_slowed_down_just_the_same(
    browser: Browser, session: Session
) -> None:
    texts = []
    for _ in range(6):
        page = browser.submit(
            "auth.sign_in",
            {"username": "nobody", "password": WRONG},
            expect=422 if len(texts) < 5 else 429,
        )
        texts.append(page.select_one(".error-summary"))
    assert texts[5] is not None
    assert "Chờ 1 phút" in texts[5].text


def test_refused_attempts_do_not_prolong_the_wait(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(5):
            sign_in(browser, "an", WRONG, expect=422)
        for _ in range(10):
            traveller.shift(5)
            sign_in(browser, "an", WRONG, expect=429)
        traveller.shift(11)
        sign_in(browser, "an", PASSWORD)


def test_a_stranger_does_not_keep_a_known_browser_out(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    sign_in(browser, "an")
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")
    for number in range(5):
        stranger = throttle.bucket_of("an", f"10.0.0.{number}")
        throttle.note_failure(session, stranger, clock.now())
    session.commit()
    sign_in(browser, "an")
    browser.client.delete_cookie("vt-device")
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")


def test_a_known_browser_does_not_wait_for_its_address(
    browser: Browser, account: Account, session: Session
) -> None:
    """A whole office, or all clients of a proxy, may share one address."""
    account(username="an")
    sign_in(browser, "an")
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")
    for number in range(20):
        bucket = throttle.bucket_of(f"user{number}", "127.0.0.1")
        throttle.note_failure(session, bucket, clock.now())
    session.commit()
    for _ in range(4):
        sign_in(browser, "an", WRONG, expect=422)
    sign_in(browser, "an", WRONG, expect=422)
    sign_in(browser, "an", expect=429)  # its own failures count
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        sign_in(browser, "an")
    browser.client.delete_cookie("vt-device")
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")
    sign_in(browser, "an", expect=429)


@pytest.fixture
def behind_a_proxy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    app = create_app(settings.model_copy(update={"demo": False, "trusted_proxies": 1}))
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_behind_a_proxy_each_client_has_its_own_address(
    behind_a_proxy: Flask, session: Session, account: Account
) -> None:
    account(username="an")

    def send(client: str, username: str, password: str = WRONG) -> int:
        answer = Context().run(
            behind_a_proxy.test_client().post,
            "/auth/sign-in",
            data={"username": username, "password": password},
            headers={"X-Forwarded-For": client, "X-Forwarded-Proto": "https"},
        )
        return answer.status_code

    for number in range(20):  # what a client writes before its own address is invented
        assert send(f"198.51.100.{number}, 203.0.113.9", f"nobody{number}") == 422
    assert send("198.51.100.99, 203.0.113.9", "an", PASSWORD) == 429
    assert send("198.51.100.7", "an", PASSWORD) == 303


def test_without_a_trusted_proxy_nobody_names_an_address(
    app: Flask, session: Session, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    data = {"username": "nobody", "password": WRONG}
    headers = {"X-Forwarded-For": "203.0.113.9"}
    app.test_client().post("/auth/sign-in", data=data, headers=headers)
    kept = session.scalars(select(SignInAttempt.address)).one()
    assert kept == throttle.bucket_of("nobody", "127.0.0.1").address


def test_a_forged_device_cookie_is_worth_nothing(
    browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    for number in range(5):
        stranger = throttle.bucket_of("an", f"10.0.0.{number}")
        throttle.note_failure(session, stranger, clock.now())
    session.commit()
    browser.client.set_cookie("vt-device", "eyJhIjoxfQ.forged")
    sign_in(browser, "an", expect=429)


def test_the_table_holds_no_name_and_no_address(session: Session) -> None:
    throttle.note_failure(session, throttle.bucket_of("nguyen.an", "10.1.2.3"), clock.now())
    session.flush()
    row = session.scalars(select(SignInAttempt)).one()
    assert b"nguyen" not in row.account
    assert b"10.1.2.3" not in row.address
