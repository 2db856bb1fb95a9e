"""What is due, brought up to date from the state of the work: only what changed is written."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Interval,
    Select,
    String,
    Subquery,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.auth.grants import CaseDenial
from app.auth.models import Absence, User
from app.cases.models import Case
from app.core import clock
from app.core.db import UtcDateTime
from app.reminders.models import Delivery, Obligation
from app.reminders.models.obligations import AN_INSTANT
from app.reminders.queries.moments import LONG_AGO, NEXT_AT
from app.reminders.queries.sources import sources
from app.reminders.rules import ReminderRules

SCANNING = 7305019  # the number of the advisory lock
_COLUMNS = (
    *("kind", "subject_id", "occurrence", "case_id", "unit_id", "user_id"),
    *("started_at", "due_at"),
)


def scan(session: Session, rules: ReminderRules, now: datetime) -> tuple[int, int]:
    """(opened or changed, ended). Two statements whatever is open; a kind that no rule knows is
    left out. Idempotent: a row that is missing comes back. Where another process scans at this
    moment it is left to do it."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(SCANNING))):
        return 0, 0
    # it may wait for one batch after another of those who tell (fire.py) to let go of their rows
    session.execute(text("SET LOCAL statement_timeout = '2min'"))
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    due = _due(now)
    opened = _open(session, due, rules, now)
    ended = _close(session, due, now)
    return opened, ended


def _due(now: datetime) -> CTE:
    return union_all(*sources(now)).cte("due")


def places_of(rules: ReminderRules) -> str:
    """The steps of each kind as JSON: {"visit": [[1.0, -86400], …]}."""
    return json.dumps(
        {key: [step.place for step in kind.steps] for key, kind in rules.kinds.items()}
    )


def _open(session: Session, due: CTE, rules: ReminderRules, now: datetime) -> int:
    places = cast(literal(places_of(rules), String), JSONB)
    first = literal(LONG_AGO, UtcDateTime)
    started_at = func.coalesce(due.c.started_at, due.c.due_at)  # where nobody wrote when
    values = [started_at if name == "started_at" else due.c[name] for name in _COLUMNS]
    away = _away(clock.local(now).date())
    upserted = upsert(Obligation).from_select(
        [*_COLUMNS, "stand_in_id", "opened_at", "asked_at", "last_at", "next_at", "id"],
        select(
            *values,
            away.c.deputy_id,
            literal(now, UtcDateTime),
            literal(now, UtcDateTime),
            first,
            NEXT_AT(places[due.c.kind], started_at, due.c.due_at, first),
            func.gen_random_uuid(),
        )
        .select_from(due.outerjoin(away, away.c.user_id == due.c.user_id))
        .where(func.jsonb_exists(places, due.c.kind), due.c.due_at.is_not(None)),
    )
    changing = _changing(upserted.excluded, places, away)
    differs = or_(
        *(getattr(Obligation, name).is_distinct_from(value) for name, value in changing.items())
    )
    result = session.execute(
        upserted.on_conflict_do_update(
            index_elements=["kind", "subject_id", "occurrence"], set_=changing, where=differs
        ),
        execution_options={"preserve_rowcount": True},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _changing(new: Any, places: Any, away: Subquery) -> dict[str, Any]:
    """What becomes of an obligation that is there, where the state says `new`."""
    first = literal(LONG_AGO, UtcDateTime)
    # another unit is told all that the one before was told
    stays = new.unit_id.is_not_distinct_from(Obligation.unit_id)
    handed_to: ColumnElement[Any] = case(
        (stays & _is_there(new), Obligation.handed_to_id), else_=null()
    )
    stand_in = case((handed_to.is_(None), new.stand_in_id), else_=_deputy_of(away))
    last_at = case((stays, Obligation.last_at), else_=first)
    next_at = NEXT_AT(places[Obligation.kind], new.started_at, new.due_at, last_at)
    asked = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
    is_another = or_(
        ~stays,
        asked.is_distinct_from(func.coalesce(handed_to, new.user_id)),
        Obligation.stand_in_id.is_distinct_from(stand_in),
    )
    later = Obligation.last_at + cast(literal(AN_INSTANT, Interval), Interval)
    asked_at = case((is_another, func.greatest(new.asked_at, later)), else_=Obligation.asked_at)
    snoozed_until = case((is_another, null()), else_=Obligation.snoozed_until)
    is_new_to_them = (asked_at > last_at) & (last_at > first)
    told_at = case((is_new_to_them, first), else_=null())  # at once
    kept = func.least(next_at, snoozed_until, told_at)
    is_asked = Obligation.waived_at.is_(None)
    return {
        "case_id": new.case_id,
        "unit_id": new.unit_id,
        "user_id": new.user_id,
        "stand_in_id": stand_in,
        "handed_to_id": handed_to,
        "started_at": new.started_at,
        "asked_at": asked_at,
        "last_at": last_at,
        "snoozed_until": snoozed_until,
        "closed_at": case((is_asked, null()), else_=Obligation.closed_at),
        "next_at": case((is_asked, kept), else_=null()),
    }


def _deputy_of(away: Subquery) -> ColumnElement[Any]:
    """Who stands in for whom it was handed to."""
    some = away.alias()
    wanted = select(some.c.deputy_id).where(some.c.user_id == Obligation.handed_to_id)
    return wanted.correlate(Obligation).scalar_subquery()


def _away(today: date) -> Subquery:
    """Who is away, and who stands in: one row for each."""
    return (
        select(Absence.user_id, Absence.deputy_id)
        .ext(distinct_on(Absence.user_id))
        .join(User, User.id == Absence.deputy_id)
        .where(
            User.is_active,
            Absence.cancelled_at.is_(None),
            Absence.since_on <= today,
            Absence.until_on >= today,
        )
        .order_by(Absence.user_id, Absence.since_on)
        .subquery("away")
    )


def _is_there(new: Any) -> ColumnElement[bool]:
    """To whom it was handed over still works in the unit, and may know of the child."""
    return or_(
        Obligation.handed_to_id.is_(None),
        exists().where(
            User.id == Obligation.handed_to_id, User.is_active, User.unit_id == new.unit_id
        )
        & ~exists().where(
            CaseDenial.user_id == Obligation.handed_to_id,
            CaseDenial.until.is_(None),
            CaseDenial.child_id == Case.child_id,
            Case.id == new.case_id,
        ),
    )


def _close(session: Session, due: CTE, now: datetime) -> int:
    """What the state asks for no more is over: it was done, and nobody is told of it again."""
    still: Select[Any] = select(literal(1)).where(
        due.c.kind == Obligation.kind,
        due.c.subject_id == Obligation.subject_id,
        due.c.occurrence == Obligation.occurrence,
    )
    over = (
        update(Obligation)
        .where(Obligation.closed_at.is_(None), ~still.exists())
        .values(closed_at=now, next_at=null())
        .returning(Obligation.id)
        .cte("over")
    )
    acted = (
        update(Delivery)
        .where(Delivery.obligation_id.in_(select(over.c.id)), Delivery.acted_at.is_(None))
        .values(acted_at=now)
        .cte("acted")
    )
    counted = select(func.count()).select_from(over).add_cte(acted)
    return int(session.scalar(counted) or 0)
