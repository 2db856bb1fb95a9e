"""The lock of the screen: a session that answers nothing until its person is back."""

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.auth import own_factors
from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.attempts import TooManyAttempts
from app.auth.browser_state import destination, known_device, renew_token, takes_forms
from app.auth.ceremonies import ceremony_of
from app.auth.factor_forms import UnlockForm
from app.auth.factor_models import Purpose
from app.auth.locked import FROM_SCRIPT, PREFIX, kept_fields
from app.auth.login import current_actor, lock_session
from app.auth.passkeys import PasskeyRefused
from app.auth.permissions import Permission
from app.auth.routes import bp, too_many
from app.auth.throttle import bucket_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.web.responses import add_error, redirect_to, redirect_to_url, render_form

_PAGE = "auth/unlock.html"


@bp.post("/lock")
@authorized(Permission.SIGNED_IN)
def lock() -> ResponseReturnValue:
    lock_session(db.session, session_id=current_actor().session_id, now=clock.now())
    return ("", 204) if FROM_SCRIPT in request.headers else redirect_to("auth.unlock")


@bp.post("/awake")
@authorized(Permission.SIGNED_IN)
def awake() -> ResponseReturnValue:
    """Somebody types or moves at an open page: it keeps the session awake as any request does."""
    return "", 204


@bp.route("/unlock", methods=["GET", "POST"])
@authorized(Permission.SIGNED_IN)
def unlock() -> ResponseReturnValue:
    form, actor = UnlockForm(prefix=PREFIX), current_actor()
    if request.method == "GET":
        form.next.data = request.args.get("next")
        if not actor.is_locked:
            return redirect_to_url(destination(form.next.data))
        return render_template(_PAGE, form=form, kept=())
    if form.validate():
        try:
            return renew_token(_goes_on(form), _unlocked(actor, form))
        except InvalidInput as error:
            add_error(form, error)
        except PasskeyRefused as error:
            form.form_errors.append(error.message)
        except TooManyAttempts as error:
            return too_many(_PAGE, _PAGE, form, error, kept=kept_fields())
    return render_form(_PAGE, "auth/_unlock_errors.html", form, kept=kept_fields())


def _unlocked(actor: Actor, form: UnlockForm) -> str:
    address, device = request.remote_addr, known_device(request, actor.username)
    now, sent = clock.now(), form.credential.data
    if not sent:
        bucket = bucket_of(actor.username, address, device=device)
        return own_factors.unlock_by_password(
            db.session, actor, form.password.data, bucket=bucket, now=now
        )
    bucket = bucket_of(str(actor.id), address, step="code", device=device)
    ceremony = ceremony_of(actor, Purpose.UNLOCK)
    return own_factors.unlock_by_passkey(
        db.session, actor, ceremony, sent=sent, bucket=bucket, now=now
    )


def _goes_on(form: UnlockForm) -> Response:
    """Where the person wanted to go; a form that was kept is sent there again (307)."""
    if FROM_SCRIPT in request.headers:
        return make_response("", 204)
    if form.again.data and takes_forms(form.next.data):
        return make_response(redirect(str(form.next.data), code=307))
    return make_response(redirect_to_url(destination(form.next.data)))
