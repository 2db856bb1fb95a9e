"""How many children live where: the figures of a year, one commune's, and a workbook of all."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.documents.workbook import XLSX
from app.indicators.definitions import IndicatorsFile, definitions
from app.indicators.forms.population import ConfirmForm, EntryForm, WorkbookForm, entry_form
from app.indicators.models import PopulationImport
from app.indicators.pages.population import values_now, year_page
from app.indicators.pages.population_import import ImportPage, import_page
from app.indicators.policy import imports_of
from app.indicators.population_sheet import template_workbook, years
from app.indicators.queries.population_pages import (
    Version,
    lines_of_year,
    newest_imports,
    versions_of,
)
from app.indicators.services.population import (
    PopulationData,
    PopulationMoved,
    check_workbook,
    confirm_import,
    enter_population,
)
from app.reference.communes import Commune, UnknownCommune, commune, communes
from app.web.responses import redirect_to, render_form
from app.web.uploads import body_limit

bp = Blueprint("population", __name__, url_prefix="/indicators/population")
MOST_BYTES = 32 * 1024 * 1024  # more than a file may have: the form itself says what is too large
P = Permission


@bp.get("")
@authorized(P.POPULATION_EDIT)
def index() -> ResponseReturnValue:
    year = _year()
    page = year_page(year, lines_of_year(db.session, year))
    newest = list(reversed(years(clock.today())))[:8]
    return render_template("population/index.html", page=page, years=newest)


@bp.route("/entry", methods=["GET", "POST"])
@authorized(P.POPULATION_EDIT)
@once
def entry() -> ResponseReturnValue:
    year, where = _year(), _commune()
    groups = _rules(year).age_groups
    versions = versions_of(db.session, year, where.code)
    form = entry_form(groups, values_now(versions, groups))
    if form.validate_on_submit():
        with refusals_on(form):
            data = form.data_for(year, where.code, groups)
            _enter(data, form.expected_version)
            flash(_("Đã lưu dân số trẻ em của %(where)s.", where=where.label), "success")
            return redirect_to("population.index", year=year)
    return _entry_page(form, year, where, versions)


@bp.get("/template.xlsx")
@authorized(P.POPULATION_EDIT)
def template() -> ResponseReturnValue:
    year = _year()
    response = Response(template_workbook(_rules(year).age_groups, year), mimetype=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="mau-dan-so-tre-em.xlsx"'
    return response


@body_limit(MOST_BYTES)
@bp.route("/imports/new", methods=["GET", "POST"])
@authorized(P.POPULATION_EDIT)
@once
def new_import() -> ResponseReturnValue:
    form = WorkbookForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _check(form)
    mine = newest_imports(db.session, current_actor())
    return render_form("population/new.html", "population/_new.html", form, mine=mine)


@bp.route("/imports/<uuid:population_import_id>", methods=["GET", "POST"])
@authorized(P.POPULATION_EDIT, load=imports_of, key="population_import_id")
@once
def show_import(sent: PopulationImport) -> ResponseReturnValue:
    page = import_page(db.session, sent)
    form = ConfirmForm(is_replacing=page.is_replacing, is_doubtful=page.is_doubtful)
    if form.validate_on_submit():
        try:
            with refusals_on(form):
                return _confirm(sent, form)
        except PopulationMoved as conflict:
            return _import_page(sent, page, form, conflict), 409
    return _import_page(sent, page, form), 422 if form.errors else 200


def _confirm(sent: PopulationImport, form: ConfirmForm) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    changed = confirm_import(db.session, actor=actor, sent=sent, reason=form.why, now=now)
    flash(_("Đã nhập. Số xã, phường có số mới: %(n)s.", n=changed), "success")
    return redirect_to("population.index", year=max(row["year"] for row in sent.rows))


def _import_page(
    sent: PopulationImport,
    page: ImportPage,
    form: ConfirmForm,
    conflict: PopulationMoved | None = None,
) -> str:
    return render_template(
        "population/import.html", sent=sent, page=page, form=form, conflict=conflict
    )


def _enter(data: PopulationData, version: int) -> None:
    now = clock.now()
    enter_population(db.session, actor=current_actor(), data=data, version=version, now=now)


def _check(form: WorkbookForm) -> ResponseReturnValue:
    sent = check_workbook(
        db.session,
        actor=current_actor(),
        content=form.content(),
        source=form.source.data,
        source_on=form.day,
        groups=_rules(clock.today().year).age_groups,
        now=clock.now(),
    )
    return redirect_to("population.show_import", population_import_id=sent.id)


def _entry_page(
    form: EntryForm, year: int, where: Commune, versions: Sequence[Version]
) -> ResponseReturnValue:
    shown = versions[0].version if versions else 0
    version = form.conflict.version if form.conflict else shown
    if form.is_submitted() and not form.conflict:
        version = form.expected_version
    return render_form(
        "population/entry.html",
        "population/_entry.html",
        form,
        form.conflict,
        here=request.full_path.rstrip("?"),
        year=year,
        where=where,
        versions=versions,
        version=version,
    )


def _year() -> int:
    """The year of the address, else this year; 404 for one that is none."""
    text = request.args.get("year", str(clock.today().year))
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        abort(404)
    if int(text) not in years(clock.today()):
        abort(404)
    return int(text)


def _commune() -> Commune:
    """The commune of the address, else the first; 404 for one that is none."""
    try:
        return commune(request.args.get("commune", communes()[0].code))
    except UnknownCommune:
        abort(404)


def _rules(year: int) -> IndicatorsFile:
    return definitions(date(year, 12, 31))
