"""Values entered by the department that answers for a part, confirmed or returned by another
person; the evidence; the baseline and milestones."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized, refuse
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, is_allowed
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.documents.examine import examine
from app.indicators.board_policy import department_of, values_of
from app.indicators.forms.board import PathForm, ReturnForm, ValueForm, path_form
from app.indicators.models import BoardValue
from app.indicators.pages.board_entry import entry_page, value_page, work_page
from app.indicators.plan24 import Part
from app.indicators.queries.board import newest_path, newest_value, with_file
from app.indicators.routes.answers import saved_file
from app.indicators.routes.board import bp, part_of
from app.indicators.services.board import (
    Evidence,
    check_year,
    confirm_value,
    open_evidence,
    return_value,
    save_value,
    value_problems,
)
from app.indicators.services.board_paths import set_path
from app.web.responses import add_error, redirect_to, render_form
from app.web.uploads import body_limit

MOST_BYTES = 32 * 1024 * 1024  # more than a file may have: the form itself says what is too large
P = Permission
View = Callable[..., ResponseReturnValue]
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}


def of_own_department(view: View) -> View:
    """Give the view the part that the address names, of the actor's own department."""

    @wraps(view)
    def guarded(board_part: str, **values: Any) -> ResponseReturnValue:
        part, actor = part_of(board_part), current_actor()
        if not is_allowed(actor, P.BOARD_ENTER, part):
            refuse(actor, P.BOARD_ENTER, 403)
        return view(part, **values)

    return guarded


@bp.get("/work")
@authorized(P.BOARD_ENTER)
def work() -> ResponseReturnValue:
    actor = current_actor()
    own = department_of(actor) or refuse(actor, P.BOARD_ENTER, 403)
    page = work_page(db.session, actor=actor, own=own, args=request.args, now=clock.now())
    return render_template("board24/work.html", page=page)


@body_limit(MOST_BYTES)
@bp.route("/<board_part>/<int:board_year>", methods=["GET", "POST"])
@authorized(P.BOARD_ENTER)
@of_own_department
@once
def enter(part: Part, board_year: int) -> ResponseReturnValue:
    form, now = ValueForm(), clock.now()
    last = newest_value(db.session, part.code, _checked(board_year))
    form.first(last)
    if form.validate_on_submit():
        with refusals_on(form):
            return _save(part, board_year, form)
    elif form.is_submitted():
        _add_problems(part, board_year, form, is_correction=last is not None)
    look = entry_page(db.session, part=part, year=board_year, last=last, now=now)
    pages = ("board24/enter.html", "board24/_enter.html")
    return render_form(*pages, form, form.conflict, look=look)


def _checked(year: int) -> int:
    """A year to come is refused in words, by InvalidInput (422), also where only its page is
    asked for."""
    if year > 9999:
        abort(404)
    check_year(year, clock.now())
    return year


def _add_problems(part: Part, year: int, form: ValueForm, *, is_correction: bool) -> None:
    """What is wrong with the other fields, so that all is said at once."""
    data, wrong = form.typed(year), set(form.errors)
    problems = value_problems(part, data, clock.now(), is_correction=is_correction)
    for one in problems:
        if one.field not in wrong:
            add_error(form, one)


def _save(part: Part, year: int, form: ValueForm) -> ResponseReturnValue:
    content, data = form.content(), form.typed(year)
    if content is not None:
        data = replace(data, evidence=Evidence(content, examine(content)))
    expected = form.expected_version
    save_value(
        db.session,
        actor=current_actor(),
        part=part,
        data=data,
        expected=expected,
        now=clock.now(),
    )
    flash(_("Đã lưu. Số liệu có trên bảng khi người khác xác nhận."), "ok")
    return redirect_to("indicator_board.part", board_part=part.code)


@bp.get("/values/<uuid:value_id>")
@authorized(P.BOARD_ENTER, load=values_of, key="value_id")
def value(found: BoardValue) -> ResponseReturnValue:
    look = value_page(db.session, actor=current_actor(), value=found)
    return render_template("board24/value.html", look=look, form=ReturnForm())


@bp.post("/values/<uuid:value_id>/confirm")
@authorized(P.BOARD_ENTER, load=values_of, key="value_id")
@once
def confirm(found: BoardValue) -> ResponseReturnValue:
    confirm_value(db.session, actor=current_actor(), value=found, now=clock.now())
    flash(_("Đã xác nhận. Số liệu có trên bảng."), "ok")
    return redirect_to("indicator_board.part", board_part=found.part)


@bp.post("/values/<uuid:value_id>/return")
@authorized(P.BOARD_ENTER, load=values_of, key="value_id")
@once
def give_back(found: BoardValue) -> ResponseReturnValue:
    form, actor = ReturnForm(), current_actor()
    if form.validate_on_submit():
        answer = str(form.answer.data)
        return_value(db.session, actor=actor, value=found, answer=answer, now=clock.now())
        flash(_("Đã trả lại kèm lý do."), "ok")
        return redirect_to("indicator_board.part", board_part=found.part)
    look = value_page(db.session, actor=actor, value=found)
    return render_form("board24/value.html", "board24/value.html", form, look=look)


@bp.get("/values/<uuid:value_id>/evidence")
@authorized(P.BOARD_READ, load=values_of, key="value_id")
def evidence(found: BoardValue) -> ResponseReturnValue:
    shown = with_file(db.session, found)
    if shown.file is None:
        abort(404)
    content = open_evidence(db.session, actor=current_actor(), value=shown, now=clock.now())
    kind = shown.file.media_type
    ending = ENDINGS.get(kind) or ("xlsx" if kind.endswith("sheet") else "docx")
    return _sandboxed(saved_file(content, kind, f"chi-tieu-{shown.part}-{shown.year}.{ending}"))


def _sandboxed(response: Response) -> Response:
    """A browser runs nothing of what was sent to us."""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/<board_part>/path", methods=["GET", "POST"])
@authorized(P.BOARD_PLAN)
@once
def path(board_part: str) -> ResponseReturnValue:
    part = part_of(board_part)
    last = newest_path(db.session, part.code)
    form = path_form(last, is_yearly=part.is_yearly)
    if form.validate_on_submit():
        with refusals_on(form):
            return _set_path(part, form)
    pages = ("board24/path.html", "board24/_path.html")
    shown = form.expected_version if form.is_submitted() else last.version if last else 0
    version = form.conflict.version if form.conflict else shown
    return render_form(*pages, form, form.conflict, part=part, version=version)


def _set_path(part: Part, form: PathForm) -> ResponseReturnValue:
    set_path(
        db.session,
        actor=current_actor(),
        part=part,
        data=form.typed(),
        expected=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã lưu mốc."), "ok")
    return redirect_to("indicator_board.part", board_part=part.code)
