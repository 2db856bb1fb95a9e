"""One step of a referral as a view takes it: its form, its service, and what was refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from app.audit.actions import AuditAction
from app.audit.services import REFUSED, record
from app.auth.login import current_actor
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.referrals.errors import ReferralChanged
from app.referrals.forms import answers as received
from app.referrals.forms import sender as sent
from app.referrals.forms.answers import StepForm
from app.referrals.models import Referral
from app.referrals.pages.inbox import is_inbox
from app.referrals.pages.referral import referral_page
from app.referrals.routes.attempts import attempt_is_noted
from app.web.responses import add_error, is_htmx, redirect_to_url, safe_next

F = TypeVar("F", bound=StepForm)
FORMS: dict[str, type[StepForm]] = {
    "accept": received.AcceptForm,
    "ask": received.AskForm,
    "inquire": received.AskForm,
    "decline": received.DeclineForm,
    "contact": received.ContactForm,
    "deliver": received.DeliverForm,
    "complete": received.CompleteForm,
    "reply": sent.ReplyForm,
    "recall": sent.RecallForm,
    "close": sent.CloseForm,
    "dispute": sent.DisputeForm,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a step could not be taken: what was typed is shown beside it."""

    message: LazyString | str
    typed: list[tuple[str, str]]


def take_step(
    referral: Referral, form: F, run: Callable[[F, datetime], object], done: LazyString | str
) -> ResponseReturnValue:
    """Show the page with this form, or take the step and go back to where it was asked for."""
    if not form.validate_on_submit():
        return show(referral, form)
    try:
        run(form, clock.now())
    except InvalidInput as error:
        add_error(form, error)
        return show(referral, form)
    except DomainError as error:
        return refuse(referral, error, form.typed())
    flash(done, "ok")
    home = url_for("referrals.show", referral_id=referral.id)
    return redirect_to_url(safe_next(form.next.data, home))


def refuse(
    referral: Referral, error: DomainError, typed: list[tuple[str, str]]
) -> ResponseReturnValue:
    """Somebody was faster, or it was taken back: said with what was typed; the attempt stays on
    the log, once."""
    attempt_is_noted()
    record(
        db.session,
        current_actor(),
        AuditAction.REFERRAL_CHANGED,
        at=clock.now(),
        case_id=referral.case_id,
        subject_id=referral.id,
        outcome=REFUSED,
        data={"step": _step_name(), "state": referral.state.value, "service": referral.service},
    )
    return show(referral, refused=Refused(error.message, typed), status=error.status)


def show(
    referral: Referral,
    form: StepForm | None = None,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The page of a referral, or its panel beside a list. `form`: the one that was sent."""
    page = referral_page(
        db.session, actor=current_actor(), referral=referral, back=_back(form), now=clock.now()
    )
    forms = {step: _form(step, form, page.next_url) for step in page.steps}
    opened = form.step if form is not None and form.errors else ""
    if form is not None and opened and opened not in forms:  # it came too late anyway
        opened, status = "", ReferralChanged.status
        refused = Refused(ReferralChanged.message, form.typed())
    template = "referrals/_referral.html" if is_htmx() else "referrals/show.html"
    body = render_template(template, page=page, forms=forms, refused=refused, opened=opened)
    response = make_response(body, 422 if opened else status)
    response.vary.add("HX-Request")
    return response


def _form(step: str, sent_form: StepForm | None, next_url: str) -> StepForm:
    if sent_form is not None and sent_form.step == step:
        return sent_form
    return FORMS[step](step, formdata=None, data={"next": next_url})


def _back(form: StepForm | None) -> str:
    """The list beside which it stands: only ever the inbox."""
    asked = request.args.get("back", "") if form is None else (form.next.data or "")
    base = asked.split("&open=")[0]
    return base if is_inbox(safe_next(base, "")) else ""


def _step_name() -> str:
    return (request.endpoint or "").rpartition(".")[2]
