"""What a password may be, and changing one's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from unicodedata import normalize

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import User, UserSession
from app.auth.passwords import MAX_LENGTH, check_rules, hash_password, verify_password
from app.core.errors import InvalidInput
from tests.auth.conftest import PASSWORD
from tests.auth.test_sign_in import sign_in
from tests.browser import Browser

Account = Callable[..., User]
NEW = "mười hai con giáp ăn bánh đa"


@pytest.mark.parametrize(
    "password",
    [
        "ngắn quá",
        "matkhau12345678",
        "Mật khẩu của tôi!",
        "baovetreemhungyen2026",
        "PhoHien@2026!!!!",
        "aaaaaaaaaaaaaaaaaaaa",
        "12345678901234567890",
        "qwertyuiopasdfghjkl",
        "vong-tay-vong-tay-1",
        "hoa.le hoa.le 2026 hoa.le",
        "x" * (MAX_LENGTH + 1),
    ],
)
def test_guessable_passwords_are_refused(app: object, password: str) -> None:
    with pytest.raises(InvalidInput):
        check_rules(password, context=["hoa.le"])


@pytest.mark.parametrize(
    "password",
    [PASSWORD, NEW, "correct horse battery staple", "kGm2#vTq9!sWzR7x", "1ợ" * 8 + " bún mắm nêm"],
)
def test_long_sentences_are_welcome(app: object, password: str) -> None:
    check_rules(password, context=["hoa.le"])


def test_both_spellings_of_a_letter_are_one_password() -> None:
    stored = hash_password(normalize("NFD", PASSWORD))
    assert verify_password(stored, normalize("NFC", PASSWORD))
    assert not verify_password(stored, PASSWORD.replace("bảy", "bẩy"))


@pytest.mark.parametrize("stored", [None, "", "not a hash", "$argon2id$v=19$broken"])
def test_a_broken_hash_matches_nothing(stored: str | None) -> None:
    assert verify_password(stored, PASSWORD) is False


def test_many_hashes_at_once_wait_for_each_other() -> None:
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda _: verify_password(hash_password("x"), "x"), range(6)))


def change(browser: Browser, old: str, new: str, again: str | None = None, *, expect: int) -> None:
    browser.submit(
        "auth.password",
        {"old_password": old, "password": new, "again": again or new},
        expect=expect,
    )


def test_changing_the_password_ends_all_other_sessions(
    browser: Browser, account: Account, app: object, session: Session
) -> None:
    user = account(username="an")
    elsewhere = Browser(browser._app, session).sign_in(user)
    elsewhere.get("auth.profile")
    browser.sign_in(user)
    kept = browser.client.get_cookie("vt")
    assert kept is not None
    change(browser, PASSWORD, NEW, expect=303)
    assert browser.location == "/auth/profile"
    browser.follow()
    elsewhere.get("auth.profile", expect=302)
    elsewhere.client.set_cookie("vt", kept.value)
    elsewhere.get("auth.profile", expect=302)
    assert "auth.password_changed" in session.scalars(select(AuditEvent.action)).all()
    sign_in(elsewhere, "an", NEW)


def test_the_old_password_is_asked_for_and_throttled(browser: Browser, account: Account) -> None:
    browser.sign_in(account(username="an"))
    for _ in range(5):
        change(browser, "sai mật khẩu rồi nhé", NEW, expect=422)
    change(browser, PASSWORD, NEW, expect=429)


@pytest.mark.parametrize(
    ("new", "again", "message"),
    [
        (NEW, "mười ba con giáp ăn bánh đa", "không giống nhau"),
        ("ngắn quá", None, "ít nhất 15"),
        (PASSWORD, None, "phải khác"),
        ("matkhau123456789", None, "dễ đoán"),
        ("a\x00b" * 10, None, "điều khiển"),
        ("x" * 5000, None, ""),
    ],
)
def test_a_refused_password_says_why_and_is_not_shown_again(
    browser: Browser, account: Account, session: Session, new: str, again: str | None, message: str
) -> None:
    user = account(username="an")
    before = user.password_hash
    browser.sign_in(user)
    change(browser, PASSWORD, new, again, expect=422)
    assert browser.response is not None
    assert message in browser.response.text
    assert PASSWORD not in browser.response.text
    assert new not in browser.response.text
    session.refresh(user)
    assert user.password_hash == before


def test_one_ends_ones_own_sessions_only(
    browser: Browser, account: Account, session: Session
) -> None:
    user, other = account(username="an"), account(username="binh")
    second = Browser(browser._app, session).sign_in(user)
    stranger = Browser(browser._app, session).sign_in(other)
    browser.sign_in(user)
    page = browser.get("auth.profile")
    assert len(page.select("form[action$='/end'][action^='/auth/sessions/']")) == 1
    browser.submit_page(page, {}, form="form[action$='/end'][action^='/auth/sessions/']")
    second.get("auth.profile", expect=302)
    theirs = session.scalars(select(UserSession).where(UserSession.user_id == other.id)).one()
    token = page.select_one("input[name=csrf_token]")
    assert token is not None
    browser.post(f"/auth/sessions/{theirs.id}/end", {"csrf_token": token["value"]}, expect=404)
    stranger.get("auth.profile")
