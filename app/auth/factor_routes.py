"""Setting up factors: the guided page before anything else, passkeys, recovery codes."""

import uuid
from typing import Any

from flask import abort, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.auth import factors, own_factors, passkeys, recovery, services
from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.browser_state import put_session
from app.auth.ceremonies import ceremony_of
from app.auth.factor_forms import PasskeyForm
from app.auth.factor_models import Purpose
from app.auth.forms import CodeForm
from app.auth.labels import agent_label
from app.auth.login import current_actor
from app.auth.models import User
from app.auth.passkeys import PasskeyRefused
from app.auth.permissions import Permission
from app.auth.policy import needs_passkey
from app.auth.routes import bp
from app.auth.services import CodeRefused
from app.auth.settings import is_demo
from app.auth.step_up import confirmed, is_fresh
from app.auth.user_agents import agent_of
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

_CODES = ("auth/enrol.html", "auth/_code_form.html")
_PASSKEY = ("auth/passkey.html", "auth/_passkey_form.html")
_ASKED = {"enrol": Purpose.ENROL, "confirm": Purpose.CONFIRM, "unlock": Purpose.UNLOCK}


@bp.route("/enrol", methods=["GET", "POST"])
@authorized(Permission.SIGNED_IN)
def enrol() -> ResponseReturnValue:
    """Setting up what the role must have, asked for before anything else outside demo mode."""
    form, actor = CodeForm(), current_actor()
    if not actor.must_enrol_factor and not is_fresh(actor, clock.now()):
        return redirect_to("auth.confirm", next=request.path)
    if needs_passkey(actor.role, actor.unit_kind):
        return redirect_to("auth.enrol_passkey")
    secret = factors.proposed_secret(actor.id, actor.session_id)
    if form.validate_on_submit():
        try:
            return _keep_codes(actor, secret, form)
        except CodeRefused as error:
            form.code.errors = [error.message]
    drawing = factors.qr_code(secret, actor.username)
    shown: dict[str, Any] = {"qr": drawing, "secret": factors.grouped(secret)}
    return render_form(*_CODES, form, is_first=actor.must_enrol_factor, **shown)


def _keep_codes(actor: Actor, secret: str, form: CodeForm) -> ResponseReturnValue:
    token = services.enrol_factor(
        db.session, actor, secret=secret, code=form.code.data, now=clock.now()
    )
    return put_session(make_response(_next_step(actor)), token, actor.id)


def _next_step(actor: Actor) -> ResponseReturnValue:
    """After the first factor the codes for the day it is lost."""
    if recovery.left_of(db.session, actor.id):
        return redirect_to("auth.profile")
    return redirect_to("auth.recovery_codes")


@bp.post("/passkeys/options")
@authorized(Permission.SIGNED_IN)
def passkey_options() -> ResponseReturnValue:
    """What the browser is to sign, as JSON, for one of three purposes."""
    actor, now = current_actor(), clock.now()
    purpose = _ASKED.get(request.form.get("purpose", "")) or abort(422)
    ceremony = ceremony_of(actor, purpose)
    if purpose is not Purpose.ENROL:
        options = passkeys.options_to_sign(db.session, ceremony, actor.id, now)
    elif actor.is_locked:
        abort(403)
    else:
        user = db.session.scalars(select(User).where(User.id == actor.id)).one()
        options = passkeys.options_to_enrol(db.session, ceremony, user, now)
    return options, 200, {"Content-Type": "application/json"}


@bp.route("/passkeys/new", methods=["GET", "POST"])
@authorized(Permission.SIGNED_IN)
def enrol_passkey() -> ResponseReturnValue:
    form, actor = PasskeyForm(), current_actor()
    if not is_fresh(actor, clock.now()):
        return redirect_to("auth.confirm", next=request.path)
    if form.validate_on_submit():
        try:
            return _keep_passkey(actor, form)
        except PasskeyRefused as error:
            form.form_errors.append(error.message)
    if request.method == "GET":
        form.name.data = agent_label(*agent_of(request.user_agent.string))
    may_codes = actor.must_enrol_factor and not needs_passkey(actor.role, actor.unit_kind)
    return render_form(*_PASSKEY, form, is_first=actor.must_enrol_factor, may_codes=may_codes)


def _keep_passkey(actor: Actor, form: PasskeyForm) -> ResponseReturnValue:
    token = own_factors.add_passkey(
        db.session,
        actor,
        ceremony_of(actor, Purpose.ENROL),
        sent=form.credential.data or "",
        name=form.name.data,
        now=clock.now(),
    )
    answer = put_session(make_response(_next_step(actor)), token, actor.id)
    flash(_("Đã thêm khóa truy cập. Các phiên đăng nhập khác đã kết thúc."), "success")
    return answer


@bp.post("/passkeys/<uuid:passkey_id>/remove")
@authorized(Permission.SIGNED_IN)
@confirmed()
def remove_passkey(passkey_id: uuid.UUID) -> ResponseReturnValue:
    is_found = own_factors.remove_passkey(
        db.session, current_actor(), passkey_id, is_demo=is_demo(), now=clock.now()
    )
    if not is_found:
        abort(404)
    flash(_("Đã xóa khóa truy cập. Các phiên đăng nhập khác đã kết thúc."), "success")
    return redirect_to("auth.profile")


@bp.get("/recovery-codes")
@authorized(Permission.SIGNED_IN)
def recovery_codes() -> ResponseReturnValue:
    left = recovery.left_of(db.session, current_actor().id)
    return render_template("auth/recovery_codes.html", left=left, codes=None)


@bp.post("/recovery-codes")
@authorized(Permission.SIGNED_IN)
@confirmed(back="auth.recovery_codes")
def new_recovery_codes() -> ResponseReturnValue:
    """The codes stand in this answer and nowhere else."""
    codes = recovery.new_codes(db.session, current_actor(), now=clock.now())
    return render_template("auth/recovery_codes.html", left=len(codes), codes=codes)
