"""Signing in and out, the second factor, invitations."""

from datetime import timedelta
from math import ceil
from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import factors, services
from app.auth.access import authorized
from app.auth.accounts import accept_invitation
from app.auth.browser_state import (
    destination,
    drop_session,
    known_device,
    pending_token,
    put_device,
    put_pending,
    put_session,
)
from app.auth.forms import CodeForm, NewPasswordForm, SignInForm
from app.auth.invitations import find_invitation
from app.auth.login import current_actor, maybe_actor
from app.auth.models import User
from app.auth.permissions import Permission
from app.auth.services import CodeRefused, SignInRefused, TooManyAttempts
from app.auth.throttle import bucket_of
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
    if user.totp_secret_sealed is not None and not current_app.config["DEMO"]:
        answer = make_response(redirect_to("auth.second_step", next=destination(form.next.data)))
        return put_pending(answer, services.hold_sign_in(db.session, user, now=now))
    return _open(user, form.next.data, has_second_factor=False)


def _open(user: User, target: str | None, *, has_second_factor: bool) -> Response:
    """A session of this browser; one that it had before ends."""
    now, before = clock.now(), maybe_actor()
    if before is not None:
        services.sign_out(db.session, before, now=now)
    token = services.start_session(
        db.session, user, request_id=request_id(), has_second_factor=has_second_factor, now=now
    )
    answer = put_session(make_response(redirect_to_url(destination(target))), token, user.id)
    return put_device(answer, user.username)


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
    if form.validate_on_submit():
        device = known_device(request, user.username)
        bucket = bucket_of(str(user.id), request.remote_addr, step="code", device=device)
        try:
            services.check_code(db.session, user, form.code.data, bucket=bucket, now=clock.now())
            return _open(user, form.next.data, has_second_factor=True)
        except CodeRefused as error:
            form.code.errors = [error.message]
        except TooManyAttempts as error:
            return too_many("auth/second_step.html", "auth/_code_form.html", form, error)
    return render_form("auth/second_step.html", "auth/_code_form.html", form)


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


@bp.route("/enrol", methods=["GET", "POST"])
@authorized(Permission.SIGNED_IN)
def enrol() -> ResponseReturnValue:
    """Setting up the second factor, asked for before anything else outside demo mode."""
    form, actor = CodeForm(), current_actor()
    secret = factors.proposed_secret(actor.id, actor.session_id)
    if form.validate_on_submit():
        try:
            token = services.enrol_factor(
                db.session, actor, secret=secret, code=form.code.data, now=clock.now()
            )
            return put_session(make_response(redirect_to_url("/")), token, actor.id)
        except CodeRefused as error:
            form.code.errors = [error.message]
    drawing = factors.qr_code(secret, actor.username)
    shown: dict[str, Any] = {"qr": drawing, "secret": factors.grouped(secret)}
    return render_form("auth/enrol.html", "auth/_code_form.html", form, **shown)


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
