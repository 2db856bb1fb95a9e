"""The protected tables as they stand now, for the agencies. They are never called released."""

from collections.abc import Sequence

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.indicators.definitions import definitions
from app.indicators.dhis2 import NotForDhis2
from app.indicators.models import CurrentTable
from app.indicators.pages.figure_files import DHIS2
from app.indicators.pages.figure_source import Beside, source_of_current
from app.indicators.pages.figure_table import current_page, current_table_page
from app.indicators.pages.figures import current_figures
from app.indicators.pages.release_gaps import withheld_of
from app.indicators.periods import Period
from app.indicators.queries.released import current_table, current_tables
from app.indicators.queries.shown import population_by_commune
from app.indicators.routes.figures import figures_file, kind_or_404, period_or_404, table_or_404
from app.indicators.services import releasing as services
from app.indicators.tables import Audience

bp = Blueprint("current_figures", __name__, url_prefix="/indicators/current")
P = Permission


@bp.get("/")
@authorized(P.INDICATORS_READ)
def index() -> ResponseReturnValue:
    return render_template("releases/current.html", page=current_page(db.session, None))


@bp.get("/<current_period>")
@authorized(P.INDICATORS_READ)
def period(current_period: str) -> ResponseReturnValue:
    page = current_page(db.session, period_or_404(current_period)) or abort(404)
    return render_template("releases/current.html", page=page)


@bp.get("/<current_period>/tables/<table_code>")
@authorized(P.INDICATORS_READ)
def table(current_period: str, table_code: str) -> ResponseReturnValue:
    row = _row(period_or_404(current_period), table_code)
    shown = row.table or abort(404)
    page = current_table_page(row, shown, at=request.args.get("at"))
    return render_template("releases/table.html", page=page)


@bp.get("/<current_period>/files/<export_format>")
@authorized(P.INDICATORS_READ)
def export(current_period: str, export_format: str) -> ResponseReturnValue:
    kind, period = kind_or_404(export_format), period_or_404(current_period)
    if export_format == DHIS2:
        raise NotForDhis2
    code = request.args.get("table")
    rows = [_row(period, code)] if code else _rows(period)
    if not rows:
        abort(404)
    source = source_of_current(rows, _beside(period, rows, is_whole=not code))
    noted = services.Export(export_format, Audience.AGENCY.value, str(period), code)
    services.note_export(db.session, actor=current_actor(), export=noted, now=clock.now())
    return figures_file(source, kind)


def _beside(period: Period, rows: Sequence[CurrentTable], *, is_whole: bool) -> Beside:
    """The population of now, for rates; of all tables also the indicators, and what is without
    figures."""
    people = population_by_commune(db.session, period.year)
    if not is_whole:
        return Beside(people)
    versions = {row.code: row.table.rule_version if row.table else None for row in rows}
    rules = definitions(period.last_day)
    figures = current_figures(db.session, period, rules, versions, people)
    return Beside(people, figures.by_code, withheld_of(rows, rules))


def _row(period: Period, code: str) -> CurrentTable:
    known = table_or_404(code, definitions(period.last_day))
    return current_table(db.session, known, str(period), Audience.AGENCY) or abort(404)


def _rows(period: Period) -> list[CurrentTable]:
    return list(current_tables(db.session, str(period), Audience.AGENCY))
