"""Taking something away as a file: asking, answering, the password, the file."""

import uuid

from flask import Blueprint, Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once, sent_key
from app.auth.permissions import Permission, has_permission
from app.auth.step_up import confirmed
from app.cases.exporting import EXPORTS, rules
from app.cases.forms.exports import ExportDecisionForm, ExportForm
from app.cases.models import Export
from app.cases.pages import exports as words
from app.cases.pages.exported_cases import KIND as CASES
from app.cases.policy import exports_to_decide, own_exports
from app.cases.queries.exports import OwnExportRow, export_state, own_exports_page, pending_exports
from app.cases.routes.refusals import refusals_on
from app.cases.services import exports as services
from app.core import clock
from app.core.db import db
from app.core.tasks import KINDS, Task
from app.web.paging import after_arg, limit_arg
from app.web.responses import redirect_to, render_form

bp = Blueprint("exports", __name__, url_prefix="/exports")
P = Permission
_PAGE = 25


@bp.get("/")
@authorized(P.CASE_EXPORT)
def index() -> ResponseReturnValue:
    actor, now, limit = current_actor(), clock.now(), limit_arg(_PAGE)
    rows, more = own_exports_page(db.session, actor, after=after_arg(), limit=limit)
    waiting = []
    if has_permission(actor, P.EXPORT_DECIDE):
        waiting = words.exports(pending_exports(db.session, actor, now=now))
    lines = [words.state_line(row, now) for row in rows]
    after = rows[-1].export.id if more else None
    return render_template("exports/index.html", lines=lines, decisions=waiting, after=after)


@bp.route("/new", methods=["GET", "POST"])
@authorized(P.CASE_EXPORT)
@confirmed()
@once
def new() -> ResponseReturnValue:
    form, actor = ExportForm(), current_actor()
    kind, query = _wanted(form)
    if form.validate_on_submit():
        with refusals_on(form):
            return _ask(kind, query, form)
    form.list.data, form.query.data = kind, query
    outlook = services.outlook(db.session, actor, kind, query, clock.now())
    asked = words.ask_page(db.session, actor, kind, query, outlook)
    return render_form("exports/new.html", "exports/_new.html", form, asked=asked, rules=rules())


def _wanted(form: ExportForm) -> tuple[str, str]:
    """Which kind, and what of it, as codes; 404 where there is no such thing for this person."""
    actor, query = current_actor(), request.query_string.decode("ascii", "replace")
    kind = request.args.get("list") or CASES
    if form.is_submitted():
        kind, query = form.list.data or CASES, form.query.data or ""
    wanted = EXPORTS.get(kind) or abort(404)
    if not has_permission(actor, wanted.permission):
        abort(403)
    query = wanted.clean(query, actor)
    return (kind, query) if wanted.may(db.session, actor, query) else abort(404)


def _ask(kind: str, query: str, form: ExportForm) -> ResponseReturnValue:
    data = services.ExportData(kind, query, str(form.reason.data))
    export = services.ask_export(db.session, actor=current_actor(), data=data, now=clock.now())
    return redirect_to("exports.show", export_id=export.id)


@bp.get("/<uuid:export_id>")
@authorized(P.CASE_EXPORT, load=own_exports, key="export_id")
def show(export: Export) -> ResponseReturnValue:
    return render_template("exports/show.html", **_shown(export))


@bp.post("/<uuid:export_id>/password")
@authorized(P.CASE_EXPORT, load=own_exports, key="export_id")
@confirmed()
@once
def password(export: Export) -> ResponseReturnValue:
    """The password stands on this one page and nowhere else."""
    made = services.lock_export(
        db.session, actor=current_actor(), export=export, form_key=sent_key(), now=clock.now()
    )
    line = words.state_line(OwnExportRow(export, None, None, None), clock.now())
    return render_template("exports/password.html", export=export, line=line, password=made)


def _shown(export: Export) -> dict[str, object]:
    actor, now = current_actor(), clock.now()
    row = export_state(db.session, export)
    task = db.session.get(Task, export.task_id) if export.task_id else None
    return {
        "export": export,
        "line": words.state_line(row, now),
        "words": words.filter_words(db.session, row, actor),
        "task": task,
        "kind": KINDS[services.KIND],
        "rules": rules(),
    }


@bp.get("/<uuid:export_id>/download")
@authorized(P.CASE_EXPORT, load=own_exports, key="export_id")
@confirmed(back="exports.show")
def download(export: Export) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    locked = services.open_export(db.session, actor=actor, export=export, now=now)
    kind = services.kind_of(export).format
    response = Response(locked, mimetype=kind.media_type)
    name = f"{export.number}.{kind.suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/of-task/<uuid:task_id>")
@authorized(P.CASE_EXPORT)
def of_task(task_id: uuid.UUID) -> ResponseReturnValue:
    """Where the page of the background work leads when it is done."""
    made = own_exports(current_actor()).where(Export.task_id == task_id)
    found = db.session.scalars(made.with_only_columns(Export.id)).one_or_none()
    return redirect_to("exports.show", export_id=found) if found else abort(404)


@bp.route("/asked/<uuid:asked_id>", methods=["GET", "POST"])
@authorized(P.EXPORT_DECIDE, load=exports_to_decide, key="asked_id")
@confirmed()
@once
def decide(export: Export) -> ResponseReturnValue:
    form, now = ExportDecisionForm(), clock.now()
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(export, form)
    asked = words.decide_page(db.session, export, now)
    form.seen.data = str(asked.children)
    return render_form("exports/decide.html", "exports/_decide.html", form, asked=asked)


def _decide(export: Export, form: ExportDecisionForm) -> ResponseReturnValue:
    answer = services.Answer(form.is_approved, form.note.data or None, form.children_seen)
    services.decide_export(
        db.session, actor=current_actor(), export=export, answer=answer, now=clock.now()
    )
    flash(_("Đã ghi quyết định của bạn."), "ok")
    return redirect_to("home.index")
