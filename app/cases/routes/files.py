"""Documents of a case: listed, added, opened, taken out."""

import uuid

from flask import Blueprint, Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.files import FileForm, RemoveFileForm
from app.cases.models import Case, CaseFile
from app.cases.pages.files import FILES_SHOWN, files_page
from app.cases.pages.head import read_head
from app.cases.pages.log import read_time_key
from app.cases.queries.files import closed_files, file_of, files_of
from app.cases.routes.refusals import refusals_on
from app.cases.services.files import FileData, add_file, open_file, remove_file
from app.core import clock
from app.core.db import db
from app.documents.examine import examine
from app.documents.models import Copy
from app.web.paging import limit_arg
from app.web.responses import redirect_to, render_form
from app.web.uploads import body_limit

bp = Blueprint("files", __name__, url_prefix="/cases/<uuid:case_id>/files")
MOST_BYTES = 32 * 1024 * 1024  # more than a file may have: the form itself says what is too large
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
}


@bp.get("/")
@authorized(Permission.FILE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, limit = current_actor(), limit_arg(FILES_SHOWN)
    sections, after = sections_of(actor), read_time_key(request.args.get("after", ""))
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    found = files_of(db.session, case.id, sections=sections, after=after, limit=limit)
    closed = closed_files(db.session, case.id, sections=sections)
    page = files_page(found, case=case, actor=actor, closed=closed, limit=limit)
    return render_template("files/index.html", head=head, page=page, case=case)


@body_limit(MOST_BYTES)
@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.FILE_ADD, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    actor = current_actor()
    form = FileForm(sections=sections_of(actor), kind=request.args.get("kind"))
    if form.validate_on_submit():
        with refusals_on(form):
            return _add(case, form)
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    return render_form("files/new.html", "files/_form.html", form, case=case, head=head)


@bp.get("/<uuid:file_id>")
@authorized(Permission.FILE_READ, load=policy.case_file, key="case_id")
def read(case: Case, file_id: uuid.UUID) -> ResponseReturnValue:
    """The stripped copy; `?original=1` the one that was sent, as evidence."""
    file, actor = _known(case, file_id), current_actor()
    copy = Copy.ORIGINAL if request.args.get("original") == "1" else Copy.SERVED
    content = open_file(db.session, actor=actor, case=case, file=file, copy=copy, now=clock.now())
    return sent_file(case.number, file, content)


@bp.route("/<uuid:file_id>/remove", methods=["GET", "POST"])
@authorized(Permission.FILE_ADD, load=policy.case_file, key="case_id")
@once
def remove(case: Case, file_id: uuid.UUID) -> ResponseReturnValue:
    file, form, actor, now = _known(case, file_id), RemoveFileForm(), current_actor(), clock.now()
    if form.validate_on_submit():
        reason = form.reason.data
        remove_file(db.session, actor=actor, case=case, file=file, reason=reason, now=now)
        flash(_("Đã gỡ tài liệu. Việc gỡ và lý do có trong nhật ký."), "ok")
        return redirect_to("files.index", case_id=case.id)
    head = read_head(db.session, actor=actor, case=case, now=now)
    pages = ("files/remove.html", "files/_remove.html")
    return render_form(*pages, form, case=case, head=head, file=file)


def _known(case: Case, file_id: uuid.UUID) -> CaseFile:
    sections = sections_of(current_actor())
    return file_of(db.session, case.id, file_id, sections=sections) or abort(404)


def _add(case: Case, form: FileForm) -> ResponseReturnValue:
    content = form.content()
    data = FileData(
        content=content,
        examined=examine(content),
        kind=str(form.kind.data),
        section=form.chosen_section,
        title=form.title.data,
        happened_at=form.happened_at.data or clock.now(),
    )
    add_file(db.session, actor=current_actor(), case=case, data=data, now=clock.now())
    flash(_("Đã thêm tài liệu."), "ok")
    return redirect_to("files.index", case_id=case.id)


def sent_file(number: str, file: CaseFile, content: bytes) -> Response:
    """To be saved under a name that says nothing; a browser runs nothing of it."""
    name = f"{number}-{file.id.hex[-8:]}"
    known = EXTENSIONS.get(file.file.media_type) or _office(file.file.media_type)
    response = Response(content, mimetype=file.file.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{known}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _office(media_type: str) -> str:
    return "xlsx" if media_type.endswith("sheet") else "docx"
