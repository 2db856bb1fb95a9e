"""A locked session answers nothing but the unlock form; what was sent meanwhile is not lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, User, UserSession
from app.cases.models import Report
from app.core import clock
from tests.auth.conftest import PASSWORD
from tests.auth.test_pages_left_open import TYPED
from tests.auth.test_passkeys import add, options, token_of
from tests.auth.test_sign_in import sign_in
from tests.auth.test_step_up import let_time_pass
from tests.browser import Browser, filled_in
from tests.factories import UnitFactory

Account = Callable[..., User]
WRONG = "sai mật khẩu rồi nhé"


@pytest.fixture
def an(browser: Browser, account: Account) -> Browser:
    account(username="an", role=Role.INTAKE, unit=UnitFactory(hotline=True))
    UnitFactory()
    sign_in(browser, "an")
    return browser


def lock(browser: Browser) -> None:
    browser.submit("auth.profile", {}, form="form[data-lock]")
    assert browser.location == "/auth/unlock"


def unlock(browser: Browser, password: str = PASSWORD, *, expect: int = 303) -> None:
    page = browser.get("auth.unlock")
    browser.submit_page(page, {"step_up_password": password}, form="#unlock-form", expect=expect)


def script(browser: Browser, path: str, **data: str) -> int:
    """As the script of an open page sends: its token, and that no page is wanted."""
    headers = {"X-From-Script": "1", "HX-Request": "true"}
    answer = browser._alone(browser.client.post, path, data=data, headers=headers)
    browser._session.expire_all()
    return answer.status_code


def test_a_locked_session_answers_nothing_but_the_unlock_form(an: Browser) -> None:
    token = token_of(an.get("auth.profile"))
    lock(an)
    for path in ("/", "/auth/profile", "/cases/intake/new", "/auth/confirm", "/auth/enrol"):
        an.open(path, expect=303)
        assert an.location == f"/auth/unlock?next={path}"
    for path in ("/drafts/intake", "/auth/awake", "/auth/sessions/end-others"):
        assert script(an, path, csrf_token=token) == 423
    assert script(an, "/auth/passkeys/options", csrf_token=token, purpose="enrol") == 403
    page = an.get("auth.unlock")
    assert page.select(".bar-nav a, .menu, .find") == []


def test_the_password_opens_it_under_a_new_token(an: Browser, session: Session) -> None:
    before = an.client.get_cookie("vt")
    lock(an)
    an.open("/auth/profile?a=1", expect=303)
    page = an.follow()
    an.submit_page(page, {"step_up_password": PASSWORD}, form="#unlock-form")
    assert an.location == "/auth/profile?a=1"
    an.follow()
    after = an.client.get_cookie("vt")
    assert before is not None and after is not None and before.value != after.value
    an.client.set_cookie("vt", before.value)
    an.get("auth.profile", expect=302)
    assert session.scalars(select(AuditEvent.id).where(AuditEvent.action == "auth.unlocked")).one()


def test_it_is_no_confirmation_for_what_needs_one(an: Browser, session: Session) -> None:
    let_time_pass(session)
    lock(an)
    unlock(an)
    an.get("auth.enrol_passkey", expect=303)
    assert an.location is not None and an.location.startswith("/auth/confirm")


def test_a_wrong_password_opens_nothing_and_is_slowed_down(an: Browser) -> None:
    lock(an)
    for _ in range(5):
        unlock(an, WRONG, expect=422)
    unlock(an, PASSWORD, expect=429)
    an.get("auth.profile", expect=303)


def test_the_password_of_another_person_opens_nothing(
    an: Browser, account: Account, session: Session
) -> None:
    lock(an)
    unlock(an, "bảy con cá vàng ngoài ao", expect=422)
    an.get("auth.profile", expect=303)


def test_a_passkey_opens_it(an: Browser) -> None:
    device = add(an)
    lock(an)
    page = an.get("auth.unlock")
    signed = device.sign(options(an, page, purpose="unlock"))
    an.submit_page(page, {"step_up_credential": signed}, form="#unlock-form")
    an.get("auth.profile")
    lock(an)
    page = an.get("auth.unlock")
    an.submit_page(page, {"step_up_credential": signed}, form="#unlock-form", expect=422)


def test_without_a_script_it_locks_by_itself(an: Browser) -> None:
    """And it says so before the session ends: a form sent then is kept, and goes on."""
    start = clock.now()
    with time_machine.travel(start + timedelta(minutes=6, seconds=30), tick=False):
        an.get("auth.profile")
    with time_machine.travel(start + timedelta(minutes=13, seconds=40), tick=False):
        an.get("auth.profile", expect=303)
        unlock(an)
        an.get("auth.profile")


def test_a_form_sent_while_it_is_locked_is_kept_and_sent_on(an: Browser, session: Session) -> None:
    form = an.get("intake.new")
    lock(an)
    page = an.submit_page(form, TYPED, expect=423)
    assert "vẫn giữ ở đây" in page.text
    assert session.scalar(select(func.count()).select_from(Report)) == 0
    wrong = an.submit_page(page, {"step_up_password": WRONG}, form="#unlock-form", expect=422)
    sent = {"step_up_password": PASSWORD}
    an.submit_page(wrong, sent, form="#unlock-form", expect=307)
    assert an.location == "/cases/intake/new"
    found = wrong.select_one("#unlock-form")
    assert found is not None
    an.post(str(an.location), {**filled_in(found), **sent})
    assert session.scalar(select(func.count()).select_from(Report)) == 1


@pytest.mark.parametrize(
    "url", ["//evil.example/", "https://evil.example/", "/no-such-page", "/auth/profile", ""]
)
def test_it_is_sent_on_to_our_own_forms_only(an: Browser, url: str) -> None:
    lock(an)
    page = an.get("auth.unlock")
    typed = {"step_up_password": PASSWORD, "step_up_again": "1", "step_up_next": url}
    an.submit_page(page, typed, form="#unlock-form")
    assert an.location in ("/", "/auth/profile")


def test_refreshing_by_itself_does_not_keep_it_awake(an: Browser, session: Session) -> None:
    start = clock.now()
    for minutes in (2, 4, 6):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            an.client.get("/reminders/bell", headers={"HX-Request": "true"})
    with time_machine.travel(start + timedelta(minutes=7, seconds=1), tick=False):
        an.get("auth.profile", expect=303)


def test_a_hand_at_the_page_keeps_it_awake(an: Browser) -> None:
    start, token = clock.now(), token_of(an.get("auth.profile"))
    for minutes in (4, 8, 12, 16):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert script(an, "/auth/awake", csrf_token=token) == 204
    with time_machine.travel(start + timedelta(minutes=22), tick=False):
        an.get("auth.profile")


def test_a_locked_session_still_ends(an: Browser, session: Session) -> None:
    lock(an)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        an.get("auth.unlock", expect=302)
    row = session.scalars(select(UserSession)).one()
    assert row.locked_at is not None


def test_one_leaves_also_from_a_locked_screen(an: Browser, session: Session) -> None:
    lock(an)
    an.submit_page(an.get("auth.unlock"), {}, form="form[action='/auth/sign-out']")
    assert session.scalars(select(UserSession.ended_at)).one() is not None
    sign_in(an, "an")
    lock(an)
    page = an.get("auth.unlock")
    answer = an.client.post("/auth/quick-exit", data={"csrf_token": token_of(page)})
    assert "Refresh" in answer.headers


def test_in_one_tab_is_in_all(an: Browser, session: Session) -> None:
    """The script's lock and its unlock: no page comes back, only whether it was right."""
    token = token_of(an.get("auth.profile"))
    assert script(an, "/auth/lock", csrf_token=token) == 204
    an.get("auth.profile", expect=303)
    path = "/auth/unlock"
    assert script(an, path, csrf_token=token, step_up_password=WRONG) == 422
    assert script(an, path, csrf_token=token, step_up_password=PASSWORD) == 204
    an.get("auth.profile")
