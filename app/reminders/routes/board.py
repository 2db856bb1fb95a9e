"""The supervisor's board of the clocks of the law: missed, about to be, extended, by whom."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.cases.pages.log import read_time_key
from app.core import clock
from app.core.db import db
from app.referrals.pages.periods import Period, read_period
from app.reminders.pages.board import KINDS, board_page, list_page, read_page, read_wanted
from app.reminders.queries.board import Scope

bp = Blueprint("clock_board", __name__, url_prefix="/reports/clocks")


@bp.get("")
@authorized(Permission.SUPERVISE)
def index() -> ResponseReturnValue:
    period, by = _period(), request.args.get("by", "")
    page = board_page(
        db.session,
        _scope(period),
        period=period,
        by=by if by in KINDS else "commune",
        page=read_page(request.args.get("page", "")),
    )
    return render_template("reminders/board.html", **page)


@bp.get("/list")
@authorized(Permission.SUPERVISE)
def listed() -> ResponseReturnValue:
    asked, period = request.args, _period()
    page = list_page(
        db.session,
        _scope(period),
        period=period,
        wanted=read_wanted(asked.get("state", ""), asked.get("by", ""), asked.get("key", "")),
        after=read_time_key(asked.get("after", "")),
    )
    return render_template("reminders/board_list.html", **page)


def _period() -> Period:
    return read_period(request.args.get("period", ""), clock.today())


def _scope(period: Period) -> Scope:
    span = period.span
    return Scope(current_actor(), span.start, span.end, clock.now())
