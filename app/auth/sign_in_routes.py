"""Signing in with a passkey, and the second step by a passkey or a recovery code."""

import secrets

from flask import flash, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.auth import passkeys, services
from app.auth.attempts import TooManyAttempts
from app.auth.browser_state import asked_token, pending_token, put_asked
from app.auth.ceremonies import ceremony_by
from app.auth.factor_forms import PasskeySignInForm, RecoveryForm
from app.auth.factor_models import Purpose
from app.auth.forms import CodeForm, SignInForm
from app.auth.models import User
from app.auth.own_factors import passkey_user
from app.auth.passkeys import PasskeyRefused
from app.auth.recovery import RecoveryRefused
from app.auth.routes import SECOND_STEP, bp, code_bucket, open_for, too_many
from app.auth.throttle import bucket_of
from app.core import clock
from app.core.db import db
from app.web.access import public
from app.web.headers import request_id
from app.web.responses import render_form

_JSON = {"Content-Type": "application/json"}
_SIGN_IN = ("auth/sign_in.html", "auth/_sign_in_form.html")
_RECOVERY = ("auth/recovery.html", "auth/_recovery_form.html")


@bp.post("/sign-in/passkey/options")
@public
def sign_in_options() -> ResponseReturnValue:
    """For whichever passkey of this site the browser has: nobody is named."""
    token = secrets.token_urlsafe(32)
    ceremony = ceremony_by(token, Purpose.SIGN_IN)
    options = passkeys.options_to_sign(db.session, ceremony, None, clock.now())
    return put_asked(make_response(options, 200, _JSON), token)


@bp.post("/sign-in/passkey")
@public
def sign_in_passkey() -> ResponseReturnValue:
    form = PasskeySignInForm()
    page = SignInForm(formdata=None, next=form.next.data)
    try:
        return _let_in(form)
    except PasskeyRefused as error:
        page.form_errors.append(error.message)
    except TooManyAttempts as error:
        return too_many(*_SIGN_IN, page, error)
    return render_form(*_SIGN_IN, page)


def _let_in(form: PasskeySignInForm) -> ResponseReturnValue:
    if not form.validate():
        raise PasskeyRefused
    user = passkey_user(
        db.session,
        ceremony_by(asked_token(request), Purpose.SIGN_IN),
        sent=form.credential.data,
        user=None,
        bucket=bucket_of(form.credential.data, request.remote_addr, step="passkey"),
        now=clock.now(),
    )
    return open_for(user, "passkey", form.next.data)


@bp.post("/second-step/passkey/options")
@public
def second_step_options() -> ResponseReturnValue:
    token, now = pending_token(request), clock.now()
    user = services.pending_user(db.session, token, now)
    ceremony = ceremony_by(token, Purpose.SECOND_STEP)
    return passkeys.options_to_sign(db.session, ceremony, user.id, now), 200, _JSON


@bp.post("/second-step/passkey")
@public
def second_step_passkey() -> ResponseReturnValue:
    form, token = PasskeySignInForm(), pending_token(request)
    user = services.pending_user(db.session, token, clock.now())
    page, ways = CodeForm(formdata=None, next=form.next.data), services.ways_of(db.session, user)
    try:
        return _go_on(user, token, form)
    except PasskeyRefused as error:
        page.form_errors.append(error.message)
    except TooManyAttempts as error:
        return too_many(*SECOND_STEP, page, error, ways=ways)
    return render_form(*SECOND_STEP, page, ways=ways)


def _go_on(user: User, token: str, form: PasskeySignInForm) -> ResponseReturnValue:
    if not form.validate():
        raise PasskeyRefused
    passkey_user(
        db.session,
        ceremony_by(token, Purpose.SECOND_STEP),
        sent=form.credential.data,
        user=user,
        bucket=code_bucket(user),
        now=clock.now(),
    )
    return open_for(user, "passkey", form.next.data)


@bp.route("/second-step/recovery", methods=["GET", "POST"])
@public
def recovery() -> ResponseReturnValue:
    form = RecoveryForm(next=request.args.get("next"))
    user = services.pending_user(db.session, pending_token(request), clock.now())
    if form.validate_on_submit():
        try:
            return _recover(user, form)
        except RecoveryRefused as error:
            form.recovery.errors = [error.message]
        except TooManyAttempts as error:
            return too_many(*_RECOVERY, form, error)
    return render_form(*_RECOVERY, form)


def _recover(user: User, form: RecoveryForm) -> ResponseReturnValue:
    left = services.check_recovery(
        db.session,
        user,
        form.recovery.data,
        bucket=code_bucket(user),
        request_id=request_id(),
        now=clock.now(),
    )
    answer = open_for(user, "recovery", form.next.data)
    flash(_left(left), "warning")
    return answer


def _left(left: int) -> str:
    return str(
        _l(
            "Mã dự phòng vừa dùng không dùng lại được; còn %(n)s mã. Mất thiết bị thì hãy thêm khóa"
            " truy cập mới và xóa khóa cũ ở trang Tài khoản của tôi.",
            n=left,
        )
    )
