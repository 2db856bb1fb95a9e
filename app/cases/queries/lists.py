"""Lists of cases: by risk, then by days of silence; one statement for any filter."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.models import Absence, User
from app.auth.permissions import Section
from app.cases.enums import CaseState, RiskLevel
from app.cases.models import Case
from app.cases.policy import visible_to
from app.core import clock
from app.core.sealed import DataKey, open_field
from app.deadlines.queries import ClockView, clocks_of_all
from app.people.models import Child

DEFAULT_LIMIT = 25
Key = tuple[int, datetime, uuid.UUID]  # where a page begins: the sort columns of the row before it

_COLUMNS = (
    Case.id,
    Case.number,
    Case.state,
    Case.category,
    Case.risk_level,
    Case.risk_rank,
    Case.commune_code,
    Case.age_at_report,
    Case.do_not_contact,
    Case.opened_at,
    Case.last_event_at,
)


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What the reader asked to see: codes that stand in the address."""

    ended: bool = False
    risk: str = ""  # a level, or "none" for what is not assessed
    state: CaseState | None = None
    who: str = ""  # "mine" or "unassigned"
    commune: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of a list; the name only with the section of identity."""

    id: uuid.UUID
    number: str
    name: str | None
    state: CaseState
    category: str
    risk_level: RiskLevel | None
    commune_code: str | None
    age: int | None
    do_not_contact: bool
    opened_at: datetime
    last_event_at: datetime
    owner: str | None
    key: Key
    clock: ClockView | None


def list_cases(
    session: Session,
    actor: Actor,
    *,
    sections: frozenset[Section],
    wanted: ListFilter,
    after: Key | None = None,
    limit: int = DEFAULT_LIMIT,
) -> tuple[list[CaseRow], bool]:
    """(at most `limit` cases the actor may see, are there more); two statements."""
    cases = _filtered(_visible(actor, sections), actor, wanted)
    place = tuple_(Case.risk_rank, Case.last_event_at, Case.id)
    if after:
        cases = cases.where(place > after)
    ordered = cases.order_by(Case.risk_rank, Case.last_event_at, Case.id).limit(limit + 1)
    rows = session.execute(ordered).all()
    shown = rows[:limit]
    running = clocks_of_all(session, [row.id for row in shown]) if shown else {}
    return _rows(shown, running, sections), len(rows) > limit


def _visible(actor: Actor, sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    """The columns of a list over what the actor may see; an officer's list is that of the unit."""
    columns: list[Any] = [*_COLUMNS, User.name.label("owner_name")]
    cases = visible_to(actor)
    if Section.IDENTITY in sections:
        columns += [Child.full_name_sealed, DataKey.id.label("key_id"), DataKey.wrapped]
        columns.append(Child.id.label("child_id"))
    listed = cases.with_only_columns(*columns).join(User, User.id == Case.owner_id, isouter=True)
    if Section.IDENTITY in sections:
        listed = listed.join(Child, Child.id == Case.child_id)
        listed = listed.join(DataKey, DataKey.id == Child.key_id)
    if not sees_whole_area(actor):
        listed = listed.where(Case.unit_id == actor.unit_id)
    return listed


def _filtered(
    cases: Select[*tuple[Any, ...]], actor: Actor, wanted: ListFilter
) -> Select[*tuple[Any, ...]]:
    cases = cases.where(Case.is_ended.is_(wanted.ended))
    if wanted.risk == "none":
        cases = cases.where(Case.risk_level.is_(None))
    elif wanted.risk:
        cases = cases.where(Case.risk_level == wanted.risk)
    if wanted.state:
        cases = cases.where(Case.state == wanted.state)
    if wanted.who == "mine":
        cases = cases.where(Case.owner_id.in_(answered_for(actor)))
    elif wanted.who == "unassigned":
        cases = cases.where(Case.owner_id.is_(None))
    if wanted.commune:
        cases = cases.where(Case.commune_code == wanted.commune)
    return cases


def answered_for(actor: Actor) -> CompoundSelect[uuid.UUID]:
    """The person, and those for whom this one answers while they are away."""
    today = clock.today()
    away = select(Absence.user_id).where(
        Absence.deputy_id == actor.id,
        Absence.since_on <= today,
        Absence.until_on >= today,
        Absence.cancelled_at.is_(None),
    )
    return union_all(select(literal(actor.id)), away)


def _rows(
    rows: Sequence[Row[*tuple[Any, ...]]],
    running: dict[uuid.UUID, list[ClockView]],
    sections: frozenset[Section],
) -> list[CaseRow]:
    is_named = Section.IDENTITY in sections
    return [
        CaseRow(
            id=row.id,
            number=row.number,
            name=_name(row) if is_named else None,
            state=row.state,
            category=row.category.value,
            risk_level=row.risk_level,
            commune_code=row.commune_code,
            age=row.age_at_report,
            do_not_contact=row.do_not_contact,
            opened_at=row.opened_at,
            last_event_at=row.last_event_at,
            owner=row.owner_name,
            key=(row.risk_rank, row.last_event_at, row.id),
            clock=next(iter(running.get(row.id, ())), None),
        )
        for row in rows
    ]


def _name(row: Row[*tuple[Any, ...]]) -> str | None:
    key = (row.key_id, row.wrapped)
    return open_field(Child, "full_name", row.child_id, key, row.full_name_sealed)
