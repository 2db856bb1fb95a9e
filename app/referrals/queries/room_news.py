"""What waits in shared rooms for one unit: from what is asked and written there, however many
referrals the unit has. The statements are built once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Date,
    Select,
    Subquery,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import true as always
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.auth.grants import CaseAccess
from app.cases.models import Case
from app.core.db import UtcDateTime
from app.referrals.models import Referral, RoomNote, RoomTask
from app.referrals.queries.packet import opens_to

LATELY = timedelta(days=3)  # how long a note, a finished task is news
ROOMS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RoomNews:
    """What a room asks of a unit. `tasks`: not done yet, the first of them due on `due_on`;
    `notes`: of others, lately; `done`: what the unit asked for and got, lately. `referral_id`: by
    which the unit came in, None for the unit that works the case."""

    case_id: uuid.UUID
    referral_id: uuid.UUID | None
    number: str
    tasks: int
    due_on: date | None
    notes: int
    done: int


_UNIT, _NOW = bindparam("unit", type_=Uuid), bindparam("now", type_=UtcDateTime)
_LATELY = bindparam("lately", type_=UtcDateTime)
_READER = bindparam("reader", type_=JSONB)  # a list of the unit: who may read a note
_COUNTS = ("tasks", "due_on", "notes", "done")


def _part(
    case_id: Any, *, tasks: int = 0, due_on: Any = None, notes: int = 0, done: int = 0
) -> Any:
    """One thing that happened in a room, as a row to be added up."""
    due = cast(null(), Date) if due_on is None else due_on
    return select(
        case_id.label("case_id"),
        literal(tasks).label("tasks"),
        due.label("due_on"),
        literal(notes).label("notes"),
        literal(done).label("done"),
    )


def _news(*, for_agency: bool) -> Subquery:
    """By case: what waits. An agency reads the notes that are for it, the case's unit all."""
    own, foreign = RoomTask.to_unit_id == _UNIT, RoomNote.unit_id != _UNIT
    shown = RoomNote.unit_ids.contains(_READER) if for_agency else always()
    parts = union_all(
        _part(RoomTask.case_id, tasks=1, due_on=RoomTask.due_on).where(
            own, RoomTask.done_at.is_(None)
        ),
        _part(RoomTask.case_id, done=1).where(
            RoomTask.from_unit_id == _UNIT, RoomTask.done_at > _LATELY, ~own
        ),
        _part(RoomNote.case_id, notes=1).where(RoomNote.at > _LATELY, foreign, shown),
    ).subquery()
    return (
        select(
            parts.c.case_id,
            func.sum(parts.c.tasks).label("tasks"),
            func.min(parts.c.due_on).label("due_on"),
            func.sum(parts.c.notes).label("notes"),
            func.sum(parts.c.done).label("done"),
        )
        .group_by(parts.c.case_id)
        .subquery()
    )


def _of_agency() -> Select[Any]:
    news = _news(for_agency=True)
    counts = [news.c[name] for name in _COUNTS]
    return (
        select(Referral.case_id, Referral.id, Referral.created_at, Referral.serial, *counts)
        .join(news, news.c.case_id == Referral.case_id)
        .join(
            CaseAccess,
            (CaseAccess.id == Referral.access_id) & opens_to(_UNIT, _NOW),  # type: ignore[arg-type]
        )
        .join(Case, (Case.id == Referral.case_id) & Case.is_ended.is_(False))
        .where(Referral.to_unit_id == _UNIT)
        .order_by(news.c.due_on.asc().nulls_last(), Referral.id.desc())
        .limit(ROOMS_SHOWN)
    )


_AGENCY = _of_agency()
_ONE = _AGENCY.where(Referral.id == bindparam("referral", type_=Uuid))
_WORKED = _news(for_agency=False)


def rooms_of_agency(
    session: Session, unit_id: uuid.UUID, *, now: datetime, only: uuid.UUID | None = None
) -> list[RoomNews]:
    """The rooms into which this unit's open packets lead and in which something waits, what is due
    first on top; `only` that of one referral. One statement."""
    given = _given(unit_id, now)
    wanted = _AGENCY if only is None else _ONE
    rows = session.execute(wanted, given if only is None else {**given, "referral": only})
    return [
        RoomNews(row.case_id, row.id, Referral.numbered(row.created_at, row.serial), *row[4:])
        for row in rows
    ]


def rooms_of_cases(
    session: Session, cases: Select[Case], unit_id: uuid.UUID, *, now: datetime
) -> list[RoomNews]:
    """The rooms of these cases, which this unit works, in which something waits; one statement."""
    wanted = (
        cases.join(_WORKED, _WORKED.c.case_id == Case.id)
        .with_only_columns(Case.id, Case.number, *(_WORKED.c[name] for name in _COUNTS))
        .where(Case.unit_id == unit_id)
        .order_by(_WORKED.c.due_on.asc().nulls_last(), Case.id.desc())
        .limit(ROOMS_SHOWN)
    )
    rows = session.execute(wanted, _given(unit_id, now))
    return [RoomNews(row.id, None, row.number, *row[2:]) for row in rows]


def _given(unit_id: uuid.UUID, now: datetime) -> Mapping[str, Any]:
    return {"unit": unit_id, "now": now, "lately": now - LATELY, "reader": [str(unit_id)]}
