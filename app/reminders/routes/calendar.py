"""One's own and the unit's dues on a calendar."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.reminders.pages.calendar import calendar_page, read_view

bp = Blueprint("calendar_of_dues", __name__, url_prefix="/reminders/calendar")


@bp.get("")
@authorized(Permission.REMINDER_OWN)
def index() -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    view = read_view(request.args, actor, clock.local(now).date())
    page = calendar_page(db.session, actor=actor, view=view, now=now)
    return render_template("reminders/calendar.html", **page)
