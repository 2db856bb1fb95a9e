"""Passkeys: made, used, removed; and every answer that is none is refused."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.factor_models import Passkey, PasskeyChallenge
from app.auth.jobs import forget
from app.auth.models import Role, User, UserSession
from app.core import clock
from tests.auth.authenticator import Device
from tests.auth.conftest import PASSWORD
from tests.auth.test_second_factor import SECRET, code_at, with_factor
from tests.auth.test_sign_in import sign_in
from tests.auth.test_step_up import let_time_pass
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory

Account = Callable[..., User]
SIGN_IN, SECOND_STEP = "/auth/sign-in/passkey", "/auth/second-step/passkey"


def token_of(page: BeautifulSoup) -> str:
    found = page.select_one("input[name=csrf_token]")
    assert found is not None
    return str(found["value"])


def options(
    browser: Browser, page: BeautifulSoup, path: str = "/auth/passkeys/options", purpose: str = ""
) -> dict[str, Any]:
    """What the script of this page would be told to have signed."""
    data = {"csrf_token": token_of(page), "purpose": purpose}
    browser.post(path, data, expect=200)
    assert browser.response is not None
    told: dict[str, Any] = json.loads(browser.response.text)
    return told


def add(browser: Browser, device: Device | None = None, name: str = "Điện thoại") -> Device:
    """A passkey of whoever is signed in there."""
    device = device or Device()
    page = browser.get("auth.enrol_passkey")
    made = device.make(options(browser, page, purpose="enrol"))
    browser.submit_page(page, {"name": name, "credential": made})
    return device


def asked(browser: Browser) -> tuple[BeautifulSoup, dict[str, Any]]:
    page = browser.get("auth.sign_in")
    return page, options(browser, page, f"{SIGN_IN}/options")


def enter(
    browser: Browser, device: Device, *, expect: int = 303, path: str = SIGN_IN
) -> BeautifulSoup:
    page, told = asked(browser)
    return send(browser, page, device.sign(told), expect=expect, path=path)


def send(
    browser: Browser, page: BeautifulSoup, signed: str, *, expect: int, path: str = SIGN_IN
) -> BeautifulSoup:
    data = {"csrf_token": token_of(page), "credential": signed}
    return browser.post(path, data, expect=expect)


def leave(browser: Browser) -> None:
    browser.submit("auth.profile", {}, form="form[action='/auth/sign-out']")


@pytest.fixture
def an(browser: Browser, account: Account) -> Browser:
    account(username="an")
    sign_in(browser, "an")
    return browser


@pytest.fixture
def device(an: Browser) -> Device:
    """A passkey of "an", who has signed out."""
    made = add(an)
    leave(an)
    return made


# --- made and used


def test_a_passkey_is_made_named_and_listed(an: Browser, session: Session) -> None:
    told = options(an, an.get("auth.enrol_passkey"), purpose="enrol")
    assert told["rp"]["id"] == "localhost"
    wanted = told["authenticatorSelection"]
    assert (wanted["residentKey"], wanted["userVerification"]) == ("required", "required")
    add(an, name="Máy ở bàn một cửa")
    assert "Máy ở bàn một cửa" in an.get("auth.profile").text
    row = session.scalars(select(Passkey)).one()
    assert "Máy ở bàn".encode() not in bytes(row.name_sealed or b"")
    told = options(an, an.get("auth.enrol_passkey"), purpose="enrol")
    assert len(told["excludeCredentials"]) == 1, "one device does not make two"
    add(an, name="Điện thoại")
    assert len(an.get("auth.profile").select("form[action^='/auth/passkeys/']")) == 2


def test_it_opens_a_session_without_a_name_and_without_a_password(
    an: Browser, device: Device, session: Session
) -> None:
    page, told = asked(an)
    assert "allowCredentials" not in told or told["allowCredentials"] == []
    assert told["userVerification"] == "required"
    send(an, page, device.sign(told), expect=303)
    an.get("auth.profile")
    event = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "auth.signed_in").order_by(AuditEvent.id)
    ).all()[-1]
    assert '"way":"passkey"' in event
    assert session.scalars(select(Passkey.sign_count)).one() == 1


def test_it_confirms_again_who_sits_here(an: Browser, device: Device, session: Session) -> None:
    enter(an, device)
    let_time_pass(session)
    page = an.get("auth.confirm")
    before = an.client.get_cookie("vt")
    told = options(an, page, purpose="confirm")
    assert len(told["allowCredentials"]) == 1
    an.submit_page(page, {"credential": device.sign(told)}, form="#confirm-form")
    after = an.client.get_cookie("vt")
    assert before is not None and after is not None and before.value != after.value
    an.get("auth.enrol_passkey")


def test_adding_one_is_asked_for_the_password_when_that_was_long_ago(
    an: Browser, session: Session
) -> None:
    let_time_pass(session)
    an.get("auth.enrol_passkey", expect=303)
    assert an.location == "/auth/confirm?next=/auth/passkeys/new"


def test_removing_one_is_confirmed_and_it_opens_nothing_any_more(
    an: Browser, device: Device, session: Session
) -> None:
    enter(an, device)
    page = an.get("auth.profile")
    let_time_pass(session)
    question = an.submit_page(page, {}, form="form[action^='/auth/passkeys/']", expect=403)
    an.submit_page(question, {"step_up_password": PASSWORD}, form="#confirm-form")
    assert session.scalars(select(Passkey)).all() == []
    leave(an)
    enter(an, device, expect=422)


def test_nobody_removes_or_sees_the_passkey_of_another(
    an: Browser, device: Device, account: Account, session: Session
) -> None:
    account(username="binh")
    sign_in(an, "binh")
    page = an.get("auth.profile")
    assert "Điện thoại" not in page.text
    mine = session.scalars(select(Passkey.id)).one()
    data = {"csrf_token": token_of(page)}
    an.post(f"/auth/passkeys/{mine}/remove", data, expect=404)
    assert session.scalars(select(Passkey)).one()


def test_adding_one_ends_the_other_sessions(an: Browser, account: Account) -> None:
    other = Browser(an._app, an._session)
    sign_in(other, "an")
    add(an)
    an.get("auth.profile")
    other.get("auth.profile", expect=302)


def test_ten_are_enough(an: Browser, session: Session) -> None:
    for _number in range(10):
        add(an)
    page = an.get("auth.enrol_passkey")
    data = {"csrf_token": token_of(page), "purpose": "enrol"}
    an.post("/auth/passkeys/options", data, expect=409)


# --- attacks: each is refused, logged, and opens nothing


def refused(browser: Browser, session: Session) -> None:
    browser.get("auth.profile", expect=302)
    failed = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "auth.sign_in_failed")
    ).all()
    assert failed and "passkey" in failed[-1]


def test_an_answer_is_good_once(an: Browser, device: Device, session: Session) -> None:
    page, told = asked(an)
    signed = device.sign(told)
    send(an, page, signed, expect=303)
    leave(an)
    send(an, an.get("auth.sign_in"), signed, expect=422)
    refused(an, session)


def test_also_one_that_was_refused_is_used_up(
    an: Browser, device: Device, session: Session
) -> None:
    page, told = asked(an)
    device.is_verified = False
    send(an, page, device.sign(told), expect=422)
    device.is_verified = True
    send(an, page, device.sign(told), expect=422)
    refused(an, session)


def test_sent_many_times_at_once_it_opens_once(
    an: Browser, device: Device, session: Session, no_csrf: None
) -> None:
    _page, told = asked(an)
    signed, cookie = device.sign(told), an.client.get_cookie("vt-asked")
    assert cookie is not None

    def post(_number: int) -> int:
        client = an._app.test_client()
        client.set_cookie("vt-asked", cookie.value)
        answer: int = Context().run(client.post, SIGN_IN, data={"credential": signed}).status_code
        return answer

    with ThreadPoolExecutor(6) as pool:
        answers = Counter(pool.map(post, range(6)))
    assert answers[303] == 1, answers


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://localhost:8000"},
        {"origin": "https://localhost"},
        {"site": "evil.example"},
        {"is_verified": False},
        {"user_handle": b"somebody else    "},
        {"id": b"a credential that nobody has here"},
        {"count": -1},  # the counter stands still: a copy of the device
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(
    an: Browser, device: Device, session: Session, change: dict[str, Any]
) -> None:
    enter(an, device)
    leave(an)
    if change.get("count"):
        change = {"count": device.count - 1}
    for name, value in change.items():
        setattr(device, name, value)
    enter(an, device, expect=422)
    refused(an, session)


def test_the_key_of_another_device_does_not_sign_for_this_one(
    an: Browser, device: Device, session: Session
) -> None:
    stranger = Device(id=device.id, user_handle=device.user_handle, count=5)
    enter(an, stranger, expect=422)
    refused(an, session)


def test_the_challenge_of_another_browser_is_worth_nothing(
    an: Browser, device: Device, session: Session
) -> None:
    """A false page that asks us for a challenge and has the victim sign it."""
    attacker = Browser(an._app, session)
    _page, told = asked(attacker)
    page, _own = asked(an)
    send(an, page, device.sign(told), expect=422)
    page = an.get("auth.sign_in")
    an.client.delete_cookie("vt-asked")
    send(an, page, device.sign(told), expect=422)
    refused(an, session)


def test_a_challenge_lasts_three_minutes(an: Browser, device: Device, session: Session) -> None:
    page, told = asked(an)
    with time_machine.travel(clock.now() + timedelta(minutes=3, seconds=1), tick=False):
        send(an, page, device.sign(told), expect=422)
    refused(an, session)


def test_a_challenge_is_for_one_purpose(an: Browser, device: Device, session: Session) -> None:
    enter(an, device)
    let_time_pass(session)
    page = an.get("auth.confirm")
    told = options(an, page, purpose="unlock")
    signed = device.sign(told)
    an.submit_page(page, {"credential": signed}, form="#confirm-form", expect=422)
    an.get("auth.enrol_passkey", expect=303)


def test_the_passkey_of_another_person_confirms_nothing(
    an: Browser, device: Device, account: Account, session: Session
) -> None:
    account(username="binh")
    sign_in(an, "binh")
    add(an)
    let_time_pass(session)
    page = an.get("auth.confirm")
    told = options(an, page, purpose="confirm")
    an.submit_page(page, {"credential": device.sign(told)}, form="#confirm-form", expect=422)
    an.get("auth.enrol_passkey", expect=303)


def test_a_challenge_of_another_session_of_the_same_person_confirms_nothing(
    an: Browser, device: Device, session: Session
) -> None:
    enter(an, device)
    other = Browser(an._app, session)
    enter(other, device)
    let_time_pass(session)
    told = options(other, other.get("auth.confirm"), purpose="confirm")
    page = an.get("auth.confirm")
    options(an, page, purpose="confirm")
    an.submit_page(page, {"credential": device.sign(told)}, form="#confirm-form", expect=422)


def test_one_device_is_not_taken_over_by_another_account(
    an: Browser, device: Device, account: Account, session: Session
) -> None:
    account(username="binh")
    sign_in(an, "binh")
    page = an.get("auth.enrol_passkey")
    made = device.make(options(an, page, purpose="enrol"))
    an.submit_page(page, {"name": "x", "credential": made}, expect=422)
    owner = select(User.username).join(Passkey, Passkey.user_id == User.id)
    assert session.scalars(owner).one() == "an"


def test_a_closed_account_is_not_opened(an: Browser, device: Device, session: Session) -> None:
    user = session.scalars(select(User).where(User.username == "an")).one()
    user.is_active = False
    session.commit()
    enter(an, device, expect=422)


HOSTILE = ["", "{", "null", "[]", '{"id": 1}', "\x00", "é" * 50, '{"response":{}}', "9" * 20_000]


@pytest.mark.parametrize("sent", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_sent_gets_the_page_back(an: Browser, device: Device, sent: str) -> None:
    page, _told = asked(an)
    send(an, page, sent, expect=422)
    sign_in(an, "an")
    page = an.get("auth.enrol_passkey")
    options(an, page, purpose="enrol")
    an.submit_page(page, {"name": "x", "credential": sent}, expect=422)
    data = {"csrf_token": token_of(page), "purpose": "everything"}
    an.post("/auth/passkeys/options", data, expect=422)


def test_challenges_are_forgotten(an: Browser, device: Device, session: Session) -> None:
    from_now = clock.now() + timedelta(minutes=4)
    asked(an)
    assert session.scalars(select(PasskeyChallenge)).all()
    forget(session, from_now)
    assert session.scalars(select(PasskeyChallenge)).all() == []


# --- who must have what


def strict_account(account: Account, role: Role, **unit: Any) -> User:
    return account(username="an", role=role, unit=UnitFactory(**unit))


BOUND = [
    (Role.ADMINISTRATOR, {"doh": True}),
    (Role.SUPERVISOR, {"doh": True}),
    (Role.AGENCY_OFFICER, {"police": True}),
    (Role.UNIT_LEAD, {"police": True}),
    (Role.AGENCY_OFFICER, {"kind": "legal_aid"}),
]


@pytest.mark.parametrize(("role", "unit"), BOUND, ids=str)
def test_some_must_have_a_passkey_and_are_led_to_it(
    strict_browser: Browser, account: Account, session: Session, role: Role, unit: dict[str, Any]
) -> None:
    strict_account(account, role, **unit)
    sign_in(strict_browser, "an")
    strict_browser.get("auth.profile", expect=303)
    assert strict_browser.location == "/auth/enrol"
    strict_browser.follow(expect=303)
    assert strict_browser.location == "/auth/passkeys/new"
    page = strict_browser.follow()
    assert not page.select("a[href='/auth/enrol']"), "codes of a phone are not offered"
    add(strict_browser)
    assert strict_browser.location == "/auth/recovery-codes"
    strict_browser.get("auth.profile")


def test_codes_of_a_phone_do_not_do_for_them(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    """Set up while the role was another one: they open the way to the passkey, and no further."""
    with_factor(session, strict_account(account, Role.SUPERVISOR, doh=True))
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(strict_browser, "an")
        strict_browser.submit("auth.second_step", {"code": code_at(clock.now(), SECRET)})
        strict_browser.get("auth.profile", expect=303)
        add(strict_browser)
        strict_browser.get("auth.profile")
        leave(strict_browser)
        traveller.shift(60)
        sign_in(strict_browser, "an")
        page = strict_browser.follow()
        assert page.select_one("#code") is None
        data = {"csrf_token": token_of(page), "code": code_at(clock.now(), SECRET)}
        strict_browser.post("/auth/second-step", data, expect=200)
        strict_browser.get("auth.profile", expect=302)


def test_all_others_choose(strict_browser: Browser, account: Account) -> None:
    strict_account(account, Role.CP_WORKER)
    sign_in(strict_browser, "an")
    page = strict_browser.get("auth.enrol")
    assert page.select_one("#code") is not None
    assert page.select_one("a[href='/auth/passkeys/new']") is not None
    add(strict_browser)
    strict_browser.get("auth.profile")


def test_password_then_passkey_is_a_second_step(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    strict_account(account, Role.CP_WORKER)
    sign_in(strict_browser, "an")
    device = add(strict_browser)
    leave(strict_browser)
    sign_in(strict_browser, "an")
    strict_browser.get("auth.profile", expect=302)
    page = strict_browser.get("auth.second_step")
    told = options(strict_browser, page, f"{SECOND_STEP}/options")
    send(strict_browser, page, device.sign(told), expect=303, path=SECOND_STEP)
    strict_browser.get("auth.profile")
    assert session.scalars(
        select(UserSession.has_second_factor).where(UserSession.ended_at.is_(None))
    ).one()


def test_the_passkey_of_another_person_is_no_second_step(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    account(username="binh", role=Role.CP_WORKER)
    sign_in(strict_browser, "binh")
    theirs = add(strict_browser)
    leave(strict_browser)
    strict_account(account, Role.CP_WORKER)
    sign_in(strict_browser, "an")
    add(strict_browser)
    leave(strict_browser)
    sign_in(strict_browser, "an")
    page = strict_browser.get("auth.second_step")
    told = options(strict_browser, page, f"{SECOND_STEP}/options")
    send(strict_browser, page, theirs.sign(told), expect=422, path=SECOND_STEP)
    strict_browser.get("auth.profile", expect=302)


def test_the_last_passkey_of_who_must_have_one_stays(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    strict_account(account, Role.ADMINISTRATOR, doh=True)
    sign_in(strict_browser, "an")
    add(strict_browser, name="Một")
    add(strict_browser, name="Hai")
    form = "form[action^='/auth/passkeys/']"
    strict_browser.submit("auth.profile", {}, form=form)
    strict_browser.submit("auth.profile", {}, form=form, expect=409)
    assert session.scalars(select(Passkey)).one().name == "Hai"


def test_a_password_alone_confirms_nothing_where_there_is_a_passkey(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    strict_account(account, Role.CP_WORKER)
    sign_in(strict_browser, "an")
    device = add(strict_browser)
    let_time_pass(session)
    page = strict_browser.get("auth.confirm")
    assert page.select_one("#password") is None
    data = {"csrf_token": token_of(page), "password": PASSWORD, "credential": ""}
    strict_browser.post("/auth/confirm", data, expect=422)
    told = options(strict_browser, page, purpose="confirm")
    strict_browser.submit_page(page, {"credential": device.sign(told)}, form="#confirm-form")


def test_in_a_demonstration_nobody_must(browser: Browser, session: Session) -> None:
    browser.sign_in(UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True)))
    browser.get("auth.profile")
