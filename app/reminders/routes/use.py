"""Whether reminders help: sent, opened, acted on, put off, by kind and channel."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.referrals.pages.periods import read_period
from app.reminders.pages.use import use_page

bp = Blueprint("reminder_use", __name__, url_prefix="/admin/reminders/use")


@bp.get("")
@authorized(Permission.REMINDER_MEASURE)
def index() -> ResponseReturnValue:
    now = clock.now()
    period = read_period(request.args.get("period", ""), clock.local(now).date())
    page = use_page(db.session, actor=current_actor(), period=period, now=now)
    return render_template("reminders/use.html", **page)
