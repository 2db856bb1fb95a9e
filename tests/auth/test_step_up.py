"""Before what must not happen on a screen left open the password is asked for again."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pyotp
import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.audit.models import AuditEvent
from app.auth.access import authorized
from app.auth.models import Role, User, UserSession
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.step_up import confirmed
from app.core import clock
from app.core.db import db
from app.core.idempotency import IdempotencyKey
from app.web.responses import redirect_to
from config import Settings
from tests.auth.conftest import PASSWORD
from tests.auth.test_passwords import NEW
from tests.auth.test_second_factor import SECRET, code_at, with_factor
from tests.auth.test_sign_in import sign_in
from tests.browser import Browser

Account = Callable[..., User]
PAGE = """<!doctype html><html lang="vi"><title>x</title><main><h1>x</h1>
<form method="post" action="/probe"><input type="hidden" name="csrf_token" value="{token}">
<input type="hidden" name="idempotency_key" value="{key}"><textarea aria-label="x" name="reason">
</textarea><select aria-label="y" name="many" multiple><option value="1" selected>1</option>
<option value="2" selected>2</option></select></form></main></html>"""


def _probe_on(app: Flask) -> Flask:
    """A guarded page, a guarded form that notes what it got, a guarded file."""

    @app.route("/probe", methods=["GET", "POST"], endpoint="probe")
    @authorized(Permission.SIGNED_IN)
    @confirmed()
    @once
    def probe() -> ResponseReturnValue:
        if request.method == "POST":
            app.extensions["got"] = (request.form["reason"], request.form.getlist("many"))
            if request.form["reason"] == "sai":
                return "refused", 422
            return redirect_to("home.index")
        token = app.jinja_env.globals["csrf_token"]()  # type: ignore[operator]
        key = app.jinja_env.globals["new_key"]()  # type: ignore[operator]
        return PAGE.format(token=token, key=key)

    @app.get("/probe/file", endpoint="probe_file")
    @authorized(Permission.SIGNED_IN)
    @confirmed(back="probe")
    def file() -> ResponseReturnValue:
        return "file"

    return app


@pytest.fixture(scope="module")
def probed(settings: Settings) -> Iterator[Flask]:
    app = _probe_on(create_app(settings))
    yield app
    _dispose(app)


@pytest.fixture(scope="module")
def strictly_probed(settings: Settings) -> Iterator[Flask]:
    app = _probe_on(create_app(settings.model_copy(update={"demo": False})))
    app.config["PREFERRED_URL_SCHEME"] = "https"
    yield app
    _dispose(app)


def _dispose(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def an(probed: Flask, session: Session, account: Account) -> Browser:
    """A browser whose user has just signed in."""
    account(username="an")
    browser = Browser(probed, session)
    sign_in(browser, "an")
    return browser


def let_time_pass(session: Session, minutes: float = 6) -> None:
    for one in session.scalars(select(UserSession)):
        one.confirmed_at -= timedelta(minutes=minutes)
    session.commit()


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def answer(browser: Browser, page: BeautifulSoup, expect: int = 303, **typed: str) -> BeautifulSoup:
    return browser.submit_page(page, dict(typed), form="#confirm-form", expect=expect)


def test_signing_in_is_fresh_for_five_minutes(an: Browser, session: Session) -> None:
    an.open("/probe")
    let_time_pass(session, 4.9)
    an.open("/probe")
    let_time_pass(session, 0.2)
    an.open("/probe", expect=303)
    assert an.location is not None and an.location.startswith("/auth/confirm?next=")


def test_the_page_leads_through_the_question_and_back_with_its_filter(
    an: Browser, session: Session
) -> None:
    let_time_pass(session)
    an.open("/probe?list=cases&risk=HIGH", expect=303)
    before = an.client.get_cookie("vt")
    answer(an, an.follow(), password=PASSWORD)
    assert an.location == "/probe?list=cases&risk=HIGH"
    an.follow()
    after = an.client.get_cookie("vt")
    assert before is not None and after is not None and before.value != after.value
    an.client.set_cookie("vt", before.value)
    an.open("/probe", expect=302)
    assert "auth.confirmed" in actions(session)


def test_the_session_stays_one_and_the_same(an: Browser, session: Session) -> None:
    known = session.scalars(select(UserSession.id)).all()
    let_time_pass(session)
    answer(an, an.open("/auth/confirm"), password=PASSWORD)
    assert session.scalars(select(UserSession.id)).all() == known
    assert session.scalars(select(UserSession.ended_at)).all() == [None]


def test_a_wrong_password_opens_nothing(an: Browser, session: Session) -> None:
    let_time_pass(session)
    page = answer(an, an.open("/auth/confirm"), password="sai mật khẩu rồi nhé", expect=422)
    assert page.select_one('.error-summary a[href="#password"]') is not None
    assert an.response is not None and "sai mật khẩu" not in an.response.text
    an.open("/probe", expect=303)
    failed = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "auth.sign_in_failed")
    ).one()
    assert "step-up password" in failed


def test_guesses_are_slowed_down_together_with_those_of_the_sign_in(
    an: Browser, probed: Flask, session: Session
) -> None:
    let_time_pass(session)
    for _ in range(5):
        answer(an, an.open("/auth/confirm"), password="sai mật khẩu rồi nhé", expect=422)
    page = answer(an, an.open("/auth/confirm"), password=PASSWORD, expect=429)
    assert "Đã nhập sai nhiều lần" in page.text
    an.open("/probe", expect=303)


def test_a_form_that_came_too_late_is_kept_and_sent_with_the_password(
    an: Browser, probed: Flask, session: Session
) -> None:
    page = an.open("/probe")
    let_time_pass(session)
    probed.extensions["got"] = None
    typed = "Dòng một\nDòng hai: “ngoặc” & <b>"
    asked = an.submit_page(page, {"reason": typed}, expect=403)
    assert probed.extensions["got"] is None
    again = answer(an, asked, step_up_password="sai mật khẩu rồi nhé", expect=422)
    assert probed.extensions["got"] is None
    answer(an, again, step_up_password=PASSWORD)
    reason, many = probed.extensions["got"]
    assert reason.replace("\r\n", "\n") == typed and many == ["1", "2"]
    an.open("/probe")


def test_a_double_click_does_the_work_once_and_keeps_no_password(
    an: Browser, probed: Flask, session: Session
) -> None:
    page = an.open("/probe")
    let_time_pass(session)
    asked = an.submit_page(page, {"reason": "một"}, expect=403)
    answer(an, asked, step_up_password=PASSWORD)
    probed.extensions["got"] = None
    answer(an, asked, step_up_password="khác hẳn, vì phiên nay đã mới")
    assert probed.extensions["got"] is None, "the second sending goes where the first one led"
    assert len(session.scalars(select(IdempotencyKey)).all()) == 1


def test_what_the_view_refuses_is_asked_for_again(
    an: Browser, probed: Flask, session: Session
) -> None:
    """The refusal undoes everything of the request; the old token is still the session's."""
    page = an.open("/probe")
    let_time_pass(session)
    asked = an.submit_page(page, {"reason": "sai"}, expect=403)
    answer(an, asked, step_up_password=PASSWORD, expect=422)
    an.open("/auth/profile")
    an.open("/probe", expect=303)


