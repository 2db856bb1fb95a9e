"""What a person has to do today beside the legal clocks and visits: read from the state of the work
itself, so that what was done a moment ago is gone and what is new is there."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.models import Role
from app.auth.permissions import Section, sections_of
from app.cases.models import Case
from app.cases.policy import visible_to
from app.core import clock
from app.core.db import UtcDateTime
from app.core.sealed import DataKey, open_field
from app.oversight.queries.questions import of_today
from app.people.models import Child
from app.reminders.models import Obligation, PersonalReminder
from app.reminders.policy import PERSONAL
from app.reminders.queries import sources
from app.reminders.queries.mine import is_told, pending_of, people_of
from app.reminders.queries.numbers import number_of, service_of, unit_of, with_referral
from app.reminders.queries.sources import Source

DAY = timedelta(days=1)
# How long before its end each kind stands on Today: as the first step of its rule tells of it, but
# at most a week. Clocks and visits stand there already; what a unit was asked is in its inbox.
AHEAD: Mapping[Source, timedelta] = {
    sources.reviews: 3 * DAY,
    sources.activities: 2 * DAY,
    sources.meeting_actions: DAY,
    sources.checks_after: 3 * DAY,
    sources.consents: 7 * DAY,
    sources.certificates: 7 * DAY,
    sources.referrals_to_act: DAY,
    sources.procuracies: DAY,
    sources.room_tasks: DAY,
    sources.personal: timedelta(0),  # the whole of its day
}
ELSEWHERE = ("visit", "referral_new", "referral_service", "room_task")
_OWN_KEY = aliased(DataKey)
_NAMES = ("kind", "subject_id", "occurrence", "case_id", "unit_id", "due_at")
# What differs from one reading to the next: of a statement that is built once, its parameters.
_WHO: Any = bindparam("who", type_=Uuid)
_UNIT: Any = bindparam("unit", type_=Uuid)
_NOW = bindparam("now", type_=UtcDateTime)
_TODAY: Any = bindparam("today", type_=Date)


class TodayRow(NamedTuple):
    """One thing to do. `obligation_id` is None until the next pass has found it too. A question why
    one opened a file may be about none, and has its day as `service`."""

    kind: str
    subject_id: uuid.UUID
    case_id: uuid.UUID | None
    number: str | None
    name: str | None
    due_at: datetime
    obligation_id: uuid.UUID | None
    snoozes: int
    text: str | None  # what one wrote for oneself
    is_pending: bool  # said not to be needed: the reader is to agree, or not
    other_unit: str | None  # of a referral: whom it went to, and what for
    service: str | None


def due_now(
    session: Session, actor: Actor, *, now: datetime, limit: int
) -> tuple[list[TodayRow], int]:
    """(at most `limit` rows, what is due first at the top; how many there are in all)."""
    rows = session.execute(_page(_anybody(actor), limit), _parameters(actor, now)).all()
    return [_row(row) for row in rows], rows[0].total if rows else 0


def _anybody(actor: Actor) -> Actor:
    """Whoever reads as this one does: alike for all of a role."""
    return replace(
        actor,
        id=_WHO,
        username="",
        name="",
        unit_id=_UNIT,
        unit_name="",
        commune_code=actor.commune_code if sees_whole_area(actor) else None,
        session_id=None,
        request_id=None,
        confirmed_at=None,
    )


def _parameters(actor: Actor, now: datetime) -> dict[str, Any]:
    """Those of `granted` too, which the statement begins with."""
    today = clock.local(now).date()
    whole_day = datetime.combine(today, time.max, clock.LOCAL)
    return {
        **{"who": actor.id, "unit": actor.unit_id, "now": now, "today": today},
        **{"access_user": actor.id, "access_unit": actor.unit_id, "access_now": clock.now()},
        **{_until(source): now + ahead for source, ahead in AHEAD.items()},
        _until(sources.personal): whole_day,
    }


def _until(source: Source) -> str:
    return f"until_{source.__name__}"


@lru_cache(64)
def _page(actor: Actor, limit: int) -> Select[Any]:
    """Built once: it is large, and what it takes to build it is more than to answer it."""
    live = union_all(*_branches(actor)).subquery("live")
    wanted = with_referral(_wanted(actor, live), live.c.kind, live.c.subject_id)
    columns: list[Any] = [
        live.c.kind,
        live.c.subject_id,
        Case.id.label("case_id"),
        number_of(live.c.kind, live.c.unit_id),
        unit_of(),
        service_of(live.c.kind),
        live.c.due_at,
        Obligation.id.label("obligation_id"),
        func.coalesce(Obligation.snoozes, 0).label("snoozes"),
        live.c.is_told,
        pending_of(Obligation.id).label("is_pending"),
        PersonalReminder.id.label("reminder_id"),
        PersonalReminder.text_sealed,
        _OWN_KEY.id.label("own_key_id"),
        _OWN_KEY.wrapped.label("own_wrapped"),
    ]
    if Section.IDENTITY in sections_of(actor):
        columns += [Child.id.label("child_id"), Child.full_name_sealed]
        columns += [DataKey.id.label("key_id"), DataKey.wrapped]
        wanted = wanted.join(Child, Child.id == Case.child_id)
        wanted = wanted.join(DataKey, DataKey.id == Child.key_id)
    found = _with_questions(wanted.with_only_columns(*columns), actor).subquery()
    page = select(found, func.count().over().label("total")).limit(limit)
    return page.order_by(found.c.due_at, found.c.subject_id)


def _with_questions(rows: Select[Any], actor: Actor) -> CompoundSelect[Any]:
    """And why one opened a file: asked whether or not the file is open to one still."""
    asked = of_today(actor).subquery("asked")
    none: dict[str, ColumnElement[Any]] = {
        "snoozes": literal(0),
        "is_told": false(),
        "is_pending": false(),
    }
    values = [
        asked.c[column.name]
        if column.name in asked.c
        else none.get(column.name, cast(null(), column.type)).label(column.name)
        for column in rows.selected_columns
    ]
    return union_all(rows, select(*values))


def _wanted(actor: Actor, live: Any) -> Select[Any]:
    """Of a case that the reader may open; not what is put off, not needed, or given to another."""
    answered = and_(
        Obligation.kind == live.c.kind,
        Obligation.subject_id == live.c.subject_id,
        Obligation.occurrence == live.c.occurrence,
    )
    own = and_(
        live.c.kind == PERSONAL,
        PersonalReminder.id == live.c.subject_id,
        PersonalReminder.user_id == actor.id,
    )
    people = people_of(actor, _TODAY)
    return (
        visible_to(actor)
        .join(live, live.c.case_id == Case.id)
        .join(Obligation, answered, isouter=True)
        .join(PersonalReminder, own, isouter=True)
        .join(_OWN_KEY, _OWN_KEY.id == PersonalReminder.key_id, isouter=True)
        .where(
            Obligation.waived_at.is_(None),
            or_(Obligation.snoozed_until.is_(None), Obligation.snoozed_until <= _NOW),
            or_(
                Obligation.handed_to_id.is_(None),
                Obligation.handed_to_id == any_(people),
                live.c.is_told,
            ),
        )
    )


def _branches(actor: Actor) -> list[Select[Any]]:
    found = [_live(actor, source) for source in AHEAD]
    people = people_of(actor, _TODAY)
    others = or_(Obligation.user_id.is_(None), Obligation.user_id != all_(people))
    handed = and_(Obligation.handed_to_id == any_(people), others)
    found.append(_remembered(handed, is_told=False))
    if actor.role is Role.COMMUNE_CHAIR:
        theirs = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
        told = and_(is_told(actor.id), theirs.is_distinct_from(actor.id))
        found.append(_remembered(told, is_told=True))
    return found


def _live(actor: Actor, source: Source) -> Select[Any]:
    due = source(_NOW).subquery()
    until = bindparam(_until(source), type_=UtcDateTime)
    if source is sources.personal:
        whose: ColumnElement[bool] = due.c.user_id == actor.id
    else:
        is_own = due.c.user_id == any_(people_of(actor, _TODAY))
        if actor.role is Role.CP_WORKER:
            is_own = or_(is_own, due.c.user_id.is_(None))
        whose = and_(due.c.unit_id == actor.unit_id, is_own)  # a unit's work is of its own people
    named = [due.c[name] for name in _NAMES]
    return select(*named, false().label("is_told")).where(due.c.due_at <= until, whose)


def _remembered(wanted: ColumnElement[bool], *, is_told: bool) -> Select[Any]:
    """What was handed over or told is in the table of obligations, not in the state of the work."""
    named = [getattr(Obligation, name) for name in _NAMES]
    told = true() if is_told else false()
    beside = and_(Obligation.kind.not_in(ELSEWHERE), Obligation.kind.not_like("clock.%"))
    shown = or_(beside, pending_of(Obligation.id)) if is_told else beside
    return select(*named, told.label("is_told")).where(
        Obligation.closed_at.is_(None), Obligation.kind != PERSONAL, shown, wanted
    )


def _row(row: Any) -> TodayRow:
    sealed = getattr(row, "full_name_sealed", None)
    key = (row.key_id, row.wrapped) if sealed else None
    return TodayRow(
        kind=row.kind,
        subject_id=row.subject_id,
        case_id=row.case_id,
        number=row.number,
        name=open_field(Child, "full_name", row.child_id, key, sealed) if key else None,
        due_at=row.due_at,
        obligation_id=row.obligation_id,
        snoozes=row.snoozes,
        text=open_field(
            PersonalReminder,
            "text",
            row.reminder_id,
            (row.own_key_id, row.own_wrapped),
            row.text_sealed,
        ),
        is_pending=row.is_told and row.is_pending,
        other_unit=row.other_unit,
        service=row.service,
    )
