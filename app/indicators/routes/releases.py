"""Releases: asked for, read, submitted, approved, dropped, withdrawn, taken out as files."""

from dataclasses import replace

from flask import Blueprint, Response, abort, flash, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.indicators.definitions import definitions_numbered
from app.indicators.dhis2 import NotForDhis2, is_for_dhis2, mapping
from app.indicators.forms.releases import NewReleaseForm, ReasonForm
from app.indicators.models import Release
from app.indicators.models.releases import ReleaseMoved
from app.indicators.pages.figure_files import DHIS2, FileKind
from app.indicators.pages.figure_source import Beside, Source, rules_of, source_of_release
from app.indicators.pages.figure_table import (
    certificate_of,
    protection_page,
    release_table_page,
)
from app.indicators.pages.figures import released_figures
from app.indicators.pages.release_gaps import withheld_of
from app.indicators.pages.releases import index_page, release_page, release_title
from app.indicators.periods import Period
from app.indicators.queries.released import editions_before, table_of, tables_of
from app.indicators.queries.shown import approved_release, population_by_commune
from app.indicators.release_policy import releases_of
from app.indicators.routes.figures import audience_arg, figures_file, kind_or_404, table_or_404
from app.indicators.services import releasing as services
from app.indicators.tables import Audience, ProtectedTable
from app.web.responses import redirect_to, render_form
from app.web.words import _

bp = Blueprint("releases", __name__, url_prefix="/indicators/releases")
P = Permission