def test_a_file_leads_back_to_its_page(an: Browser, session: Session) -> None:
    assert an._alone(an.client.get, "/probe/file").text == "file"
    let_time_pass(session)
    an.open("/probe/file", expect=303)
    assert an.location == "/auth/confirm?next=/probe"


@pytest.mark.parametrize("url", ["//evil.example/", "https://evil.example/", "/no-such-page"])
def test_it_leads_to_our_own_pages_only(an: Browser, session: Session, url: str) -> None:
    let_time_pass(session)
    answer(an, an.open(f"/auth/confirm?next={url}"), password=PASSWORD)
    assert an.location == "/"


def test_who_is_fresh_is_not_asked(an: Browser) -> None:
    an.open("/auth/confirm?next=/probe", expect=303)
    assert an.location == "/probe"


def test_the_code_is_asked_for_where_the_account_has_one(
    strictly_probed: Flask, session: Session, account: Account
) -> None:
    user = with_factor(session, account(username="an"))
    browser = Browser(strictly_probed, session).sign_in(user)
    browser.client.set_cookie(
        "__Host-vt", browser.client.get_cookie("__Host-vt").value, secure=True
    )  # type: ignore[union-attr]
    let_time_pass(session)
    with time_machine.travel(clock.now(), tick=False):
        page = browser.open("/auth/confirm")
        assert page.select_one("#code") is not None
        wrong = answer(browser, page, password=PASSWORD, code="000000", expect=422)
        assert wrong.select_one('.error-summary a[href="#code"]') is not None
        code = code_at(clock.now(), SECRET)
        answer(browser, wrong, password=PASSWORD, code=code)
        let_time_pass(session)
        again = browser.open("/auth/confirm")
        answer(browser, again, password=PASSWORD, code=code, expect=422)  # used up


