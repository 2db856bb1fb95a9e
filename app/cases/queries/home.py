"""What the home pages count and list."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, case, func, or_, tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Section
from app.cases.enums import CaseState, RiskLevel
from app.cases.models import Case, Report
from app.cases.policy import visible_to
from app.cases.queries.list_order import SOON
from app.core.sealed import DataKey, open_field
from app.deadlines.models import Deadline
from app.deadlines.queries import ClockView, open_clocks_of_unit
from app.people.models import Child

# tier; is it not late, not in danger, not new; when it is due: the smallest comes first
Urgency = tuple[int, bool, bool, bool, datetime]
PRESSING, LATE, SOON_DUE, OTHER = range(4)  # tiers: what presses less never hides the rest
CLOCKS_SHOWN = 50
CASES_SHOWN = 150
HOURS = frozenset({"T_ROUTE", "T_EMERG"})  # clocks that run out within a day
# how heavy an open case weighs on who works it
WEIGHTS = {RiskLevel.HIGH: 3, RiskLevel.MEDIUM: 2, RiskLevel.LOW: 1}
UNASSESSED_WEIGHT = 2


class TodayCase(NamedTuple):
    """A case that asks for something today, with its running clock that runs out first."""

    id: uuid.UUID
    number: str
    name: str | None
    state: CaseState
    is_emergency: bool
    is_assessed: bool
    is_new: bool
    reported_danger: bool
    opened_at: datetime
    clocks: Sequence[ClockView]
    visit_at: datetime | None  # a visit that is missed or due soon

    @property
    def clock(self) -> ClockView | None:
        return self.clocks[0] if self.clocks else None


class Load(NamedTuple):
    """The open cases of one commune."""

    commune_code: str | None
    cases: int
    weight: int
    unassigned: int


class ClockLine(NamedTuple):
    """One running clock of a list, with the case it belongs to."""

    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    commune_code: str | None
    rule_key: str
    rule_version: int
    effective_due_at: datetime
    is_extended: bool


def cases_of_today(
    session: Session, actor: Actor, *, sections: frozenset[Section], now: datetime
) -> list[TodayCase]:
    """The unit's cases with a clock or a visit that is missed or due soon, new and unverified
    ones.

    Two statements. What is late comes first, a clock of hours before a visit; then what a report
    calls present danger, then what nobody has opened, then what runs out first.
    """
    clocks = open_clocks_of_unit(session, actor.unit_id, limit=CLOCKS_SHOWN)
    running: dict[uuid.UUID, list[ClockView]] = {}
    for view in clocks:
        running.setdefault(view.subject_id, []).append(view)
    pressing = [i for i, views in running.items() if views[0].effective_due_at <= now + SOON]
    rows = session.execute(_pressing(actor, sections, pressing, now + SOON)).all()
    found = [_today(row, running.get(row.id, ()), sections, now + SOON) for row in rows]
    return sorted(found, key=partial(urgency, now=now))


def loads(session: Session, actor: Actor) -> list[Load]:
    """Open cases by commune, weighted by risk, the heaviest first."""
    weight = case(
        *((Case.risk_level == level, points) for level, points in WEIGHTS.items()),
        else_=UNASSESSED_WEIGHT,
    )
    total = func.sum(weight)
    by_commune = (
        visible_to(actor)
        .with_only_columns(
            Case.commune_code,
            func.count(),
            total,
            func.count().filter(Case.owner_id.is_(None)),
        )
        .where(Case.is_ended.is_(False))
        .group_by(Case.commune_code)
        .order_by(total.desc(), Case.commune_code)
    )
    return [Load(*row) for row in session.execute(by_commune)]


def clock_lines(
    session: Session,
    actor: Actor,
    *,
    state: str,
    now: datetime,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> list[ClockLine]:
    """At most `limit` + 1 running clocks of visible cases: missed, running out soon, extended."""
    due = Deadline.effective_due_at
    wanted = {
        "missed": due < now,
        "soon": due.between(now, now + SOON),
        "extended": Deadline.extended_to.is_not(None),
    }[state]
    lines = (
        visible_to(actor)
        .join(Deadline, Deadline.subject_id == Case.id)
        .with_only_columns(
            Deadline.id,
            Case.id,
            Case.number,
            Case.commune_code,
            Deadline.rule_key,
            Deadline.rule_version,
            due,
            Deadline.extended_to.is_not(None),
        )
        .where(Deadline.closed_at.is_(None), wanted)
        .order_by(due, Deadline.id)
        .limit(limit + 1)
    )
    if not sees_whole_area(actor):
        lines = lines.where(Deadline.unit_id == actor.unit_id)
    if after:
        lines = lines.where(tuple_(due, Deadline.id) > after)
    return [ClockLine._make(row) for row in session.execute(lines)]


def _pressing(
    actor: Actor, sections: frozenset[Section], pressing: Sequence[uuid.UUID], soon: datetime
) -> Select[*tuple[Any, ...]]:
    columns: list[Any] = [
        Case.id,
        Case.number,
        Case.state,
        Case.is_emergency,
        Case.risk_level,
        Case.first_opened_at,
        Case.opened_at,
        Case.next_visit_at,
    ]
    cases = visible_to(actor).where(
        Case.unit_id == actor.unit_id,
        Case.is_ended.is_(False),
        or_(
            Case.id.in_(pressing),
            Case.state == CaseState.RECEIVED,
            Case.next_visit_at <= soon,
        ),
    )
    if Section.IDENTITY in sections:
        columns += [Child.id.label("child_id"), Child.full_name_sealed]
        columns += [DataKey.id.label("key_id"), DataKey.wrapped]
        cases = cases.join(Child, Child.id == Case.child_id)
        cases = cases.join(DataKey, DataKey.id == Child.key_id)
    if Section.EVENT in sections:
        columns.append(Report.is_present_danger)
        cases = cases.join(Report, Report.id == Case.report_id)
    new_first = Case.first_opened_at.is_not(None), Case.next_visit_at, Case.opened_at
    return cases.with_only_columns(*columns).order_by(*new_first).limit(CASES_SHOWN)


def _today(
    row: Row[*tuple[Any, ...]],
    clocks: Sequence[ClockView],
    sections: frozenset[Section],
    soon: datetime,
) -> TodayCase:
    name = None
    if Section.IDENTITY in sections:
        key = (row.key_id, row.wrapped)
        name = open_field(Child, "full_name", row.child_id, key, row.full_name_sealed)
    return TodayCase(
        id=row.id,
        number=row.number,
        name=name,
        state=row.state,
        is_emergency=row.is_emergency,
        is_assessed=row.risk_level is not None,
        is_new=row.first_opened_at is None,
        reported_danger=bool(getattr(row, "is_present_danger", False)),
        opened_at=row.opened_at,
        clocks=clocks,
        visit_at=row.next_visit_at if row.next_visit_at and row.next_visit_at <= soon else None,
    )


def urgency(one: TodayCase, *, now: datetime) -> Urgency:
    """Danger and clocks of hours before all else; then what is late or was not opened yet."""
    clock_at = one.clock.effective_due_at if one.clock else now + SOON
    due = min(clock_at, one.visit_at) if one.visit_at else clock_at
    counts_hours = any(view.rule_key in HOURS for view in one.clocks)
    is_pressing = one.reported_danger or counts_hours
    tier = PRESSING if is_pressing else LATE if due < now or one.is_new else SOON_DUE
    return tier, due >= now, not one.reported_danger, not one.is_new, due
