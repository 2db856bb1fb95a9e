"""The entries of a case's timeline, as far as the reader's sections open them."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    null,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.labels import LOG_FILTERS
from app.cases.models import Case, CaseEvent, Report
from app.cases.queries.account import is_account_open
from app.core.sealed import DataKey, open_field

PAGE = 50
PICTURE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Of a closed section only its kind of agency and its time are known."""

    id: uuid.UUID
    kind: EventKind
    section: Section
    lane: str
    happened_at: datetime
    typed_at: datetime
    is_locked: bool
    subject_id: uuid.UUID | None = None
    facts: dict[str, Any] | None = None
    note: str | None = None
    by_name: str | None = None
    unit_name: str | None = None
    is_note_closed: bool = False  # it repeats what the report tells, which is closed

    def fact(self, name: str) -> Any:
        return (self.facts or {}).get(name)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the reader asked to see: codes from the address. `before` is a key (time, id)."""

    kind: str = ""
    agency: str = ""
    before: tuple[datetime, uuid.UUID] | None = None
    until: datetime | None = None

    @property
    def kinds(self) -> frozenset[EventKind] | None:
        return LOG_FILTERS[self.kind][1] if self.kind in LOG_FILTERS else None

    @property
    def is_plain(self) -> bool:
        return self.before is None and self.until is None

    def keeps(self, entry: Entry) -> bool:
        """A locked entry belongs to no kind: its kind is not the reader's to know."""
        kinds = self.kinds
        return (not self.agency or entry.lane == self.agency) and (
            kinds is None or (not entry.is_locked and entry.kind in kinds)
        )


def entries(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    wanted: LogFilter,
    limit: int = PAGE,
) -> list[Entry]:
    """At most `limit` + 1 entries that the filter keeps, the newest first."""
    found = session.execute(
        _page(sections, wanted.agency, wanted.kinds, bool(wanted.before), bool(wanted.until)),
        {
            "case_id": case_id,
            "before_at": wanted.before[0] if wanted.before else None,
            "before_id": wanted.before[1] if wanted.before else None,
            "until": wanted.until,
            "most": limit + 1,
        },
    )
    return _opened(found.all(), sections)


@lru_cache(maxsize=256)
def _page(
    sections: frozenset[Section],
    agency: str,
    kinds: frozenset[EventKind] | None,
    has_before: bool,
    has_until: bool,
) -> Select[*tuple[Any, ...]]:
    """The statement of one page of the log, built once: building it costs more than running it."""
    rows = _statement(sections).where(CaseEvent.case_id == bindparam("case_id"))
    if agency:
        rows = rows.where(CaseEvent.lane == agency)
    if kinds is not None:
        rows = rows.where(CaseEvent.kind.in_(kinds), CaseEvent.section.in_(sections))
    place = tuple_(CaseEvent.happened_at, CaseEvent.id)
    if has_before:
        before = tuple_(
            bindparam("before_at", type_=CaseEvent.happened_at.type),
            bindparam("before_id", type_=CaseEvent.id.type),
        )
        rows = rows.where(place < before)
    if has_until:
        rows = rows.where(CaseEvent.happened_at < bindparam("until"))
    newest = rows.order_by(CaseEvent.happened_at.desc(), CaseEvent.id.desc())
    return newest.limit(bindparam("most", type_=Integer))


def picture_entries(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[Entry]:
    """Every entry without its words, for the picture of a long case; the first ones if too many."""
    columns = (CaseEvent.id, CaseEvent.kind, CaseEvent.section, CaseEvent.lane)
    rows = session.execute(
        select(*columns, CaseEvent.happened_at, CaseEvent.typed_at)
        .where(CaseEvent.case_id == case_id)
        .order_by(CaseEvent.happened_at, CaseEvent.id)
        .limit(PICTURE_LIMIT)
    )
    return [Entry(*row, is_locked=row.section not in sections) for row in rows]


@lru_cache(maxsize=64)
def _statement(sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    """The columns of entries; facts and note are not even read from a closed section."""
    is_open = CaseEvent.section.in_(sorted(sections))
    is_told = ~CaseEvent.tells_account | _account_open(sections)
    return (
        select(
            CaseEvent.id,
            CaseEvent.kind,
            CaseEvent.section,
            CaseEvent.lane,
            CaseEvent.happened_at,
            CaseEvent.typed_at,
            case((is_open, CaseEvent.subject_id), else_=null()).label("subject_id"),
            case((is_open, CaseEvent.facts), else_=null()).label("facts"),
            case((and_(is_open, is_told), CaseEvent.note_sealed), else_=null()).label(
                "note_sealed"
            ),
            and_(~is_told, CaseEvent.note_sealed.is_not(None)).label("is_note_closed"),
            User.name,
            Unit.short_name,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == CaseEvent.key_id)
        .join(User, User.id == CaseEvent.by_id, isouter=True)
        .join(Unit, Unit.id == CaseEvent.unit_id, isouter=True)
    )


def _account_open(sections: frozenset[Section]) -> ColumnElement[bool]:
    """Is what the report of the entry's case tells open? Asked where it could not be only."""
    if sections >= {Section.EVENT, Section.SEXUAL_ABUSE}:
        return true()
    told = select(is_account_open(sections)).join(Case, Case.report_id == Report.id)
    return told.where(Case.id == CaseEvent.case_id).scalar_subquery()


def _opened(rows: Sequence[Row[*tuple[Any, ...]]], sections: Collection[Section]) -> list[Entry]:
    return [_entry(row, is_locked=row.section not in sections) for row in rows]


def _entry(row: Row[*tuple[Any, ...]], *, is_locked: bool) -> Entry:
    note = None
    if not is_locked and row.note_sealed is not None:
        key = (row.key_id, row.wrapped)
        note = open_field(CaseEvent, "note", row.id, key, row.note_sealed)
    return Entry(
        id=row.id,
        kind=row.kind,
        section=row.section,
        lane=row.lane,
        happened_at=row.happened_at,
        typed_at=row.typed_at,
        is_locked=is_locked,
        subject_id=row.subject_id,
        facts=row.facts,
        note=note,
        by_name=None if is_locked else row.name,
        unit_name=None if is_locked else row.short_name,
        is_note_closed=not is_locked and row.is_note_closed,
    )
