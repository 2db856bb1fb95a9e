"""The work of making an export: the rows as the person who asked may see them now, a workbook."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.exporting import ExportRow, rules
from app.cases.models import Export
from app.cases.pages.documents import VI
from app.cases.services.exports import ListGrew, asker_of, keep_export, list_of
from app.core import clock
from app.core.tasks import TaskRun
from app.documents.workbook import Sheet, make_workbook
from app.web.filters import vn_datetime
from app.web.words import _


def make_export(run: TaskRun) -> None:
    """The work of a task of kind "export", in one transaction. Raises AskerChanged, ListGrew."""
    now = clock.now()
    with force_locale(VI), run.step() as session:
        export = session.get_one(Export, UUID(run.payload["export_id"]))
        asker = asker_of(session, export)
        rows = _rows(run, session, export, asker, now)
        sheet = _sheet(session, export, asker, now)
        xlsx = make_workbook(sheet, (row.cells for row in rows))
        keep_export(session, export=export, asker=asker, rows=rows, xlsx=xlsx, now=now)
        run.outcome = {"export_id": str(export.id), "rows": len(rows)}


def _rows(
    run: TaskRun, session: Session, export: Export, asker: Actor, now: datetime
) -> Sequence[ExportRow]:
    found: list[ExportRow] = []
    for batch in list_of(export).rows(session, asker, export.query, now):
        found += batch
        if len(found) > rules().most_rows:
            raise ListGrew
        run.progress(len(found), max(export.rows, len(found)))
    return found


def _sheet(session: Session, export: Export, asker: Actor, now: datetime) -> Sheet:
    listed = list_of(export)
    mark = _(
        "%(number)s, dành cho %(name)s (%(username)s), %(unit)s, lúc %(moment)s. Lý do: %(reason)s",
        number=export.number,
        name=asker.name,
        username=asker.username,
        unit=asker.unit_name,
        moment=vn_datetime(now),
        reason=" ".join((export.reason or "").split()),
    )
    words = "; ".join(listed.words(session, export.query, asker))
    return Sheet(
        title=export.number,
        author=asker.username,
        notices=(
            _("BẢN XUẤT %(mark)s", mark=mark),
            _("%(title)s. Điều kiện: %(words)s", title=listed.title, words=words),
            _("Có thông tin của trẻ em: không chuyển tiếp, không in thừa, xóa tệp khi dùng xong."),
        ),
        mark=mark,
        stamp=export.number,
        stamp_title=_("Bản xuất"),
        columns=[(str(c.title), c.width) for c in listed.columns_of(sections_of(asker))],
    )
