"""The figures: an overview, and each indicator with its tables."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.indicators.definitions import UnknownIndicator
from app.indicators.pages.one_indicator import asked_for, indicator_page, row_rate
from app.indicators.pages.overview import overview, period_of
from app.indicators.queries.shown import periods_with_figures
from app.indicators.routes.blueprint import bp

P = Permission


@bp.get("/")
@authorized(P.INDICATORS_READ)
def index() -> ResponseReturnValue:
    page = overview(db.session, request.args.get("period"), today=clock.today())
    return render_template("indicators/index.html", page=page)


@bp.get("/figures/<code>")
@authorized(P.INDICATORS_READ)
def show(code: str) -> ResponseReturnValue:
    today = clock.today()
    period = period_of(request.args.get("period"), today, periods_with_figures(db.session))
    try:
        asked = asked_for(code, period, request.args)
    except UnknownIndicator:
        abort(404)
    page = indicator_page(db.session, asked, today=today)
    return render_template("indicators/show.html", page=page, rate_of=row_rate)
