"""By which channel, and at what hour, one is reminded of what."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.settings import settings
from app.auth.step_up import confirmed_if
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.reminders.forms.choices import ChoicesForm, MailForm
from app.reminders.pages.choices import ChoicesPage, choices_page
from app.reminders.services import own_choices
from app.web.responses import redirect_to, render_form

bp = Blueprint("reminder_choices", __name__, url_prefix="/reminders/choices")
_PAGES = ("reminders/choices.html", "reminders/_choices_form.html")


def _is_other_phone() -> bool:
    """Who may set the number of somebody's messages reads what they are reminded of."""
    typed = request.form.get("phone")
    if request.method != "POST" or typed is None:
        return False
    return own_choices.is_other_phone(db.session, current_actor().id, typed)


@bp.route("", methods=["GET", "POST"])
@authorized(Permission.REMINDER_OWN)
@confirmed_if(_is_other_phone)
@once
def index() -> ResponseReturnValue:
    page = choices_page(db.session, current_actor(), settings())
    if not page.is_reminded:
        return render_template("reminders/choices_none.html")
    form = page.form()
    if form.validate_on_submit():
        with refusals_on(form):
            return _change(page, form)
    return render_form(*_PAGES, form, form.conflict, own=page)


@bp.post("/mail")
@authorized(Permission.REMINDER_OWN)
@once
def answer_mail() -> ResponseReturnValue:
    form = MailForm()
    if form.validate_on_submit():
        wants = form.wants.data == "1"
        own_choices.answer_mail(db.session, actor=current_actor(), wants=wants, now=clock.now())
        flash(
            _("Bạn sẽ nhận thư nhắc việc mỗi ngày.")
            if wants
            else _("Sẽ không có thư nhắc việc, trừ việc khẩn cấp."),
            "ok",
        )
    return redirect_to("home.index")


def _change(page: ChoicesPage, form: ChoicesForm) -> ResponseReturnValue:
    own_choices.change_choice(
        db.session,
        actor=current_actor(),
        data=form.chosen(page.kept),
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã lưu cách nhắc việc của bạn."), "ok")
    return redirect_to("reminder_choices.index")
