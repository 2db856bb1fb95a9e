"""The log as a spreadsheet, narrowed as the page of the log is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session

from app.audit.labels import GROUPS
from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, has_permission, sections_of
from app.cases.exporting import Cell, Column, Exported, ExportRow, Size, rules, titles_of
from app.cases.pages.audit import audit_query, read_audit_filter, trace_line
from app.cases.pages.export_work import list_file
from app.cases.pages.links import address_of, link
from app.cases.pages.list_filters import as_text
from app.cases.queries.audit import PAGE, AuditFilter, Trace, audit_events, count_events
from app.web.words import _, _l

KIND = "log"
_COLUMNS = (
    Column(None, _l("Lúc"), 18),
    Column(None, _l("Ai"), 30),
    Column(None, _l("Việc"), 28),
    Column(None, _l("Chi tiết"), 60),
    Column(None, _l("Hồ sơ"), 16),
    Column(None, _l("Số thứ tự trong nhật ký"), 14),
)


def _read(query: str) -> AuditFilter:
    """Without the page that was looked at: all that the filter finds."""
    return replace(read_audit_filter(dict(parse_qsl(query[:1000]))), before_id=None)


def _clean(query: str, _actor: Actor) -> str:
    return as_text(audit_query(_read(query)))


def _filters(query: str, _actor: Actor) -> Sequence[str]:
    return [name for name, value in audit_query(_read(query)).items() if value]


def _words(_session: Session, query: str, _actor: Actor) -> list[str]:
    wanted = audit_query(_read(query))
    said = [str(GROUPS[wanted["group"]][0])] if wanted["group"] else [_("Mọi loại sự kiện")]
    said += [value for name, value in wanted.items() if value and name != "group"]
    return said


def _sections(_query: str, actor: Actor) -> frozenset[Section]:
    """What the log shows depends on what its reader may know of."""
    return sections_of(actor)


def _size(session: Session, actor: Actor, query: str, _now: datetime) -> Size:
    return Size(*count_events(session, actor, _read(query), most=rules().most_rows))


def _rows(
    session: Session, actor: Actor, query: str, _now: datetime
) -> Iterator[Sequence[ExportRow]]:
    wanted, more = _read(query), True
    while more:
        found = audit_events(session, actor, wanted)
        more, page = len(found) > PAGE, found[:PAGE]
        yield [ExportRow(one.case_id, one.child_id, list(_cells(one))) for one in page]
        wanted = replace(wanted, before_id=page[-1].id) if page else wanted


def _cells(trace: Trace) -> Iterable[Cell]:
    line = trace_line(trace)
    yield from (line.when, line.who, line.what, line.detail, line.number, trace.id)


LOG = Exported(
    title=_l("Nhật ký kiểm tra"),
    permission=Permission.AUDIT_READ,
    may=lambda _session, actor, _query: has_permission(actor, Permission.AUDIT_READ),
    back=lambda query: address_of(link("audit.index"), query),
    clean=_clean,
    filters=_filters,
    words=_words,
    sections=_sections,
    contents=titles_of(_COLUMNS),
    size=_size,
    make=list_file(_COLUMNS, _rows),
)
