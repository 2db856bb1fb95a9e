"""The register as a spreadsheet."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, has_permission, sections_of
from app.cases.exporting import Cell, Column, Exported, ExportRow, Size, rules, titles_of
from app.cases.groups import CLOSED
from app.cases.pages.export_work import list_file
from app.cases.pages.links import address_of, link
from app.cases.pages.list_filters import as_text, commune_label
from app.core import clock
from app.people.models import Sex
from app.register.groups import AT_RISK, label, section_of
from app.register.pages.filters import AGES, named_filters, query_of, read_filter
from app.register.pages.listing import age_words
from app.register.queries.filters import RegisterFilter
from app.register.queries.listing import RegisterRow, count_children, list_children
from app.register.words import text_of
from app.web.filters import vn_date
from app.web.words import _, _l

KIND = "register"
_BATCH = 100
S = Section
_COLUMNS = (
    Column(S.IDENTITY, _l("Họ và tên"), 26),
    Column(S.IDENTITY, _l("Tuổi"), 14),
    Column(S.IDENTITY, _l("Giới tính"), 9),
    Column(None, _l("Hồ sơ"), 16),
    Column(None, _l("Xã, phường"), 20),
    Column(None, _l("Nhóm"), 52),
    Column(None, _l("Thuộc nhóm từ ngày"), 12),
    Column(None, _l("Hộ nghèo, hộ cận nghèo"), 18),
    Column(None, _l("Rà soát hằng năm"), 14),
)
_SEXES = {Sex.MALE: _l("nam"), Sex.FEMALE: _l("nữ")}


def _read(query: str, actor: Actor) -> RegisterFilter:
    return read_filter(dict(parse_qsl(query[:1000])), sections_of(actor), clock.today())


def _clean(query: str, actor: Actor) -> str:
    return as_text(query_of(_read(query, actor), clock.today()))


def _filters(query: str, actor: Actor) -> Sequence[str]:
    return named_filters(_read(query, actor)).split()


def _words(session: Session, query: str, actor: Actor) -> list[str]:
    wanted = _read(query, actor)
    said = [_("Tính đến ngày %(day)s", day=vn_date(wanted.on)), _group_words(wanted)]
    if wanted.poverty:
        said.append(text_of("household_poverty", wanted.poverty))
    said.append(str(AGES[wanted.age]))
    if wanted.commune:
        said.append(commune_label(wanted.commune))
    return said


def _group_words(wanted: RegisterFilter) -> str:
    if wanted.is_due:
        return _("Chưa rà soát năm %(year)s", year=wanted.on.year)
    if not wanted.group:
        return _("Thuộc 14 nhóm")
    if wanted.group == AT_RISK or not wanted.no_sub:
        return label(wanted.group, wanted.sub or None)
    return _("%(group)s (chưa rõ nhóm nhỏ)", group=label(wanted.group))


def _sections(query: str, actor: Actor) -> frozenset[Section]:
    """The list of a reader of the confidential groups is longer than that of others: its length,
    and who is in it, are for those who could read the same."""
    return sections_of(actor) & {S.IDENTITY, S.EVENT, *CLOSED}


def _size(session: Session, actor: Actor, query: str, now: datetime) -> Size:
    most = rules().most_rows
    children = count_children(session, actor, wanted=_read(query, actor), most=most)
    return Size(children, children)


def _rows(
    session: Session, actor: Actor, query: str, now: datetime
) -> Iterator[Sequence[ExportRow]]:
    wanted, sections = _read(query, actor), sections_of(actor)
    after: uuid.UUID | None = None
    more = True
    while more:
        rows, more = list_children(session, actor, wanted=wanted, after=after, limit=_BATCH)
        yield [_row(row, sections) for row in rows]
        after = rows[-1].child_id if rows else None


def _row(row: RegisterRow, sections: frozenset[Section]) -> ExportRow:
    held = {section_of(one.group_code, one.sub_code) for one in row.memberships}
    closed = frozenset() if S.EVENT in held else frozenset(held)
    return ExportRow(row.case_id, row.child_id, list(_cells(row, sections)), closed)


def _cells(row: RegisterRow, sections: frozenset[Section]) -> Iterable[Cell]:
    if S.IDENTITY in sections:
        yield row.name or _("Chưa rõ tên")
        yield age_words(row.age)
        yield str(_SEXES.get(row.sex, "")) if row.sex else ""
    yield row.case_number
    yield commune_label(row.commune_code)
    yield "; ".join(label(one.group_code, one.sub_code) for one in row.memberships)
    yield min(one.since for one in row.memberships)
    yield text_of("household_poverty", row.memberships[0].poverty)
    is_due = any(not one.is_reviewed for one in row.memberships)
    yield _("chưa rà soát") if is_due else _("đã rà soát")


CHILDREN = Exported(
    title=_l("Danh sách trẻ em có hoàn cảnh đặc biệt"),
    permission=Permission.REGISTER_READ,
    may=lambda _session, actor, _query: has_permission(actor, Permission.REGISTER_READ),
    back=lambda query: address_of(link("register.index"), query),
    clean=_clean,
    filters=_filters,
    words=_words,
    sections=_sections,
    contents=titles_of(_COLUMNS),
    size=_size,
    make=list_file(_COLUMNS, _rows),
)
