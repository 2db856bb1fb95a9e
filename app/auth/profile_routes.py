"""One's own account: data, password, sessions."""

import uuid

from flask import abort, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import queries, services
from app.auth.access import authorized
from app.auth.browser_state import known_device, put_session
from app.auth.forms import ChangePasswordForm
from app.auth.login import current_actor, end_session
from app.auth.permissions import Permission
from app.auth.routes import bp, too_many
from app.auth.services import TooManyAttempts
from app.auth.throttle import bucket_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.web.responses import add_error, redirect_to, render_form

_FORM = ("auth/password.html", "auth/_change_password_form.html")


@bp.get("/profile")
@authorized(Permission.SIGNED_IN)
def profile() -> ResponseReturnValue:
    sessions = queries.own_sessions(db.session, current_actor().id, clock.now())
    return render_template("auth/profile.html", sessions=sessions)


@bp.route("/password", methods=["GET", "POST"])
@authorized(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
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
def end_own_session(session_id: uuid.UUID) -> ResponseReturnValue:
    if not end_session(
        db.session, user_id=current_actor().id, session_id=session_id, now=clock.now()
    ):
        abort(404)
    flash(_("Phiên đăng nhập đã kết thúc."), "success")
    return redirect_to("auth.profile")
