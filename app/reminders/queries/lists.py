"""The lists of what is due: of a person, of a unit, of what was told to somebody."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.grants import denied_children
from app.auth.models import User
from app.auth.permissions import Section, sections_of
from app.cases import policy as cases
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey, open_field
from app.people.models import Child
from app.reminders.models import Channel, Delivery, Obligation
from app.reminders.policy import NOBODY, OF_UNIT, PERSONAL, in_reach, visible_to
from app.reminders.queries.mine import asker_of, is_mine, is_told, pending_of
from app.reminders.queries.numbers import number_of, service_of, unit_of, with_referral
from app.reminders.queries.own import may_be_asked
from app.reminders.queries.sources import sources
from app.reminders.rules import rules_of_file

DEFAULT_LIMIT = 30
MOST_COUNTED = 100
FAR = timedelta(days=30)  # what is due later than that is nothing to do yet
SUMMED: list[Callable[[Actor, datetime], Select[uuid.UUID]]] = []  # subjects that one line names
Key = tuple[bool, datetime, uuid.UUID]  # of danger first: is it not urgent, due at, id


class View(StrEnum):
    MINE = "mine"
    UNIT = "unit"
    TOLD = "told"
    LATER = "later"


class DueRow(NamedTuple):
    """One open obligation. `number` is of the referral where one is due; its sender reads of
    `other_unit` and `service` too. `who` is to do it; the child's name is read apart
    (`names_of`)."""

    id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    occurrence: str
    case_id: uuid.UUID | None
    number: str | None
    report_id: uuid.UUID | None
    due_at: datetime
    snoozes: int
    snoozed_until: datetime | None
    level: int
    user_id: uuid.UUID | None
    who: str | None
    asked_by: uuid.UUID | None  # who says that it is not needed, and waits for an answer
    other_unit: str | None
    service: str | None

    @property
    def is_pending(self) -> bool:
        return self.asked_by is not None

    @property
    def key(self) -> Key:
        return not self.is_urgent, self.due_at, self.id

    @property
    def is_urgent(self) -> bool:
        return self.kind in urgent_kinds()

    @property
    def what(self) -> tuple[str, uuid.UUID, str]:
        return self.kind, self.subject_id, self.occurrence


_DOER = aliased(User)
_COLUMNS: tuple[Any, ...] = (
    Obligation.id,
    Obligation.kind,
    Obligation.subject_id,
    Obligation.occurrence,
    Obligation.case_id,
    number_of(Obligation.kind, Obligation.unit_id),
    Case.report_id,
    Obligation.due_at,
    Obligation.snoozes,
    Obligation.snoozed_until,
    Obligation.level,
    func.coalesce(Obligation.handed_to_id, Obligation.user_id),
    _DOER.name,
    asker_of(Obligation.id),
    unit_of(),
    service_of(Obligation.kind),
)


def due_rows(
    session: Session, actor: Actor, view: View, *, now: datetime, after: Key | None, limit: int
) -> list[DueRow]:
    """At most `limit` + 1: danger before all else, then what is due first. One statement."""
    wanted = _open(actor, _filter(actor, view, now))
    return _rows(session, wanted, after=after, limit=limit)


def due_of_case(
    session: Session, actor: Actor, case_id: uuid.UUID, *, limit: int = 100
) -> list[DueRow]:
    """Of what is due on a case what the actor may see, without what people set for themselves."""
    seen = visible_to(actor).whereclause
    wanted = _open(actor, Obligation.case_id == case_id, Obligation.kind != PERSONAL)
    return _rows(session, wanted.where(seen), after=None, limit=limit)  # type: ignore[arg-type]


class Counts(NamedTuple):
    """How many stand under each tab; and is it still open whether one wants to be mailed?"""

    of: Mapping[View, int]
    may_be_asked: bool


def counts(session: Session, actor: Actor, now: datetime) -> Counts:
    """One statement."""
    if actor.role in NOBODY:
        return Counts(dict.fromkeys(View, 0), may_be_asked=False)
    views = [
        _open(actor, _filter(actor, view, now))
        .with_only_columns(func.count())
        .order_by(None)
        .scalar_subquery()
        for view in View
    ]
    *numbers, asked = session.execute(select(*views, may_be_asked(actor.id))).one()
    return Counts(dict(zip(View, numbers, strict=True)), asked)


def due_today(session: Session, actor: Actor, now: datetime) -> int:
    """How many of the actor's own are late or due by the end of the day."""
    end = clock.local(now).replace(hour=23, minute=59, second=59, microsecond=999999)
    wanted = _open(actor, _filter(actor, View.MINE, now), Obligation.due_at <= end)
    return session.scalar(wanted.with_only_columns(func.count()).order_by(None)) or 0


