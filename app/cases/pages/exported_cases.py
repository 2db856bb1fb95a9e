"""The list of cases as a spreadsheet."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, has_permission, sections_of
from app.cases.exporting import Cell, Column, Exported, ExportRow, Size, rules, titles_of
from app.cases.groups import CLOSED, open_codes, section_of_group
from app.cases.labels import STATES, category_short
from app.cases.pages import clocks as clock_words
from app.cases.pages.export_work import list_file
from app.cases.pages.links import address_of, link
from app.cases.pages.list_filters import chips, commune_label, query_text, read_list_filter
from app.cases.pages.lists import RISKS
from app.cases.queries.list_filters import ListFilter, active, people_of
from app.cases.queries.lists import CaseRow, count_cases, list_cases
from app.core import clock
from app.web.words import _, _l

KIND = "cases"
_BATCH = 100
S = Section
_COLUMNS = (
    Column(None, _l("Hồ sơ"), 16),
    Column(S.IDENTITY, _l("Họ và tên"), 26),
    Column(None, _l("Tuổi khi tiếp nhận"), 9),
    Column(None, _l("Xã, phường"), 20),
    Column(None, _l("Loại"), 24),
    Column(None, _l("Nguy cơ"), 18),
    Column(S.EVENT, _l("Đang nguy hiểm"), 12),
    Column(None, _l("Liên hệ người chăm sóc"), 14),
    Column(None, _l("Bước"), 22),
    Column(None, _l("Hạn gần nhất"), 26),
    Column(None, _l("Đến ngày"), 12),
    Column(None, _l("Ngày tiếp nhận"), 12),
    Column(None, _l("Cập nhật lần cuối"), 12),
    Column(None, _l("Phụ trách"), 22),
)


def _read(query: str, actor: Actor) -> ListFilter:
    return read_list_filter(dict(parse_qsl(query[:1000])), actor)


def _clean(query: str, actor: Actor) -> str:
    return query_text(_read(query, actor))


def _filters(query: str, actor: Actor) -> Sequence[str]:
    return active(_read(query, actor))


def _words(session: Session, query: str, actor: Actor) -> list[str]:
    """In the words of whoever reads it: "I" is named."""
    wanted = _read(query, actor)
    people = people_of(session, actor.unit_id) if wanted.owner else []
    said = [chip.label for chip in chips(wanted, "", people, limit="", helping=())]
    if wanted.who == "mine":
        said[0] = _("%(name)s phụ trách", name=actor.name)
    return [_("Đã kết thúc") if wanted.ended else _("Đang mở"), *said]


def _sections(query: str, actor: Actor) -> frozenset[Section]:
    """With what opens the confidential groups that are asked for."""
    own, wanted = sections_of(actor), _read(query, actor)
    needed = own & {S.IDENTITY, S.EVENT}
    return needed | _closed(wanted, own)


def _closed(wanted: ListFilter, own: frozenset[Section]) -> frozenset[Section]:
    """Which confidential sections the group that is asked for, or its sub-groups, belong to."""
    codes = open_codes(wanted.group, own) if wanted.group else []
    return CLOSED.intersection(section_of_group(code) for code in codes)


def _size(session: Session, actor: Actor, query: str, now: datetime) -> Size:
    most = rules().most_rows
    return Size(*count_cases(session, actor, wanted=_read(query, actor), most=most, now=now))


def _rows(
    session: Session, actor: Actor, query: str, now: datetime
) -> Iterator[Sequence[ExportRow]]:
    wanted, sections = _read(query, actor), sections_of(actor)
    closed = _closed(wanted, sections)
    after, more, seen = None, True, set()
    while more:
        rows, more = list_cases(
            session, actor, sections=sections, wanted=wanted, after=after, limit=_BATCH, now=now
        )
        new = [row for row in rows if row.id not in seen]  # one that moved on meanwhile
        seen |= {row.id for row in rows}
        yield [ExportRow(row.id, row.child_id, list(_cells(row, sections)), closed) for row in new]
        after = rows[-1].key if rows else None


def _cells(row: CaseRow, sections: frozenset[Section]) -> Iterable[Cell]:
    due = row.clocks[0] if row.clocks else None
    yield row.number
    if S.IDENTITY in sections:
        yield row.name or _("Chưa rõ tên")
    yield row.age
    yield commune_label(row.commune_code)
    yield category_short(row.category)
    yield str(RISKS[row.risk_level.value if row.risk_level else ""][2])
    if S.EVENT in sections:
        yield _("có") if clock_words.is_in_danger(row.reported_danger, row.clocks) else ""
    yield _("không liên hệ") if row.do_not_contact else ""
    yield str(STATES[row.state])
    yield str(due.title) if due else ""
    yield clock.local(due.effective_due_at).date() if due else None
    yield clock.local(row.opened_at).date()
    yield clock.local(row.last_event_at).date()
    yield row.owner or ""


CASES = Exported(
    title=_l("Danh sách hồ sơ"),
    permission=Permission.CASE_LIST,
    may=lambda _session, actor, _query: has_permission(actor, Permission.CASE_LIST),
    back=lambda query: address_of(link("cases.index"), query),
    clean=_clean,
    filters=_filters,
    words=_words,
    sections=_sections,
    contents=titles_of(_COLUMNS),
    size=_size,
    make=list_file(_COLUMNS, _rows),
)
