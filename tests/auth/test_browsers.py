"""Sessions and browsers in words; a browser not seen before is told of; one may be forgotten."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.accounts import UserFields, change_user
from app.auth.factor_models import KnownBrowser
from app.auth.labels import agent_label
from app.auth.models import Role, Unit, User, UserSession
from app.auth.user_agents import agent_of
from app.core import clock
from app.core.outbox import OutboxMessage
from tests.actors import actor_of
from tests.auth.conftest import PASSWORD
from tests.auth.test_passkeys import leave
from tests.auth.test_sign_in import sign_in
from tests.auth.test_throttle import WRONG
from tests.browser import Browser
from tests.factories import UserFactory

Account = Callable[..., User]
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"
)
DESK = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " coc_coc_browser/124.0 Chrome/118.0.0.0 Safari/537.36"
)
AGENTS = [
    (PHONE, "Samsung Internet trên Android"),
    (DESK, "Cốc Cốc trên Windows"),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Edg/120", "Microsoft Edge trên Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604", "Safari trên iPhone"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Firefox/121.0", "Firefox trên Mac"),
    ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120 Safari/537.36", "Chrome trên Linux"),
    ("curl/8.0", "Trình duyệt không rõ"),
    ("", "Trình duyệt không rõ"),
    ("<script>alert(1)</script>" * 90, "Trình duyệt không rõ"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "words"), AGENTS, ids=[words for _, words in AGENTS])
def test_a_browser_in_words(browser: Browser, said: str, words: str) -> None:
    with browser._app.test_request_context():
        assert agent_label(*agent_of(said)) == words


def from_(browser: Browser, agent: str) -> Browser:
    """Another browser, which says this of itself."""
    other = Browser(browser._app, browser._session)
    other.client.environ_base["HTTP_USER_AGENT"] = agent
    return other


@pytest.fixture
def an(account: Account) -> User:
    return account(username="an", email="an@example.vn")


def notices(session: Session) -> list[str]:
    return [message.payload["notice"] for message in session.scalars(select(OutboxMessage))]


def test_sessions_are_listed_and_ended_one_by_one_or_all(
    browser: Browser, an: User, session: Session
) -> None:
    desk, phone, old = from_(browser, DESK), from_(browser, PHONE), from_(browser, "")
    for one in (old, phone, desk):
        sign_in(one, "an")
    page = desk.get("auth.profile")
    assert "Cốc Cốc trên Windows" in page.text and "Samsung Internet trên Android" in page.text
    assert page.text.count("Phiên này") == 1
    desk.submit("auth.profile", {}, form="form[action$='/end']")
    phone.get("auth.profile", expect=302)
    old.get("auth.profile")
    desk.submit("auth.profile", {}, form="form[action='/auth/sessions/end-others']")
    old.get("auth.profile", expect=302)
    desk.get("auth.profile")
    ended = select(AuditEvent.id).where(AuditEvent.action == "auth.sessions_ended")
    assert len(session.scalars(ended).all()) == 2


def test_a_browser_not_seen_before_is_told_of_by_mail_and_at_the_next_sign_in(
    browser: Browser, an: User, session: Session
) -> None:
    desk, stranger = from_(browser, DESK), from_(browser, PHONE)
    sign_in(desk, "an")
    assert notices(session) == [], "the very first is no news"
    leave(desk)
    sign_in(stranger, "an")
    assert notices(session) == ["new_browser"]
    assert "trình duyệt mới" not in stranger.get("auth.profile").text, "whoever it is: not here"
    sign_in(desk, "an")
    assert "trình duyệt mới: Samsung Internet trên Android" in desk.get("auth.profile").text
    leave(desk)
    sign_in(desk, "an")
    assert "trình duyệt mới:" not in desk.get("auth.profile").text, "it is told once"
    leave(stranger)
    sign_in(stranger, "an")
    assert notices(session) == ["new_browser"], "it is known now"


def test_a_shared_computer_knows_each_of_its_people(
    browser: Browser, an: User, account: Account, session: Session
) -> None:
    account(username="binh")
    desk = from_(browser, DESK)
    for name in ("an", "binh", "an", "binh"):
        sign_in(desk, name)
        leave(desk)
    assert notices(session) == []
    assert len(session.scalars(select(KnownBrowser)).all()) == 2


def test_a_forgotten_browser_is_a_stranger_s(browser: Browser, an: User, session: Session) -> None:
    """Its failures count with those of strangers again, and its next sign-in is news."""
    sign_in(browser, "an")
    browser.submit("auth.profile", {}, form="form[action^='/auth/browsers/']")
    leave(browser)
    stranger = from_(browser, PHONE)
    for _ in range(5):
        sign_in(stranger, "an", WRONG, expect=422)
    sign_in(browser, "an", PASSWORD, expect=429)


def test_nobody_forgets_the_browser_of_another(
    browser: Browser, an: User, account: Account, session: Session
) -> None:
    sign_in(browser, "an")
    mine = session.scalars(select(KnownBrowser.id)).one()
    other = Browser(browser._app, session)
    account(username="binh")
    sign_in(other, "binh")
    token = other.get("auth.profile").select_one("input[name=csrf_token]")
    assert token is not None
    data = {"csrf_token": token["value"]}
    other.post(f"/auth/browsers/{mine}/forget", data, expect=404)


def test_the_cookie_and_the_table_name_nobody(browser: Browser, an: User, session: Session) -> None:
    sign_in(browser, "an")
    cookie = browser.client.get_cookie("vt-device")
    row = session.scalars(select(KnownBrowser)).one()
    assert cookie is not None and '"an"' not in cookie.value
    assert cookie.value.encode() not in bytes(row.device_hash)
    assert len(bytes(row.device_hash)) == 16


# --- what was promised of sessions before, held together


def test_signing_out_clears_what_the_browser_kept(browser: Browser, an: User) -> None:
    sign_in(browser, "an")
    leave(browser)
    assert browser.response is not None
    assert browser.response.headers["Clear-Site-Data"] == '"cache"'
    assert browser.response.headers["Cache-Control"] == "no-store"


def test_another_role_ends_the_session(
    browser: Browser, an: User, admin: User, session: Session
) -> None:
    # who opens the files of the unit from now on
    UserFactory(unit=session.get_one(Unit, an.unit_id))
    sign_in(browser, "an")
    values = UserFields(an.name, Role.UNIT_LEAD, an.unit_id, an.email)
    change_user(session, actor_of(admin), an, values, version=an.version, now=clock.now())
    session.commit()
    browser.get("auth.profile", expect=302)
    assert session.scalars(select(UserSession.ended_at)).one() is not None


def test_each_sign_in_has_a_token_of_its_own(browser: Browser, an: User) -> None:
    tokens = set()
    for _ in range(3):
        sign_in(browser, "an")
        cookie = browser.client.get_cookie("vt")
        assert cookie is not None
        tokens.add(cookie.value)
        leave(browser)
    assert len(tokens) == 3
