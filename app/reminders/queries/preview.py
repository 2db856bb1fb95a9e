"""What a change of a rule would send, counted over what is open now: counts only, no case."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    Float,
    Select,
    String,
    case,
    cast,
    column,
    distinct,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core.row_scope import across
from app.reminders.models import Obligation
from app.reminders.queries.moments import LAST, STARTED, TERM, epoch, is_settled
from app.reminders.rules import Step, Whom

AHEAD = timedelta(days=7)
OLD, NEW = "old", "new"


class Told(NamedTuple):
    """Reminders to one role: at the next pass, and then within AHEAD; `settled` are the things
    whose new step has passed and which are therefore not told of."""

    whom: Whom
    now: int
    then: int
    new_now: int
    new_then: int
    settled: int


class Preview(NamedTuple):
    open: int
    told: list[Told]


def preview(
    session: Session, kind: str, *, old: Iterable[Step], new: Iterable[Step], now: datetime
) -> Preview:
    """Two statements, over the open obligations of one kind: numbers only, of all."""
    old, new = list(old), list(new)
    is_open = Obligation.kind == kind, Obligation.closed_at.is_(None)
    count, counts = select(func.count()).select_from(Obligation), _counts(kind, old, new, now)
    with across(session):
        total = session.scalar(count.where(*is_open)) or 0
        found = {(row.version, row.whom): row for row in session.execute(counts)}
    roles = [whom for whom in Whom if any(whom in step.whom for step in (*old, *new))]
    return Preview(total, [_told(whom, found) for whom in roles])


def _told(whom: Whom, found: dict[tuple[str, str], Any]) -> Told:
    old, new = found.get((OLD, whom.value)), found.get((NEW, whom.value))
    return Told(
        whom,
        now=old.at_once if old else 0,
        then=old.later if old else 0,
        new_now=new.at_once if new else 0,
        new_then=new.later if new else 0,
        settled=new.settled if new else 0,
    )


def _counts(
    kind: str, old: Iterable[Step], new: Sequence[Step], now: datetime
) -> Select[*tuple[Any, ...]]:
    """Per version and role. Steps that are due together are one reminder."""
    told = _moments(kind, _steps([*_rows(OLD, old), *_rows(NEW, new)]), new, now)
    things, at, floor, here = func.count(distinct(told.c.id)), told.c.at, told.c.floor, epoch(now)
    return select(
        told.c.version,
        told.c.whom,
        things.filter(at > floor, at <= here).label("at_once"),
        func.count().filter(at > floor, at > here).label("later"),
        things.filter(at <= floor).label("settled"),
    ).group_by(told.c.version, told.c.whom)


def _moments(kind: str, steps: Any, new: Sequence[Step], now: datetime) -> CTE:
    """Each step of each open obligation until AHEAD, in seconds of the epoch: `at`, and from when
    on it is told (`floor`)."""
    here = epoch(now)
    thing = (
        select(
            Obligation.id,
            STARTED.label("start"),
            TERM.label("term"),
            LAST.label("last"),
            case((is_settled(new, now), func.greatest(LAST, here)), else_=LAST).label("floor"),
        )
        .where(Obligation.kind == kind, Obligation.closed_at.is_(None))
        .cte("thing")
        .prefix_with("MATERIALIZED")
    )
    at = thing.c.start + thing.c.term * steps.c.part + steps.c.seconds
    return (
        select(
            thing.c.id,
            steps.c.version,
            steps.c.whom,
            at.label("at"),
            case((steps.c.version == NEW, thing.c.floor), else_=thing.c.last).label("floor"),
        )
        .select_from(thing)
        .join(steps, true())
        .where(at > thing.c.last, at <= here + AHEAD.total_seconds())
        .cte("told")
        .prefix_with("MATERIALIZED")
    )


def _steps(rows: list[dict[str, Any]]) -> Any:
    names = column("version", String), column("part", Float), column("seconds", Float)
    found = func.jsonb_to_recordset(cast(literal(json.dumps(rows), String), JSONB))
    return found.table_valued(*names, column("whom", String)).render_derived(
        name="step", with_types=True
    )


def _rows(version: str, steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    for step in steps:
        part, seconds = step.place
        for whom in step.whom:
            yield {"version": version, "part": part, "seconds": seconds, "whom": whom.value}