@bp.get("/")
@authorized(P.INDICATORS_READ)
def index() -> ResponseReturnValue:
    page = index_page(db.session, actor=current_actor())
    return render_template("releases/index.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(P.INDICATORS_RELEASE)
@once
def new() -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    form = NewReleaseForm(clock.local(now).date())
    if form.validate_on_submit():
        with refusals_on(form):
            note = form.note.data or None
            release = services.ask_release(
                db.session, actor=actor, period=form.wanted, note=note, now=now
            )
            return redirect_to("releases.show", release_id=release.id)
    return render_form("releases/new.html", "releases/_new.html", form)


@bp.get("/<uuid:release_id>")
@authorized(P.INDICATORS_READ, load=releases_of, key="release_id")
def show(release: Release) -> ResponseReturnValue:
    return _page(release)


def _page(release: Release, refused: DomainError | None = None) -> ResponseReturnValue:
    """Also where a step is refused: with why, and as the release stands now."""
    audience = audience_arg(Audience.PUBLIC)
    page = release_page(db.session, actor=current_actor(), release=release, audience=audience)
    is_outdated = (
        page.may_release and release.is_drafted and services.is_outdated(db.session, release)
    )
    refusal, status = (refused.message, refused.status) if refused else ("", 200)
    return render_template(
        "releases/show.html", page=page, refusal=refusal, is_outdated=is_outdated
    ), status


@bp.post("/<uuid:release_id>/submit")
@authorized(P.INDICATORS_RELEASE, load=releases_of, key="release_id")
@once
def submit(release: Release) -> ResponseReturnValue:
    try:
        services.submit_release(db.session, actor=current_actor(), release=release, now=clock.now())
    except DomainError as error:
        return _page(release, error)
    flash(_("Đã gửi để người khác duyệt."), "ok")
    return redirect_to("releases.show", release_id=release.id)


@bp.post("/<uuid:release_id>/approve")
@authorized(P.INDICATORS_RELEASE, load=releases_of, key="release_id")
@once
def approve(release: Release) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    try:
        number = services.approve_release(db.session, actor=actor, release=release, now=now)
    except DomainError as error:
        return _page(release, error)
    flash(_("Đã công bố với số %(number)s.", number=number), "ok")
    return redirect_to("releases.show", release_id=release.id)


@bp.post("/<uuid:release_id>/again")
@authorized(P.INDICATORS_RELEASE, load=releases_of, key="release_id")
@once
def again(release: Release) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    draft = services.count_again(db.session, actor=actor, release=release, now=now)
    flash(_("Đã bỏ bản cũ. Máy đang đếm lại."), "ok")
    return redirect_to("releases.show", release_id=draft.id)


@bp.route("/<uuid:release_id>/drop", methods=["GET", "POST"])
@authorized(P.INDICATORS_RELEASE, load=releases_of, key="release_id")
@once
def drop(release: Release) -> ResponseReturnValue:
    form, actor = ReasonForm(), current_actor()
    if not release.is_open:
        raise ReleaseMoved
    if form.validate_on_submit():
        reason = str(form.reason.data)
        services.drop_release(
            db.session, actor=actor, release=release, reason=reason, now=clock.now()
        )
        flash(_("Đã bỏ bản nháp."), "ok")
        return redirect_to("releases.index")
    title = release_title(release)
    return render_form(
        "releases/drop.html", "releases/_drop.html", form, release=release, title=title
    )


@bp.route("/<uuid:release_id>/withdraw", methods=["GET", "POST"])
@authorized(P.INDICATORS_RELEASE, load=releases_of, key="release_id")
@once
def withdraw(release: Release) -> ResponseReturnValue:
    form, actor = ReasonForm(), current_actor()
    if not release.is_published:
        raise ReleaseMoved
    if form.validate_on_submit():
        reason = str(form.reason.data)
        services.withdraw_release(
            db.session, actor=actor, release=release, reason=reason, now=clock.now()
        )
        flash(_("Đã rút. Số và nội dung vẫn còn, có ghi là đã rút."), "ok")
        return redirect_to("releases.show", release_id=release.id)
    title = release_title(release)
    return render_form(
        "releases/withdraw.html", "releases/_withdraw.html", form, release=release, title=title
    )


@bp.get("/<uuid:release_id>/tables/<table_code>")
@authorized(P.INDICATORS_READ, load=releases_of, key="release_id")
def table(release: Release, table_code: str) -> ResponseReturnValue:
    found = _table(release, table_code, audience_arg(Audience.PUBLIC))
    page = release_table_page(db.session, release, found, at=request.args.get("at"))
    return render_template("releases/table.html", page=page)


def _table(release: Release, code: str, audience: Audience) -> ProtectedTable:
    known = table_or_404(code, definitions_numbered(release.definitions_version or 1))
    row = table_of(db.session, release.id, known, audience)
    found = row.table if row is not None else None
    return found if found is not None else abort(404)


@bp.get("/<uuid:release_id>/protection")
@authorized(P.INDICATORS_READ, load=releases_of, key="release_id")
def protection(release: Release) -> ResponseReturnValue:
    page = protection_page(db.session, release, audience_arg(Audience.PUBLIC))
    return render_template("releases/protection.html", page=page)


@bp.get("/<uuid:release_id>/certificate")
@authorized(P.INDICATORS_READ, load=releases_of, key="release_id")
def certificate(release: Release) -> ResponseReturnValue:
    audience = audience_arg(Audience.PUBLIC)
    _note(release, "certificate", audience, None)
    response = jsonify(certificate_of(release, tables_of(db.session, release.id, audience)))
    response.headers["Content-Disposition"] = 'attachment; filename="bao-ve-so-nho.json"'
    return response


@bp.get("/<uuid:release_id>/files/<export_format>")
@authorized(P.INDICATORS_READ, load=releases_of, key="release_id")
def export(release: Release, export_format: str) -> ResponseReturnValue:
    kind, audience = kind_or_404(export_format), audience_arg(Audience.PUBLIC)
    if not release.is_published:
        raise ReleaseMoved
    code = request.args.get("table")
    if export_format == DHIS2:
        _require_for_dhis2(release, audience)
        if code and code not in mapping().data_elements:
            abort(404)
    return _file(release, kind, audience, code, export_format)


def _require_for_dhis2(release: Release, audience: Audience) -> None:
    """Raises NotForDhis2."""
    if not is_for_dhis2(release, audience, approved_release(db.session, release.period)):
        raise NotForDhis2


def _file(
    release: Release, kind: FileKind, audience: Audience, code: str | None, name: str
) -> Response:
    if code:
        _table(release, code, audience)
    source = _source(release, audience, code)
    if name == DHIS2:
        before = editions_before(db.session, release)
        source = replace(source, earlier=[_source(one, audience, code) for one in before])
    _note(release, name, audience, code)
    return figures_file(source, kind)


def _source(release: Release, audience: Audience, code: str | None) -> Source:
    """One table or every one, with the population as it was known when they were counted, for
    rates; of all tables also the indicators, and what is without figures."""
    year, known_at = Period.parse(release.period).year, release.known_at
    people = population_by_commune(db.session, year, known_at=known_at)
    if code:
        row = table_of(db.session, release.id, code, audience)
        tables = [row.table] if row and row.table else []
        return source_of_release(release, audience, tables, Beside(people))
    rows = tables_of(db.session, release.id, audience)
    tables = [found for row in rows if (found := row.table) is not None]
    versions = {one.code: one.rule_version for one in tables}
    rules = rules_of(release)
    figures = released_figures(db.session, release, rules, versions, audience)
    beside = Beside(people, figures.by_code, withheld_of(rows, rules))
    return source_of_release(release, audience, tables, beside)


def _note(release: Release, name: str, audience: Audience, code: str | None) -> None:
    export = services.Export(name, audience.value, release.period, code, release)
    services.note_export(db.session, actor=current_actor(), export=export, now=clock.now())
