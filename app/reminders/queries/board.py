"""The clocks of the law in a period: missed, late, about to be missed, extended, in time.

A clock belongs to the period in which it ends (its extended end, where it was extended), and is
counted once, in the first of STATES that fits. What is void is not counted.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.cases.models import Case
from app.cases.policy import visible_to
from app.cases.queries.list_order import SOON
from app.deadlines.models import Deadline

D = Deadline
GROUPS_SHOWN = 26
LINES_SHOWN = 50
Condition = Callable[[datetime], ColumnElement[bool]]

# In the order in which a clock is judged.
STATES: Mapping[str, Condition] = {
    "missed": lambda now: D.met_at.is_(None) & (D.effective_due_at < now),
    "late": lambda _now: D.met_at > D.effective_due_at,
    "soon": lambda now: D.met_at.is_(None) & (D.effective_due_at <= now + SOON),
    "extended": lambda _now: D.extended_to.is_not(None),
    "met": lambda _now: D.met_at.is_not(None),
    "running": lambda _now: D.met_at.is_(None),
}
BY: Mapping[str, ColumnElement[Any]] = {
    "commune": D.commune_code.expression,
    "worker": Case.owner_id.expression,
    "step": D.rule_key.expression,
}


class Counts(NamedTuple):
    """How many clocks are in each of STATES."""

    missed: int
    late: int
    soon: int
    extended: int
    met: int
    running: int

    @property
    def due(self) -> int:
        """Those that are over, or were done."""
        return self.missed + self.late + self.extended + self.met


class Group(NamedTuple):
    """Of one commune, worker or step. `key` None: not routed, nobody."""

    key: str | uuid.UUID | None
    name: str | None  # of a worker
    unit: str | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Scope:
    """What the figures are of: moments in UTC, from `start`, before `end`."""

    actor: Actor
    start: datetime
    end: datetime
    now: datetime


class Line(NamedTuple):
    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    commune_code: str | None
    owner: str | None
    rule_key: str
    rule_version: int
    due_at: datetime
    effective_due_at: datetime
    extended_to: datetime | None
    met_at: datetime | None
    state: str


def totals(session: Session, scope: Scope) -> Counts:
    row = session.execute(_clocks(scope).with_only_columns(*_counts(scope.now))).one()
    return Counts._make(row)


def groups(session: Session, scope: Scope, by: str, *, page: int) -> list[Group]:
    """The worst first; at most GROUPS_SHOWN, the last one only to tell that there is more."""
    key, counts = BY[by], _counts(scope.now)
    names = (User.name, Unit.short_name) if by == "worker" else ()
    wanted = _clocks(scope).with_only_columns(key, *counts, *names).group_by(key, *names)
    if by == "worker":
        wanted = wanted.join(User, User.id == Case.owner_id, isouter=True)
        wanted = wanted.join(Unit, Unit.id == User.unit_id, isouter=True)
    worst = [count.desc() for count in counts[:4]]
    rows = session.execute(
        wanted.order_by(*worst, key).limit(GROUPS_SHOWN).offset((page - 1) * (GROUPS_SHOWN - 1))
    ).all()
    most = 1 + len(STATES)
    return [
        Group(row[0], *_named(row, most), Counts._make(row[1:most])) for row in map(tuple, rows)
    ]


def _named(row: tuple[Any, ...], after: int) -> tuple[str | None, str | None]:
    """Name and unit of a worker, which stand after the counts."""
    return (row[after], row[after + 1]) if len(row) > after else (None, None)


def lines(
    session: Session,
    scope: Scope,
    *,
    state: str,
    by: str,
    key: str | uuid.UUID | None,
    after: tuple[datetime, uuid.UUID] | None,
) -> list[Line]:
    """The clocks behind a number, at most LINES_SHOWN + 1, the first to end first. `state` "" and
    `by` "" are all."""
    judged = _state(scope.now)
    wanted = (
        _clocks(scope)
        .join(User, User.id == Case.owner_id, isouter=True)
        .with_only_columns(
            D.id,
            Case.id,
            Case.number,
            D.commune_code,
            User.name,
            D.rule_key,
            D.rule_version,
            D.due_at,
            D.effective_due_at,
            D.extended_to,
            D.met_at,
            judged,
        )
    )
    if state:
        wanted = wanted.where(judged == state)
    if by:
        wanted = wanted.where(BY[by].is_(None) if key is None else BY[by] == key)
    if after:
        wanted = wanted.where(tuple_(D.effective_due_at, D.id) > after)
    ordered = wanted.order_by(D.effective_due_at, D.id).limit(LINES_SHOWN + 1)
    return [Line._make(row) for row in session.execute(ordered)]


def _clocks(scope: Scope) -> Select[Any]:
    """Of the cases that the actor may open; a supervisor of one commune answers for its clocks."""
    found = (
        visible_to(scope.actor)
        .join(D, D.subject_id == Case.id)
        .where(
            D.voided_at.is_(None),
            D.effective_due_at >= scope.start,
            D.effective_due_at < scope.end,
        )
    )
    if scope.actor.commune_code is not None:
        found = found.where(D.commune_code == scope.actor.commune_code)
    return found


def _state(now: datetime) -> ColumnElement[str]:
    return case(*((condition(now), name) for name, condition in STATES.items()))


def _counts(now: datetime) -> Sequence[ColumnElement[int]]:
    judged = _state(now)
    return [func.count().filter(judged == name).label(name) for name in STATES]
