"""A commune's spreadsheet: sent, its columns chosen, the report of the dry run, the import."""

import uuid

from flask import Blueprint, Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit.actions import AuditAction
from app.audit.services import record as write_log
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.step_up import confirmed
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.documents.read_workbook import Outline, outline_of
from app.documents.workbook import XLSX
from app.register.forms.imports import ColumnsForm, DecisionForm, UploadForm, columns_form
from app.register.models import Decision, ImportMoved, ImportRow, ImportState, SheetImport
from app.register.pages.import_words import all_faults
from app.register.pages.imports import columns_page, first_view, list_lines, report
from app.register.policy import imports_of
from app.register.queries.imports import (
    SHOWN,
    VIEWS,
    ShownRow,
    all_rows,
    imports_of_unit,
    matches_of,
    row_of,
    rows_of,
    task_of,
)
from app.register.services.imports import (
    Upload,
    begin_import,
    cancel_import,
    choose_columns,
    decide,
    remembered,
    start_import,
)
from app.register.sheets.columns import (
    Column,
    columns_of,
    likely_heading,
    likely_sheet,
    proposed,
)
from app.register.sheets.vocabulary import vocabulary
from app.register.sheets.writing import template_workbook, workbook_of_faults
from app.web.paging import after_arg, limit_arg
from app.web.responses import is_htmx, redirect_to, render_form
from app.web.uploads import body_limit

bp = Blueprint("imports", __name__, url_prefix="/register/imports")
MOST_BYTES = 32 * 1024 * 1024  # more than a file may have: the form itself says what is too large
ONE = "/<uuid:import_id>"
P = Permission


@bp.get("/")
@authorized(P.IMPORT_RUN)
def index() -> ResponseReturnValue:
    limit, after = limit_arg(SHOWN), after_arg()
    found, more = imports_of_unit(db.session, current_actor(), after=after, limit=limit)
    last = found[-1].id if more else None
    return render_template(
        "imports/index.html", lines=list_lines(found), last=last, is_first=after is None
    )


@body_limit(MOST_BYTES)
@bp.route("/new", methods=["GET", "POST"])
@authorized(P.IMPORT_RUN)
@once
def new() -> ResponseReturnValue:
    form = UploadForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _begin(form)
    known = vocabulary()
    pages = ("imports/new.html", "imports/_upload.html")
    return render_form(*pages, form, most=known.most_rows, days=known.kept_days)


def _begin(form: UploadForm) -> ResponseReturnValue:
    content = form.content()
    data = Upload(content, outline_of(content), form.file_name)
    made = begin_import(db.session, actor=current_actor(), data=data, now=clock.now())
    return redirect_to("imports.columns", import_id=made.id)


@bp.get("/template.xlsx")
@authorized(P.IMPORT_RUN)
def template() -> ResponseReturnValue:
    return _saved(template_workbook(vocabulary()), "mau-danh-sach-tre-em.xlsx")


@bp.route(f"{ONE}/columns", methods=["GET", "POST"])
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
@once
def columns(sheet_import: SheetImport) -> ResponseReturnValue:
    outline = _outline(sheet_import)
    sheet, heading, found = _place(outline, sheet_import)
    form = columns_form(found, _proposed(sheet_import, found, sheet, heading))
    if form.validate_on_submit():
        with refusals_on(form):
            return _choose(sheet_import, form, sheet, heading, found)
    look = columns_page(outline, sheet, heading, found, sheet_import.fault)
    pages = ("imports/columns.html", "imports/_columns.html")
    return render_form(
        *pages, form, look=look, sheet_import=sheet_import, sheet=sheet, heading=heading
    )


def _outline(sheet_import: SheetImport) -> Outline:
    """Raises ImportMoved where nothing is left to choose."""
    if sheet_import.outline is None or sheet_import.state is ImportState.DONE:
        raise ImportMoved
    return Outline.model_validate_json(sheet_import.outline)


def _place(outline: Outline, sheet_import: SheetImport) -> tuple[int, int, list[Column]]:
    """The sheet and the row of headings that are asked for, chosen before, or likely."""
    known, before = vocabulary(), sheet_import.chosen
    asked = request.form if request.method == "POST" else request.args
    sheet = _number(asked.get("sheet", ""), len(outline.sheets) - 1)
    if sheet is None:
        sheet = before.sheet if sheet_import.choices else likely_sheet(outline, known)
    heading = _number(asked.get("heading", ""), 1_048_576)
    rows = {number for number, _cells in outline.sheets[sheet].head}
    if heading not in rows:
        is_before = bool(sheet_import.choices) and before.sheet == sheet
        heading = before.heading if is_before else likely_heading(outline.sheets[sheet], known)
    return sheet, heading, columns_of(outline.sheets[sheet], heading, known)


def _number(text: str, most: int) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 7:
        return None
    return int(text) if int(text) <= most else None


def _proposed(
    sheet_import: SheetImport, found: list[Column], sheet: int, heading: int
) -> dict[int, str]:
    before = sheet_import.chosen
    if sheet_import.choices and (before.sheet, before.heading) == (sheet, heading):
        return before.columns
    known = remembered(db.session, sheet_import.unit_id, found)
    return proposed(found, vocabulary(), known)


