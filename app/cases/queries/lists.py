"""Lists of cases; one statement for any filter."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Row, Select, func, literal, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.models import User
from app.auth.permissions import Section, sections_of
from app.cases.enums import CaseState, RiskLevel
from app.cases.models import Case, Report
from app.cases.policy import visible_to
from app.cases.queries.list_filters import ListFilter, active, narrowed, without
from app.cases.queries.list_order import Key, ended_places, places
from app.core.sealed import DataKey, open_field
from app.deadlines.queries import ClockView, clocks_of_all
from app.people.models import Child

DEFAULT_LIMIT = 25

_COLUMNS = (
    Case.id,
    Case.child_id,
    Case.number,
    Case.state,
    Case.category,
    Case.risk_level,
    Case.risk_rank,
    Case.commune_code,
    Case.age_at_report,
    Case.do_not_contact,
    Case.opened_at,
    Case.first_opened_at,
    Case.last_event_at,
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of a list; the name only with the section of identity, the danger with the event."""

    id: uuid.UUID
    child_id: uuid.UUID
    number: str
    name: str | None
    state: CaseState
    category: str
    risk_level: RiskLevel | None
    commune_code: str | None
    age: int | None
    do_not_contact: bool
    reported_danger: bool
    is_new: bool
    opened_at: datetime
    last_event_at: datetime
    owner: str | None
    key: Key
    clocks: Sequence[ClockView]  # those that run, the first to run out first


def list_cases(
    session: Session,
    actor: Actor,
    *,
    sections: frozenset[Section],
    wanted: ListFilter,
    after: Key | None = None,
    limit: int = DEFAULT_LIMIT,
    now: datetime,
) -> tuple[list[CaseRow], bool]:
    """(at most `limit` cases the actor may see, are there more); two statements."""
    is_area = sees_whole_area(actor)
    cases = narrowed(_listed(visible_to(actor), actor), actor, wanted, sections=sections, now=now)
    if wanted.ended:
        page = ended_places(cases, after=after, most=limit + 1)
    else:
        unit_id = None if is_area else actor.unit_id
        page = places(
            cases, sections=sections, unit_id=unit_id, after=after, most=limit + 1, now=now
        )
    rows = session.execute(_rows_at(page, sections).limit(limit + 1)).all()
    shown = rows[:limit]
    running = clocks_of_all(session, [row.id for row in shown]) if shown else {}
    return _rows(shown, running, sections), len(rows) > limit


def _rows_at(page: CTE, sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    """The columns of the cases of a page; what a closed section holds is not among them."""
    columns: list[Any] = [*_COLUMNS, User.name.label("owner_name"), page.c.rank, page.c.moment]
    if Section.IDENTITY in sections:
        columns += [Child.full_name_sealed, DataKey.id.label("key_id"), DataKey.wrapped]
    if Section.EVENT in sections:
        columns.append(Report.is_present_danger)
    rows = (
        select(*columns)
        .select_from(page)
        .join(Case, Case.id == page.c.id)
        .join(User, User.id == Case.owner_id, isouter=True)
    )
    if Section.IDENTITY in sections:
        rows = rows.join(Child, Child.id == Case.child_id)
        rows = rows.join(DataKey, DataKey.id == Child.key_id)
    if Section.EVENT in sections:
        rows = rows.join(Report, Report.id == Case.report_id)
    return rows.order_by(page.c.rank, page.c.moment, page.c.id)


def count_cases(
    session: Session, actor: Actor, *, wanted: ListFilter, most: int, now: datetime
) -> tuple[int, int]:
    """(cases, children) of the list of this actor; of more than `most` cases no more are counted
    than one. One statement."""
    found = narrowed(
        _listed(visible_to(actor), actor), actor, wanted, sections=sections_of(actor), now=now
    )
    some = found.with_only_columns(Case.child_id).limit(most + 1).subquery()
    row = session.execute(
        select(func.count(), func.count(some.c.child_id.distinct())).select_from(some)
    ).one()
    return row[0], row[1]


def _listed(cases: Select[*tuple[Any, ...]], actor: Actor) -> Select[*tuple[Any, ...]]:
    return cases if sees_whole_area(actor) else cases.where(Case.unit_id == actor.unit_id)


def would_show(
    session: Session,
    actor: Actor,
    *,
    sections: frozenset[Section],
    wanted: ListFilter,
    now: datetime,
) -> list[str]:
    """Of the filters of an empty list: those that, taken out alone, leave cases to show.

    One statement, each part of which ends at the first case it finds.
    """
    cases, names = _listed(visible_to(actor), actor).with_only_columns(literal(1)), active(wanted)
    found = [
        narrowed(cases, actor, without(wanted, name), sections=sections, now=now)
        .limit(1)
        .exists()
        .label(name)
        for name in names
    ]
    if not found:
        return []
    row = session.execute(select(*found)).one()
    return [name for name in names if row._mapping[name]]


def _rows(
    rows: Sequence[Row[*tuple[Any, ...]]],
    running: dict[uuid.UUID, list[ClockView]],
    sections: frozenset[Section],
) -> list[CaseRow]:
    is_named = Section.IDENTITY in sections
    return [
        CaseRow(
            id=row.id,
            child_id=row.child_id,
            number=row.number,
            name=_name(row) if is_named else None,
            state=row.state,
            category=row.category.value,
            risk_level=row.risk_level,
            commune_code=row.commune_code,
            age=row.age_at_report,
            do_not_contact=row.do_not_contact,
            reported_danger=bool(getattr(row, "is_present_danger", False)),
            is_new=row.first_opened_at is None,
            opened_at=row.opened_at,
            last_event_at=row.last_event_at,
            owner=row.owner_name,
            key=(row.rank, row.moment, row.id),
            clocks=running.get(row.id, ()),
        )
        for row in rows
    ]


def _name(row: Row[*tuple[Any, ...]]) -> str | None:
    key = (row.key_id, row.wrapped)
    return open_field(Child, "full_name", row.child_id, key, row.full_name_sealed)