def unread(session: Session, actor: Actor, now: datetime) -> int:
    """What was told in the application, is still to be done, and was not looked at; at most
    MOST_COUNTED."""
    told = (
        select(Delivery.obligation_id)
        .distinct()
        .join(Obligation, Obligation.id == Delivery.obligation_id)
        .where(
            Delivery.recipient_id == actor.id,
            Delivery.channel == Channel.APP,
            Delivery.read_at.is_(None),
            Delivery.acted_at.is_(None),
            Obligation.closed_at.is_(None),
            *_one_by_one(actor, now),
        )
        .limit(MOST_COUNTED)
    )
    return session.scalar(select(func.count()).select_from(told.subquery())) or 0


def escalated(session: Session, actor: Actor, now: datetime, *, limit: int) -> list[DueRow]:
    """What was told to the actor because nobody answered, or to agree that it is not needed; the
    longest late first."""
    above = or_(Obligation.level > 0, pending_of(Obligation.id))
    wanted = _open(actor, _was_told(actor), above)
    return _rows(session, wanted, after=None, limit=limit)


def still_due(
    session: Session, rows: Collection[DueRow | Obligation], now: datetime
) -> set[tuple[str, uuid.UUID, str]]:
    """Of these, what the state of the work still asks for: what was just recorded is over before
    the next pass says so. One statement, by the ids of the subjects, of the sources of their
    kinds: that of all takes longer to plan than the page to make."""
    subjects = {row.subject_id for row in rows}
    due = [source.subquery() for source in sources(now, {row.kind for row in rows})]
    asked = [
        select(one.c.kind, one.c.subject_id, one.c.occurrence).where(one.c.subject_id.in_(subjects))
        for one in due
    ]
    if not asked:
        return set()
    return {(row[0], row[1], row[2]) for row in session.execute(union_all(*asked))}


def names_of(
    session: Session, actor: Actor, case_ids: Iterable[uuid.UUID | None]
) -> Mapping[uuid.UUID, str | None]:
    """The children's names, of those of these cases that the reader may open; one statement, none
    for who knows no names."""
    ids = {one for one in case_ids if one is not None}
    if not ids or not sections_of(actor):
        return {}
    opened = cases.visible_to(actor).where(Case.id.in_(ids))
    if Section.IDENTITY not in sections_of(actor):
        return dict.fromkeys(session.scalars(opened.with_only_columns(Case.id)))
    rows = session.execute(
        opened.join(Child, Child.id == Case.child_id)
        .join(DataKey, DataKey.id == Child.key_id)
        .with_only_columns(Case.id, Child.id, Child.full_name_sealed, DataKey.id, DataKey.wrapped)
    )
    return {
        row[0]: open_field(Child, "full_name", row[1], (row[3], row[4]), row[2]) for row in rows
    }


def _filter(actor: Actor, view: View, now: datetime) -> ColumnElement[bool]:
    today, is_far = clock.local(now).date(), Obligation.due_at > now + FAR
    if view is View.UNIT:
        is_of_unit = (Obligation.unit_id == actor.unit_id) & (Obligation.kind != PERSONAL)
        return and_(is_of_unit, ~is_far, literal(actor.role in OF_UNIT))
    if view is View.TOLD:
        return and_(_was_told(actor), *_one_by_one(actor, now))
    waits = func.coalesce(Obligation.snoozed_until > now, False) | is_far
    return and_(is_mine(actor, today), waits if view is View.LATER else ~waits)


def _one_by_one(actor: Actor, now: datetime) -> list[ColumnElement[bool]]:
    """Not those for which one line stands above the list."""
    return [Obligation.subject_id.not_in(summed(actor, now)) for summed in SUMMED]


def _was_told(actor: Actor) -> ColumnElement[bool]:
    doer = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
    return and_(is_told(actor.id), doer.is_distinct_from(actor.id))


def _open(actor: Actor, *wanted: ColumnElement[bool]) -> Select[Any]:
    found = select(*_COLUMNS).join(Case, Case.id == Obligation.case_id, isouter=True)
    return (
        with_referral(found, Obligation.kind, Obligation.subject_id)
        .join(
            _DOER,
            _DOER.id == func.coalesce(Obligation.handed_to_id, Obligation.user_id),
            isouter=True,
        )
        .where(
            Obligation.closed_at.is_(None),
            or_(Case.id.is_(None), Case.child_id.not_in(denied_children(actor))),
            in_reach(actor),
            *wanted,
        )
        .order_by(_is_not_urgent(), Obligation.due_at, Obligation.id)
    )


def urgent_kinds() -> frozenset[str]:
    return frozenset(key for key, kind in rules_of_file().kinds.items() if kind.is_urgent)


def _is_not_urgent() -> ColumnElement[bool]:
    return Obligation.kind.not_in(sorted(urgent_kinds()))


def _rows(session: Session, wanted: Select[Any], *, after: Key | None, limit: int) -> list[DueRow]:
    if after is not None:
        place = tuple_(_is_not_urgent(), Obligation.due_at, Obligation.id)
        wanted = wanted.where(place > after)
    found: Sequence[Row[Any]] = session.execute(wanted.limit(limit + 1)).all()
    return [DueRow._make(row) for row in found]
