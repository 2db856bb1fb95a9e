"""One's own account: data, password, sessions, browsers."""

import uuid

from flask import abort, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import browsers, own_factors, queries, services
from app.auth.access import authorized
from app.auth.attempts import TooManyAttempts
from app.auth.browser_state import device_of, known_device, put_session
from app.auth.forms import ChangePasswordForm
from app.auth.labels import agent_label
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.auth.policy import needs_passkey
from app.auth.routes import bp, too_many
from app.auth.step_up import confirmed, is_fresh
from app.auth.throttle import bucket_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.web.responses import add_error, redirect_to, render_form

_FORM = ("auth/password.html", "auth/_change_password_form.html")


@bp.get("/profile")
@authorized(Permission.SIGNED_IN)
def profile() -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    known = browsers.list_of(db.session, actor.id)
    device = device_of(request, actor.username)
    return render_template(
        "auth/profile.html",
        sessions=queries.own_sessions(db.session, actor.id, now),
        passkeys=own_factors.own_passkeys(db.session, actor.id),
        factors=queries.factor_counts(db.session, actor.id, now),
        browsers=[(one, browsers.is_this(one, device)) for one in known],
        is_bound=needs_passkey(actor.role, actor.unit_kind),
        agent_label=agent_label,
    )


@bp.route("/password", methods=["GET", "POST"])
@authorized(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    """Asked for is what the account signs in with, not the old password alone. By a page of its
    own: a typed password does not go along with a question."""
    if not is_fresh(current_actor(), clock.now()):
        return redirect_to("auth.confirm", next=request.path)
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return render_form(*_FORM, form)
    try:
        return _change(form)
    except InvalidInput as error:
        add_error(form, error)
    except TooManyAttempts as error:
        return too_many(*_FORM, form, error)
    return render_form(*_FORM, form)


def _change(form: ChangePasswordForm) -> ResponseReturnValue:
    actor = current_actor()
    token = services.change_password(
        db.session,
        actor,
        old=form.old_password.data,
        new=form.password.data,
        bucket=bucket_of(
            str(actor.id),
            request.remote_addr,
            step="old password",
            device=known_device(request, actor.username),
        ),
        now=clock.now(),
    )
    answer = put_session(make_response(redirect_to("auth.profile")), token, actor.id)
    flash(_("Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc."), "success")
    return answer


@bp.post("/sessions/<uuid:session_id>/end")
@authorized(Permission.SIGNED_IN)
@confirmed(back="auth.profile")
def end_own_session(session_id: uuid.UUID) -> ResponseReturnValue:
    if not services.end_own_session(db.session, current_actor(), session_id, now=clock.now()):
        abort(404)
    flash(_("Phiên đăng nhập đã kết thúc."), "success")
    return redirect_to("auth.profile")


@bp.post("/sessions/end-others")
@authorized(Permission.SIGNED_IN)
@confirmed(back="auth.profile")
def end_other_sessions() -> ResponseReturnValue:
    services.end_others(db.session, current_actor(), now=clock.now())
    flash(_("Các phiên đăng nhập khác đã kết thúc."), "success")
    return redirect_to("auth.profile")


@bp.post("/browsers/<uuid:known_id>/forget")
@authorized(Permission.SIGNED_IN)
@confirmed(back="auth.profile")
def forget_browser(known_id: uuid.UUID) -> ResponseReturnValue:
    if not browsers.forget(db.session, current_actor(), known_id, now=clock.now()):
        abort(404)
    flash(_("Trình duyệt đó được coi như chưa từng dùng."), "success")
    return redirect_to("auth.profile")