def _choose(
    sheet_import: SheetImport, form: ColumnsForm, sheet: int, heading: int, found: list[Column]
) -> ResponseReturnValue:
    choose_columns(
        db.session,
        actor=current_actor(),
        sheet_import=sheet_import,
        choices=form.chosen(sheet=sheet, heading=heading),
        columns=found,
        now=clock.now(),
    )
    return redirect_to("imports.show", import_id=sheet_import.id)


@bp.get(ONE)
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
def show(sheet_import: SheetImport) -> ResponseReturnValue:
    task, view = task_of(db.session, sheet_import), _view(sheet_import)
    after = _number(request.args.get("after", ""), 1_048_576) or 0
    found = rows_of(
        db.session, current_actor(), sheet_import, view=view, after=after, limit=limit_arg(SHOWN)
    )
    _note_reading(sheet_import, found[0])
    page = report(sheet_import, task, found[0], view=view, more=found[1])
    if is_htmx() and page.state not in (ImportState.CHECKING, ImportState.IMPORTING):
        return redirect_to("imports.show", import_id=sheet_import.id)
    name = "imports/_progress.html" if is_htmx() else "imports/show.html"
    return render_template(name, page=page, sheet_import=sheet_import, task=task, after=after)


def _view(sheet_import: SheetImport) -> str:
    asked = request.args.get("show", "")
    return asked if asked in VIEWS else first_view(sheet_import.counts)


def _note_reading(sheet_import: SheetImport, rows: list[ShownRow]) -> None:
    """The log: so many rows were shown, and which children who are known already."""
    children = {str(m.child_id) for one in rows for m in one.row.matches if m.child_id}
    if rows:
        data = {"children": sorted(children), "filters": "import", "count": len(rows)}
        write_log(
            db.session, current_actor(), AuditAction.REGISTER_LISTED,
            at=clock.now(), subject_id=sheet_import.id, data=data,
        )  # fmt: skip


@bp.get(f"{ONE}/errors.xlsx")
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
@confirmed(back="imports.show")
def errors(sheet_import: SheetImport) -> ResponseReturnValue:
    rows = all_rows(db.session, current_actor(), sheet_import, "errors")
    if not rows:
        abort(404)
    _note_reading(sheet_import, list(rows))
    content = workbook_of_faults([(one.row, all_faults(one.row)) for one in rows], vocabulary())
    return _saved(content, "dong-co-loi.xlsx")


@bp.post(f"{ONE}/rows/<uuid:row_id>/decide")
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
@once
def decide_row(sheet_import: SheetImport, row_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), DecisionForm()
    row = row_of(db.session, actor, sheet_import, row_id) or abort(404)
    _require(form)
    decision, child_id, case_id = form.chosen, None, None
    if decision is None:
        decision = Decision.SAME
        child_id, case_id = _same(row, str(form.decision.data or ""))
    decide(
        db.session, actor=actor, sheet_import=sheet_import, decision=decision, row=row,
        child_id=child_id, case_id=case_id, now=clock.now(),
    )  # fmt: skip
    after = max(0, (_number(str(form.after.data or ""), 1_048_576) or 0))
    anchor = f"row-{row.number}"  # whoever decides many rows goes on where they were
    one = sheet_import.id
    return redirect_to("imports.show", import_id=one, show="alike", after=after, _anchor=anchor)


def _same(row: ImportRow, child: str) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The child of this row's matches that was chosen, with the case for its groups."""
    for match in matches_of(db.session, current_actor(), row):
        if match.child_id and str(match.child_id) == child:
            return match.child_id, match.case_id
    raise InvalidInput("decision", _l("Chọn em nào là em này."))


@bp.post(f"{ONE}/decide")
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
@once
def decide_all(sheet_import: SheetImport) -> ResponseReturnValue:
    form, actor, now = DecisionForm(), current_actor(), clock.now()
    _require(form)
    if form.chosen is None:
        raise InvalidInput("decision", _l("Chọn là trẻ em khác, hoặc không nhập."))
    decide(db.session, actor=actor, sheet_import=sheet_import, decision=form.chosen, now=now)
    return redirect_to("imports.show", import_id=sheet_import.id, show="alike")


@bp.post(f"{ONE}/run")
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
@once
def run(sheet_import: SheetImport) -> ResponseReturnValue:
    start_import(db.session, actor=current_actor(), sheet_import=sheet_import, now=clock.now())
    return redirect_to("imports.show", import_id=sheet_import.id)


@bp.post(f"{ONE}/cancel")
@authorized(P.IMPORT_RUN, load=imports_of, key="import_id")
@once
def cancel(sheet_import: SheetImport) -> ResponseReturnValue:
    cancel_import(db.session, actor=current_actor(), sheet_import=sheet_import, now=clock.now())
    flash(_("Đã xóa bảng tính và các dòng còn lại. Những gì đã nhập vẫn còn."), "ok")
    return redirect_to("imports.index")


def _require(form: DecisionForm) -> None:
    """Raises InvalidInput for a form that says nothing readable."""
    if not form.validate_on_submit():
        raise InvalidInput("decision", _l("Chọn một cách xử lý."))


def _saved(content: bytes, name: str) -> Response:
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
