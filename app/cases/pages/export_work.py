"""The work of making an export, as the person who asked may see things now; lists as workbooks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import read_as
from app.auth.permissions import sections_of
from app.cases.exporting import EXPORTS, Column, ExportRow, Made, columns_of, rules
from app.cases.models import Export
from app.cases.pages.documents import VI
from app.cases.services.exports import ListGrew, asker_of, keep_export, kind_of
from app.core import clock
from app.core.tasks import TaskRun
from app.documents.workbook import Sheet, make_workbook
from app.web.filters import vn_datetime
from app.web.words import _

Rows = Callable[[Session, Actor, str, datetime], Iterable[Sequence[ExportRow]]]


def make_export(run: TaskRun) -> None:
    """The work of a task of kind "export". Raises AskerChanged, ListGrew."""
    now, export_id = clock.now(), UUID(run.payload["export_id"])
    with force_locale(VI):
        with opened(run, export_id) as (_session, export, _asker):
            kind = export.kind
        made = EXPORTS[kind].make(run, export_id, now)
        with opened(run, export_id) as (session, export, asker):
            keep_export(session, export=export, asker=asker, made=made, now=now)
        run.outcome = {"export_id": str(export_id), "rows": len(made.rows)}


@contextmanager
def opened(run: TaskRun, export_id: UUID) -> Iterator[tuple[Session, Export, Actor]]:
    """A step of the work, with the person who asked as they are at this moment: no row is read that
    they could not. Raises AskerChanged."""
    with run.step() as session:
        export = session.get_one(Export, export_id)
        asker = asker_of(session, export)
        read_as(session, asker)
        yield session, export, asker


def list_file(columns: Sequence[Column], rows: Rows) -> Callable[[TaskRun, UUID, datetime], Made]:
    """The `make` of a list: `rows` in batches, as the person may see them at that moment."""

    def make(run: TaskRun, export_id: UUID, now: datetime) -> Made:
        with opened(run, export_id) as (session, export, asker):
            batches = rows(session, asker, export.query, now)
            found = _gathered(run, export.rows, batches)
            sheet = _sheet(session, export, asker, columns, now)
        return Made(make_workbook(sheet, (row.cells for row in found)), found)

    return make


def _gathered(
    run: TaskRun, expected: int, batches: Iterable[Sequence[ExportRow]]
) -> list[ExportRow]:
    found: list[ExportRow] = []
    for batch in batches:
        found += batch
        if len(found) > rules().most_rows:
            raise ListGrew
        run.progress(len(found), max(expected, len(found)))
    return found


def mark_of(export: Export, asker: Actor, now: datetime) -> str:
    """Who, when and for what: it stands on whatever leaves."""
    return _(
        "%(number)s, dành cho %(name)s (%(username)s), %(unit)s, lúc %(moment)s. Lý do: %(reason)s",
        number=export.number,
        name=asker.name,
        username=asker.username,
        unit=asker.unit_name,
        moment=vn_datetime(now),
        reason=" ".join((export.reason or "").split()),
    )


def _sheet(
    session: Session, export: Export, asker: Actor, columns: Sequence[Column], now: datetime
) -> Sheet:
    kind, mark = kind_of(export), mark_of(export, asker, now)
    words = "; ".join(kind.words(session, export.query, asker))
    return Sheet(
        title=export.number,
        author=asker.username,
        notices=(
            _("BẢN XUẤT %(mark)s", mark=mark),
            _("%(title)s. Điều kiện: %(words)s", title=kind.title, words=words),
            _("Có thông tin của trẻ em: không chuyển tiếp, không in thừa, xóa tệp khi dùng xong."),
        ),
        mark=mark,
        stamp=export.number,
        stamp_title=_("Bản xuất"),
        columns=[(str(c.title), c.width) for c in columns_of(columns, sections_of(asker))],
    )