def test_a_new_factor_alone_is_no_confirmation(
    strict_browser: Browser, account: Account, session: Session
) -> None:
    account(username="an")
    sign_in(strict_browser, "an")
    let_time_pass(session)
    code = strict_browser.get("auth.enrol").select_one("code")
    assert code is not None
    secret = code.text.replace(" ", "")
    strict_browser.submit("auth.enrol", {"code": pyotp.TOTP(secret).at(clock.now())})
    newest = session.scalars(select(UserSession).order_by(UserSession.created_at.desc())).first()
    assert newest is not None and newest.ended_at is None
    assert newest.confirmed_at < clock.now() - timedelta(minutes=5)


def test_a_new_password_asks_for_all_that_signs_in(
    browser: Browser, account: Account, session: Session
) -> None:
    """By a page before it; what was typed too late does not go along, for it is a password."""
    account(username="an")
    sign_in(browser, "an")
    page = browser.get("auth.password")
    let_time_pass(session)
    browser.get("auth.password", expect=303)
    assert browser.location == "/auth/confirm?next=/auth/password"
    typed = {"old_password": PASSWORD, "password": NEW, "again": NEW}
    late = browser.submit_page(page, typed, expect=303)
    assert browser.location == "/auth/confirm?next=/auth/password" and NEW not in late.text
    assert "auth.password_changed" not in actions(session)
    answer(browser, browser.follow(), password=PASSWORD)
    browser.submit("auth.password", typed)
    assert "auth.password_changed" in actions(session)


def test_ones_own_sessions_and_browsers_are_ended_after_confirming(
    browser: Browser, account: Account, session: Session
) -> None:
    user = account(username="an")
    elsewhere = Browser(browser._app, session).sign_in(user)
    sign_in(browser, "an")
    for form in ("/end-others", "/end", "/forget"):
        page = browser.get("auth.profile")
        let_time_pass(session)
        asked = browser.submit_page(page, {}, form=f"form[action$='{form}']", expect=403)
        assert "auth.sessions_ended" not in actions(session)
        assert asked.select_one("#confirm-form") is not None
        elsewhere.get("auth.profile")
    answer(browser, asked, step_up_password=PASSWORD)
    page = browser.get("auth.profile")
    let_time_pass(session)
    asked = browser.submit_page(page, {}, form="form[action$='/end-others']", expect=403)
    answer(browser, asked, step_up_password=PASSWORD)
    assert "auth.sessions_ended" in actions(session)
    elsewhere.get("auth.profile", expect=302)


def test_an_administrator_confirms_before_an_account_is_changed(
    browser: Browser, account: Account, session: Session
) -> None:
    """A new account, another address, a link for a password, locking and opening."""
    user = account(username="an", email="an@example.vn")
    account(username="quan", role=Role.ADMINISTRATOR)
    sign_in(browser, "quan")
    edit = browser.get("admin.edit_user", user_id=user.id)
    page = browser.get("admin.user", user_id=user.id)
    let_time_pass(session)
    for endpoint in ("admin.edit_user", "admin.new_user"):
        values = {"user_id": user.id} if endpoint == "admin.edit_user" else {}
        browser.get(endpoint, expect=303, **values)
        assert (browser.location or "").startswith("/auth/confirm?next=/admin/users")
    asked = browser.submit_page(edit, {"email": "khac@example.vn"}, expect=403)
    for form in ("/invite", "/reset", "/disable"):
        browser.submit_page(page, {}, form=f"form[action$='{form}']", expect=403)
    session.refresh(user)
    assert (user.email, user.is_active) == ("an@example.vn", True)
    answer(browser, asked, step_up_password=PASSWORD)
    session.refresh(user)
    assert user.email == "khac@example.vn"
