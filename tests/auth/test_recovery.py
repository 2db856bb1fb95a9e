"""Recovery codes: ten, each once, shown once."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from math import log2

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.factor_models import RecoveryCode
from app.auth.models import User
from app.auth.recovery import _LENGTH, _LETTERS, plain
from app.core.outbox import OutboxMessage
from tests.auth.test_passkeys import add, leave, token_of
from tests.auth.test_second_factor import with_factor
from tests.auth.test_sign_in import sign_in
from tests.auth.test_step_up import let_time_pass
from tests.browser import Browser

Account = Callable[..., User]
PATH = "/auth/second-step/recovery"


def make_codes(browser: Browser) -> list[str]:
    page = browser.get("auth.recovery_codes")
    shown = browser.submit_page(page, {}, form="#codes-form", expect=200)
    return [code.text for code in shown.select(".codes code")]


def use(browser: Browser, code: str, *, expect: int = 303) -> None:
    page = browser.get("auth.second_step").select_one(f"a[href^='{PATH}']")
    assert page is not None
    browser.submit("auth.recovery", {"recovery": code}, expect=expect)


@pytest.fixture
def an(strict_browser: Browser, account: Account, session: Session) -> Browser:
    """Signed in, with a passkey."""
    account(username="an", email="an@example.vn")
    sign_in(strict_browser, "an")
    add(strict_browser)
    return strict_browser


def test_ten_codes_are_shown_once_and_kept_as_hashes(an: Browser, session: Session) -> None:
    codes = make_codes(an)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([A-Z2-9]{4}-){5}[A-Z2-9]{4}", code) for code in codes)
    assert _LENGTH * log2(len(_LETTERS)) >= 112, "as long as a fast hash asks for"
    again = an.get("auth.recovery_codes")
    assert "còn 10 mã" in again.text and codes[0] not in again.text
    hashes = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(set(hashes)) == 10
    assert not any(plain(code).encode() in bytes(kept) for code in codes for kept in hashes)


def test_a_code_opens_once_and_says_how_many_are_left(an: Browser, session: Session) -> None:
    code = make_codes(an)[3]
    leave(an)
    sign_in(an, "an")
    use(an, code.lower().replace("-", " "))
    assert "còn 9 mã" in an.get("auth.profile").text
    leave(an)
    sign_in(an, "an")
    use(an, code, expect=422)
    an.get("auth.profile", expect=302)


def test_a_code_sent_many_times_at_once_opens_once(
    an: Browser, session: Session, strict_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = make_codes(an)[0]
    leave(an)
    sign_in(an, "an")
    waiting = an.client.get_cookie("__Host-vt-pending")
    assert waiting is not None
    monkeypatch.setitem(strict_app.config, "WTF_CSRF_ENABLED", False)

    def post(_number: int) -> int:
        client = strict_app.test_client()
        client.set_cookie("__Host-vt-pending", waiting.value, secure=True)
        send = {"data": {"recovery": code}, "base_url": "https://localhost"}
        answer: int = Context().run(client.post, PATH, **send).status_code
        return answer

    with ThreadPoolExecutor(4) as pool:
        answers = Counter(pool.map(post, range(4)))
    assert answers[303] == 1, answers


def test_its_owner_is_told_and_it_stands_on_the_log(an: Browser, session: Session) -> None:
    code = make_codes(an)[0]
    leave(an)
    sign_in(an, "an")
    use(an, code)
    event = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "auth.recovery_code_used")
    ).one()
    assert '"left":9' in event
    told = [m.payload["notice"] for m in session.scalars(select(OutboxMessage))]
    assert told.count("recovery_code_used") == 1


def test_a_new_set_takes_the_place_of_the_old_one(an: Browser, session: Session) -> None:
    old = make_codes(an)
    new = make_codes(an)
    assert session.scalars(select(RecoveryCode.id)).all().__len__() == 10
    leave(an)
    sign_in(an, "an")
    use(an, old[0], expect=422)
    use(an, new[0])


def test_new_codes_are_made_by_who_has_just_shown_who_it_is(an: Browser, session: Session) -> None:
    page = an.get("auth.recovery_codes")
    let_time_pass(session)
    an.submit_page(page, {}, form="#codes-form", expect=403)
    assert session.scalars(select(RecoveryCode)).all() == []


def test_a_code_without_the_password_opens_nothing(an: Browser) -> None:
    code = make_codes(an)[0]
    leave(an)
    page = an.get("auth.sign_in")
    data = {"csrf_token": token_of(page), "recovery": code}
    an.post(PATH, data, expect=410)


def test_the_code_of_another_person_opens_nothing(
    an: Browser, account: Account, session: Session
) -> None:
    code = make_codes(an)[0]
    leave(an)
    account(username="binh")
    sign_in(an, "binh")
    add(an)
    make_codes(an)
    leave(an)
    sign_in(an, "binh")
    use(an, code, expect=422)


def test_guesses_are_slowed_down_with_those_of_the_six_digits(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    user = with_factor(session, account(username="an"))
    strict_browser.sign_in(user)
    code = make_codes(strict_browser)[0]
    leave(strict_browser)
    sign_in(strict_browser, "an")
    for _ in range(5):
        use(strict_browser, "AAAA-BBBB-CCCC", expect=422)
    use(strict_browser, code, expect=429)
    strict_browser.submit("auth.second_step", {"code": "000000"}, expect=429)


@pytest.mark.parametrize("typed", ["", "\x00", "x" * 500, "<script>", "ＡＢＣＤ"])
def test_bad_codes_get_the_form_back(an: Browser, typed: str) -> None:
    make_codes(an)
    leave(an)
    sign_in(an, "an")
    use(an, typed, expect=422)
