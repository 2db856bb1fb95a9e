"""What a list of cases is narrowed to: codes of the address, each answered by an index."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Absence, Role, User
from app.auth.permissions import Section
from app.cases.enums import CaseState
from app.cases.groups import open_codes
from app.cases.models import Case, Report
from app.cases.queries.list_order import SOON
from app.core import clock
from app.deadlines.models import Deadline

CLOCKS = ("missed", "soon", "none")
SILENCES = (7, 14, 30)  # days


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What the reader asked to see: codes that stand in the address."""

    ended: bool = False
    risk: str = ""  # a level, or "none" for what is not assessed
    state: CaseState | None = None
    who: str = ""  # "mine" or "unassigned"
    owner: uuid.UUID | None = None
    clock: str = ""  # of CLOCKS
    group: str = ""  # of children in special circumstances
    abuse: str = ""
    commune: str = ""
    silence: int = 0  # days without an entry
    late_visit: bool = False


EVERYTHING = ListFilter()
NARROWING = (
    *("who", "owner", "risk", "state", "clock", "late_visit"),
    *("silence", "group", "abuse", "commune"),
)


def without(wanted: ListFilter, name: str) -> ListFilter:
    """The filter with one of NARROWING taken out."""
    return replace(wanted, **{name: getattr(EVERYTHING, name)})


def active(wanted: ListFilter) -> list[str]:
    """Those of NARROWING that leave cases out."""
    return [name for name in NARROWING if getattr(wanted, name) != getattr(EVERYTHING, name)]


def narrowed(
    cases: Select[*tuple[Any, ...]],
    actor: Actor,
    wanted: ListFilter,
    *,
    sections: frozenset[Section],
    now: datetime,
) -> Select[*tuple[Any, ...]]:
    """The cases among these that are wanted; a group of a closed section matches none."""
    conditions = [
        Case.is_ended.is_(wanted.ended),
        *_of_the_work(actor, wanted),
        *_of_time(wanted, now),
    ]
    if wanted.commune:
        conditions.append(Case.commune_code == wanted.commune)
    if wanted.abuse:
        conditions.append(Case.abuse_forms.op("?", is_comparison=True)(wanted.abuse))
    if wanted.group:
        conditions.append(_in_group(open_codes(wanted.group, sections)))
    return cases.where(*conditions)


def _of_the_work(actor: Actor, wanted: ListFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.risk:
        level = None if wanted.risk == "none" else wanted.risk
        found.append(Case.risk_level.is_(None) if level is None else Case.risk_level == level)
    if wanted.state:
        found.append(Case.state == wanted.state)
    if wanted.who == "mine":
        found.append(Case.owner_id.in_(answered_for(actor)))
    elif wanted.who == "unassigned":
        found.append(Case.owner_id.is_(None))
    if wanted.owner:
        found.append(Case.owner_id == wanted.owner)
    return found


def _of_time(wanted: ListFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.clock:
        found.append(_with_clock(wanted.clock, now))
    if wanted.silence:
        found.append(Case.last_event_at <= now - timedelta(days=wanted.silence))
    if wanted.late_visit:
        found += [Case.next_visit_at < now, Case.is_ended.is_(False)]
    return found


def _with_clock(wanted: str, now: datetime) -> ColumnElement[bool]:
    running = (  # whatever else the statement reads of the clocks
        select(Deadline.id)
        .where(Deadline.subject_id == Case.id, Deadline.closed_at.is_(None))
        .correlate(Case)
    )
    due = Deadline.effective_due_at
    if wanted == "missed":
        return running.where(due < now).exists()
    if wanted == "soon":
        return running.where(due.between(now, now + SOON)).exists()
    return ~running.exists()


def _in_group(codes: list[str]) -> ColumnElement[bool]:
    wanted = bindparam("group_codes", codes, type_=ARRAY(TEXT), unique=True)
    reports = select(Report.id).where(Report.sc_groups.op("?|", is_comparison=True)(wanted))
    return Case.report_id.in_(reports)


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


def people_of(session: Session, unit_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of who answers or answered for cases in a unit, by name."""
    workers = (
        select(User.id, User.name)
        .where(User.unit_id == unit_id, User.role == Role.CP_WORKER)
        .order_by(User.name, User.id)
    )
    return [(row.id, row.name) for row in session.execute(workers)]
