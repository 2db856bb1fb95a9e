"""Asking again for the password before what must not happen on a screen that was left open.

    @bp.route("/exports/new", methods=["GET", "POST"])
    @authorized(Permission.CASE_EXPORT)
    @confirmed()
    @once
    def new() -> ResponseReturnValue: ...

A page that is opened leads through /auth/confirm and back. A form that is sent when the password
was typed too long ago is answered with the question, and all of the form goes along with the
answer: nothing typed is lost. (Files would be: a page with an upload asks by GET only. Nor are
such forms sent by htmx.)
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple

from flask import Response, make_response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth import services
from app.auth.actor import Actor
from app.auth.attempts import TooManyAttempts
from app.auth.browser_state import known_device, renew_token
from app.auth.ceremonies import ceremony_of
from app.auth.factor_forms import ConfirmForm
from app.auth.factor_models import Purpose
from app.auth.locked import PREFIX, kept_fields
from app.auth.login import current_actor
from app.auth.models import User
from app.auth.own_factors import confirm_by_passkey
from app.auth.passkeys import PasskeyRefused
from app.auth.policy import needs_passkey
from app.auth.routes import too_many
from app.auth.services import Proof
from app.auth.settings import is_demo, settings
from app.auth.throttle import bucket_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.web.responses import add_error, redirect_to, render_form

View = Callable[..., ResponseReturnValue]
ALONG = "auth/confirm_along.html"


def fresh_for() -> timedelta:
    return timedelta(minutes=settings().step_up_minutes)


def is_fresh(actor: Actor, now: datetime) -> bool:
    """Was the password typed in this session a short while ago?"""
    return actor.confirmed_at is not None and now - actor.confirmed_at < fresh_for()


def confirmed(*, back: str | None = None) -> Callable[[View], View]:
    """Run the view only for who has just shown who they are. Below @authorized, above @once.

    `back` is the endpoint (with the same variables) to return to, where the address itself is no
    page: a file to be saved.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if is_fresh(current_actor(), clock.now()):
                return view(*args, **kwargs)
            if request.method == "POST":
                return _asked_along(lambda: view(*args, **kwargs))
            here = url_for(back, **(request.view_args or {})) if back else _here()
            return redirect_to("auth.confirm", next=here)

        return guarded

    return decorate


def confirmed_if(needs_it: Callable[[], bool]) -> Callable[[View], View]:
    """As `confirmed`, for those requests only of which `needs_it` says so."""

    def decorate(view: View) -> View:
        asked = confirmed()(view)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            return asked(*args, **kwargs) if needs_it() else view(*args, **kwargs)

        return guarded

    return decorate


def _here() -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path


def _asked_along(view: Callable[[], ResponseReturnValue]) -> Response:
    """The question with the sent form in it, or what the view says after the right answer.

    What the view refuses (400 or more) undoes the confirmation with all else.
    """
    form = confirm_form(prefix=PREFIX)
    is_answered = form.credential.name in request.form
    if is_answered and form.validate():
        try:
            token = confirm(form)
        except InvalidInput as error:
            add_error(form, error)
        except PasskeyRefused as error:
            form.form_errors.append(error.message)
        except TooManyAttempts as error:
            return too_many(ALONG, ALONG, form, error, kept=kept_fields())
        else:
            answer = make_response(view())
            return renew_token(answer, token) if answer.status_code < 400 else answer
    question = make_response(render_form(ALONG, ALONG, form, kept=kept_fields()))
    question.status_code = 422 if is_answered else 403
    return question


def confirm_form(prefix: str = "") -> ConfirmForm:
    """With the fields by which this account may show who it is."""
    ways = ways_of(current_actor())
    return ConfirmForm(prefix=prefix, with_password=ways.password, with_code=ways.code)


class Ways(NamedTuple):
    """What is asked for: the password, with the code of a phone, or a passkey alone."""

    password: bool
    code: bool


def ways_of(actor: Actor) -> Ways:
    """What signs in confirms: outside a demonstration the password alone does neither, and a code
    does not for who must have a passkey."""
    if is_demo():
        return Ways(password=True, code=False)
    has_code = select(User.totp_secret_sealed.is_not(None)).where(User.id == actor.id)
    may_code = bool(db.session.scalar(has_code)) and not (
        actor.has_passkey and needs_passkey(actor.role, actor.unit_kind)
    )
    return Ways(password=may_code or not actor.has_passkey, code=may_code)


def confirm(form: ConfirmForm) -> str:
    """The session's new token. Raises what services.confirm_identity raises, PasskeyRefused."""
    actor, now = current_actor(), clock.now()
    address, device = request.remote_addr, known_device(request, actor.username)
    code_bucket = bucket_of(str(actor.id), address, step="code", device=device)
    if form.credential.data:
        return confirm_by_passkey(
            db.session,
            actor,
            ceremony_of(actor, Purpose.CONFIRM),
            sent=form.credential.data,
            bucket=code_bucket,
            now=now,
        )
    proof = Proof(
        password=form.password.data,
        code=form.code.data if form.code else None,
        password_bucket=bucket_of(actor.username, address, device=device),
        code_bucket=code_bucket,
    )
    return services.confirm_identity(db.session, actor, proof, now=now)
