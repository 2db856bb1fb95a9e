"""What one has to do, and answering it."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor, unattended
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.reminders import policy
from app.reminders.forms.answers import DecideForm, HandOverForm, LaterForm, NotNeededForm
from app.reminders.models import Obligation, ObligationEnded
from app.reminders.pages.lists import list_page
from app.reminders.pages.one import OnePage, one_page
from app.reminders.pages.reach import has_mail_for
from app.reminders.queries.lists import DEFAULT_LIMIT, unread
from app.reminders.services import answers as services
from app.reminders.services.reading import mark_read
from app.web.filters import vn_datetime
from app.web.forms import BaseForm
from app.web.paging import limit_arg
from app.web.responses import redirect_to
from app.web.words import _

bp = Blueprint("reminders", __name__, url_prefix="/reminders")
OWN = Permission.REMINDER_OWN


@bp.get("/")
@authorized(OWN)
def index() -> ResponseReturnValue:
    actor, now, limit = current_actor(), clock.now(), limit_arg(DEFAULT_LIMIT)
    page = list_page(db.session, actor, request.args, limit=limit, now=now)
    mark_read(db.session, actor=actor, obligation_ids=page.shown, now=now)
    is_asked = page.may_be_asked and has_mail_for(actor)
    return render_template("reminders/index.html", page=page, is_asked=is_asked)


@bp.get("/bell")
@authorized(OWN)
@unattended
def bell() -> ResponseReturnValue:
    """Asked by every open page: how much was told and not looked at."""
    return render_template(
        "reminders/_bell.html", count=unread(db.session, current_actor(), clock.now())
    )


@bp.get("/<uuid:obligation_id>")
@authorized(OWN, load=policy.visible_to, key="obligation_id")
def show(obligation: Obligation) -> ResponseReturnValue:
    """With `?answer=later` (not_needed, hand_over) that form stands open."""
    ids = [obligation.id]
    mark_read(db.session, actor=current_actor(), obligation_ids=ids, now=clock.now())
    return _page(obligation, request.args.get("answer", ""))


@bp.post("/<uuid:obligation_id>/later")
@authorized(OWN, load=policy.put_off_by, key="obligation_id")
@once
def later(obligation: Obligation) -> ResponseReturnValue:
    form, now = LaterForm(prefix="later-"), clock.now()

    def put_off() -> str:
        try:
            _put_off(obligation, form, now)
        except InvalidInput as error:
            raise form.at_choice(error) from error
        until = obligation.snoozed_until
        return _("Đã để sau. Bạn sẽ được nhắc lại lúc %(when)s.", when=vn_datetime(until or now))

    return _answer(obligation, "later", form, put_off)


@bp.post("/<uuid:obligation_id>/not-needed")
@authorized(OWN, load=policy.dropped_by, key="obligation_id")
@once
def not_needed(obligation: Obligation) -> ResponseReturnValue:
    form, actor = NotNeededForm(prefix="drop-"), current_actor()

    def drop() -> str:
        reason, now = form.reason.data, clock.now()
        is_over = services.not_needed(
            db.session, actor=actor, obligation=obligation, reason=reason, now=now
        )
        if is_over:
            return _("Đã ghi là không cần làm.")
        return _("Đã gửi đề nghị. Khi chưa có người đồng ý, việc này vẫn được nhắc.")

    return _answer(obligation, "not_needed", form, drop)


@bp.post("/<uuid:obligation_id>/hand-over")
@authorized(OWN, load=policy.handed_by, key="obligation_id")
@once
def hand_over(obligation: Obligation) -> ResponseReturnValue:
    form = _hand_over_form(obligation)

    def give() -> str:
        services.hand_over(
            db.session,
            actor=current_actor(),
            obligation=obligation,
            to_id=form.chosen,
            reason=form.reason.data or "",
            now=clock.now(),
        )
        return _("Đã giao. Đồng nghiệp sẽ được nhắc.")

    return _answer(obligation, "hand_over", form, give)


@bp.post("/<uuid:obligation_id>/decide")
@authorized(Permission.REMINDER_DECIDE, load=policy.visible_to, key="obligation_id")
@once
def decide(obligation: Obligation) -> ResponseReturnValue:
    form, actor = DecideForm(prefix="decide-"), current_actor()

    def settle() -> str:
        asked = services.pending_answer(db.session, obligation)
        if asked is None:
            raise ObligationEnded
        services.decide_not_needed(
            db.session,
            actor=actor,
            obligation=obligation,
            answer=asked,
            approved=form.is_approved,
            reason=form.reason.data,
            now=clock.now(),
        )
        return _("Đã ghi quyết định của bạn.")

    return _answer(obligation, "decide", form, settle)


@bp.post("/<uuid:obligation_id>/noted")
@authorized(OWN, load=policy.told_to, key="obligation_id")
@once
def noted(obligation: Obligation) -> ResponseReturnValue:
    """Of who was told but does not do it."""
    actor, now = current_actor(), clock.now()
    services.note(db.session, actor=actor, obligation=obligation, now=now)
    flash(_("Đã ghi là bạn đã biết."), "ok")
    return redirect_to("reminders.index")


@bp.post("/<uuid:personal_id>/done")
@authorized(OWN, load=policy.personal_of, key="personal_id")
@once
def done(obligation: Obligation) -> ResponseReturnValue:
    """Only of what one set for oneself: everything else is done by recording it."""
    actor = current_actor()
    services.finish(db.session, actor=actor, obligation=obligation, now=clock.now())
    flash(_("Đã xong việc này."), "ok")
    return redirect_to("reminders.index")


def _put_off(obligation: Obligation, form: LaterForm, now: datetime) -> None:
    services.put_off(
        db.session,
        actor=current_actor(),
        obligation=obligation,
        until=form.chosen(now),
        reason=form.reason.data,
        now=now,
    )


def _answer(
    obligation: Obligation, name: str, form: BaseForm, act: Callable[[], str]
) -> ResponseReturnValue:
    """Answered, or the page again with what was typed: 422 with errors, 409 where it is over."""
    is_late = False
    if form.validate_on_submit():
        with refusals_on(form):
            try:
                flash(act(), "ok")
                return redirect_to("reminders.index")
            except ObligationEnded:
                is_late = True
    return _page(obligation, name, form, is_late=is_late)


def _page(
    obligation: Obligation, name: str = "", typed: BaseForm | None = None, *, is_late: bool = False
) -> ResponseReturnValue:
    now = clock.now()
    page = one_page(db.session, current_actor(), obligation, now=now)
    forms = _forms(obligation, page)
    if typed is not None:
        forms[name] = typed
    if isinstance(put_off := forms.get("later"), LaterForm):
        put_off.offer_until(policy.snoozed_at_most(obligation, now), now)
    body = render_template(
        "reminders/show.html", page=page, forms=forms, typed=name, is_late=is_late
    )
    return make_response(body, 409 if is_late else 422 if typed is not None else 200)


def _forms(obligation: Obligation, page: OnePage) -> dict[str, BaseForm]:
    """Empty ones of the answers that stand open; a list of colleagues only where it is offered."""
    forms: dict[str, BaseForm] = {}
    if "later" in page.may:
        forms["later"] = LaterForm(prefix="later-")
    if "not_needed" in page.may:
        forms["not_needed"] = NotNeededForm(prefix="drop-")
    if "hand_over" in page.may:
        forms["hand_over"] = _hand_over_form(obligation)
    if "decide" in page.may:
        forms["decide"] = DecideForm(prefix="decide-")
    return forms


def _hand_over_form(obligation: Obligation) -> HandOverForm:
    form = HandOverForm(prefix="give-")
    known = db.session.execute(services.colleagues_for(current_actor(), obligation))
    form.to_id.offer([(str(user_id), name) for user_id, name in known])
    return form
