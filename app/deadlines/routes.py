"""The calendar of working days, as an administrator keeps it."""

from flask import Blueprint, abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.deadlines.calendar_days import add_day, days_ahead, remove_day
from app.deadlines.forms import CalendarDayForm, RemoveDayForm
from app.web.responses import add_error, redirect_to, render_form

bp = Blueprint("calendar", __name__, url_prefix="/admin/calendar")


@bp.route("", methods=["GET", "POST"])
@authorized(Permission.REFERENCE_MANAGE)
@once
def index() -> ResponseReturnValue:
    form = CalendarDayForm()
    if form.validate_on_submit():
        try:
            add_day(db.session, current_actor(), form.values, now=clock.now())
            flash(_("Đã thêm ngày vào lịch."), "success")
            return redirect_to("calendar.index")
        except InvalidInput as error:
            add_error(form, error)
    days = days_ahead(db.session, clock.today())
    return render_form("admin/calendar.html", "admin/_calendar_form.html", form, days=days)


@bp.post("/remove")
@authorized(Permission.REFERENCE_MANAGE)
def remove() -> ResponseReturnValue:
    form = RemoveDayForm()
    if not form.validate_on_submit():
        abort(422)
    remove_day(db.session, current_actor(), form.chosen, now=clock.now())
    flash(_("Đã bỏ ngày khỏi lịch."), "success")
    return redirect_to("calendar.index")
