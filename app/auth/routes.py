"""Signing in and out, the second factor, invitations."""

from datetime import timedelta
from math import ceil
from typing import Any

from flask import Blueprint, Response, flash, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.auth import services
from app.auth.accounts import accept_invitation
from app.auth.attempts import TooManyAttempts
from app.auth.browser_state import (
    destination,
    device_of,
    drop_session,
    known_device,
    pending_token,
    put_device,
    put_pending,
    put_session,
)
from app.auth.factor_models import KnownBrowser
from app.auth.forms import CodeForm, NewPasswordForm, SignInForm
from app.auth.invitations import find_invitation
from app.auth.labels import agent_label
from app.auth.login import maybe_actor
from app.auth.models import User
from app.auth.services import CodeRefused, SignInRefused
from app.auth.settings import is_demo
from app.auth.throttle import Bucket, bucket_of
from app.auth.user_agents import agent_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.web.access import public
from app.web.extensions import csrf
from app.web.filters import duration
from app.web.forms import BaseForm
from app.web.headers import request_id
from app.web.responses import add_error, leave, redirect_to, redirect_to_url, render_form

bp = Blueprint("auth", __name__, url_prefix="/auth")
SECOND_STEP = ("auth/second_step.html", "auth/_code_form.html")


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm(next=request.args.get("next"))
    if request.method == "GET" and maybe_actor():
        return redirect_to_url(destination(form.next.data))
    if form.validate_on_submit():
        try:
            return _let_in(form)
        except SignInRefused as error:
            form.form_errors.append(error.message)
        except TooManyAttempts as error:
            return too_many("auth/sign_in.html", "auth/_sign_in_form.html", form, error)
    return render_form("auth/sign_in.html", "auth/_sign_in_form.html", form)


def _let_in(form: SignInForm) -> Response:
    """The password is right: a session, or the wait for the second step."""
    now, username = clock.now(), form.username.data
    bucket = bucket_of(username, request.remote_addr, device=known_device(request, username))
    user = services.check_password(
        db.session, username=username, password=form.password.data, bucket=bucket, now=now
    )
    if not is_demo() and services.ways_of(db.session, user).any:
        answer = make_response(redirect_to("auth.second_step", next=destination(form.next.data)))
        return put_pending(answer, services.hold_sign_in(db.session, user, now=now))
    return open_for(user, "password", form.next.data)


def open_for(user: User, way: str, target: str | None) -> Response:
    """A session of this browser; one that it had before ends."""
    now, before = clock.now(), maybe_actor()
    if before is not None:
        services.sign_out(db.session, before, now=now)
    arrival = services.Arrival(
        way,
        device_of(request, user.username),
        agent_of(request.user_agent.string),
        request_id(),
    )
    token, seen = services.start_session(db.session, user, arrival, now=now)
    answer = put_session(make_response(redirect_to_url(destination(target))), token, user.id)
    for browser in seen.untold:
        flash(_new_browser(browser), "warning")
    return put_device(answer, request, user.username, seen.device)


def _new_browser(browser: KnownBrowser) -> str:
    return str(
        _l(
            "Tài khoản này đã được đăng nhập từ một trình duyệt mới: %(what)s, lúc %(when)s."
            " Không phải bạn? Đổi mật khẩu ngay và báo người quản trị.",
            what=agent_label(browser.browser, browser.system),
            when=f"{clock.local(browser.first_seen_at):%H:%M %d/%m/%Y}",
        )
    )


def too_many(
    page: str, partial: str, form: BaseForm, error: TooManyAttempts, **context: Any
) -> Response:
    """The form again, with how long to wait. The same words whether or not the account exists."""
    minutes = timedelta(minutes=ceil(error.wait / timedelta(minutes=1)))
    text = _("Đã nhập sai nhiều lần. Chờ %(wait)s rồi thử lại.", wait=duration(minutes))
    form.form_errors.append(text)
    answer = make_response(render_form(page, partial, form, **context))
    answer.status_code = error.status
    answer.headers["Retry-After"] = str(int(error.wait.total_seconds()) + 1)
    return answer


@bp.route("/second-step", methods=["GET", "POST"])
@public
def second_step() -> ResponseReturnValue:
    form = CodeForm(next=request.args.get("next"))
    user = services.pending_user(db.session, pending_token(request), clock.now())
    ways = services.ways_of(db.session, user)
    if ways.code and form.validate_on_submit():
        try:
            services.check_code(
                db.session, user, form.code.data, bucket=code_bucket(user), now=clock.now()
            )
            return open_for(user, "code", form.next.data)
        except CodeRefused as error:
            form.code.errors = [error.message]
        except TooManyAttempts as error:
            return too_many(*SECOND_STEP, form, error, ways=ways)
    return render_form(*SECOND_STEP, form, ways=ways)


def code_bucket(user: User) -> Bucket:
    """Where what fails at the second step is counted."""
    device = known_device(request, user.username)
    return bucket_of(str(user.id), request.remote_addr, step="code", device=device)


# a stale page must still sign out: no token is asked; another site is refused by Sec-Fetch-Site
@bp.post("/sign-out")
@csrf.exempt  # type: ignore[untyped-decorator]  # the library has no types
@public
def sign_out() -> ResponseReturnValue:
    actor = maybe_actor()
    if actor is not None:
        services.sign_out(db.session, actor, now=clock.now())
    answer = drop_session(make_response(redirect_to("auth.sign_in")))
    flash(_("Bạn đã đăng xuất."), "success")
    return answer


@bp.post("/quick-exit")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def quick_exit() -> ResponseReturnValue:
    actor = maybe_actor()
    if actor is not None:
        services.sign_out(db.session, actor, now=clock.now())
    return drop_session(leave())


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    form = NewPasswordForm()
    invited, user = find_invitation(db.session, token, clock.now())
    if form.validate_on_submit():
        try:
            accept_invitation(db.session, invited, user, form.password.data, now=clock.now())
            flash(_("Đã đặt mật khẩu. Hãy đăng nhập."), "success")
            return redirect_to("auth.sign_in")
        except InvalidInput as error:
            add_error(form, error)
    return render_form("auth/invitation.html", "auth/_new_password_form.html", form, user=user)
