"""What a change of a rule would send, counted over what is open now: counts only, no case."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    String,
    case,
    cast,
    column,
    distinct,
    extract,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core.db import UtcDateTime
from app.reminders.models import Obligation
from app.reminders.queries.moments import is_settled
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
    """Two statements, over the open obligations of one kind."""
    old, new = list(old), list(new)
    is_open = Obligation.kind == kind, Obligation.closed_at.is_(None)
    total = session.scalar(select(func.count()).select_from(Obligation).where(*is_open)) or 0
    found = {(row.version, row.whom): row for row in session.execute(_counts(kind, old, new, now))}
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
    kind: str, old: Iterable[Step], new: Iterable[Step], now: datetime
) -> Select[*tuple[Any, ...]]:
    """Per version and role. Steps that are due together are one reminder."""
    new = list(new)
    rows = json.dumps([*_rows(OLD, old), *_rows(NEW, new)])
    steps = (
        func.jsonb_to_recordset(cast(literal(rows, String), JSONB))
        .table_valued(
            column("version", String),
            column("part", Float),
            column("seconds", Float),
            column("whom", String),
        )
        .render_derived(name="step", with_types=True)
    )
    places = cast(literal(json.dumps([step.place for step in new]), String), JSONB)
    is_new_settled = (steps.c.version == NEW) & is_settled(places, now)
    floor = case(
        (is_new_settled, func.greatest(Obligation.last_at, literal(now, UtcDateTime))),
        else_=Obligation.last_at,
    )
    at = _moment(steps.c.part, steps.c.seconds)
    things = func.count(distinct(Obligation.id))
    return (
        select(
            steps.c.version,
            steps.c.whom,
            things.filter(at > floor, at <= now).label("at_once"),
            func.count().filter(at > floor, at > now).label("later"),
            things.filter(at <= floor).label("settled"),
        )
        .select_from(Obligation)
        .join(steps, true())
        .where(
            Obligation.kind == kind,
            Obligation.closed_at.is_(None),
            at > Obligation.last_at,
            at <= now + AHEAD,
        )
        .group_by(steps.c.version, steps.c.whom)
    )


def _rows(version: str, steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    for step in steps:
        part, seconds = step.place
        for whom in step.whom:
            yield {"version": version, "part": part, "seconds": seconds, "whom": whom.value}


def _moment(part: ColumnElement[Any], seconds: ColumnElement[Any]) -> ColumnElement[datetime]:
    """As Step.at."""
    term = cast(extract("epoch", Obligation.due_at - Obligation.started_at), Float)
    interval = func.make_interval(0, 0, 0, 0, 0, 0, term * part + seconds)
    return cast(Obligation.started_at + interval, UtcDateTime)
