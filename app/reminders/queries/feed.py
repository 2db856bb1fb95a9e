"""What one person has to do, for the calendar on their phone: two statements."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from app.auth.grants import CaseDenial, opened_to, said_of_account
from app.auth.models import Role, Unit, User
from app.cases.models import Case
from app.reminders.models import Obligation, ReminderChoice
from app.reminders.policy import APPROVE, NOBODY, OF_UNIT, PERSONAL
from app.reminders.queries.numbers import number_of, with_referral
from app.reminders.services.messages import Line

MOST_EVENTS = 500
OLDEST = timedelta(days=90)  # what is late for longer helps nobody in a calendar


class FeedOwner(NamedTuple):
    user_id: uuid.UUID
    unit_id: uuid.UUID
    role: Role


class FeedItem(NamedTuple):
    """`since` is when it became known: an event says by it whether it is news."""

    line: Line
    since: datetime


def feed_owner(session: Session, token_hash: bytes, now: datetime) -> FeedOwner | None:
    """Whose calendar it is, who thereby is the reader; None for a feed that is off and for a closed
    account."""
    reader = said_of_account(now.isoformat())
    row = session.execute(
        select(User.id, User.unit_id, User.role, *reader)
        .join(ReminderChoice, ReminderChoice.user_id == User.id)
        .join(Unit, Unit.id == User.unit_id)
        .where(
            ReminderChoice.feed_hash == token_hash,
            User.is_active,
            Unit.is_active,
            User.role.not_in(NOBODY),
        )
    ).first()
    return None if row is None else FeedOwner(row.id, row.unit_id, row.role)


def _is_theirs(owner: FeedOwner, now: datetime) -> ColumnElement[bool]:
    """What one set for oneself, on a case that one may open; a supervisor has the area."""
    if owner.role is Role.SUPERVISOR:
        return true()
    may_open = opened_to(owner.user_id, owner.unit_id, Obligation.case_id, now)
    return or_(Obligation.case_id.is_(None), may_open)


def feed_items(session: Session, owner: FeedOwner, now: datetime) -> Sequence[FeedItem]:
    """What they answer for, and what nobody of their unit has taken yet; the first due first."""
    who = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
    is_approval = Obligation.kind == APPROVE
    of_unit = and_(
        who.is_(None),
        Obligation.unit_id == owner.unit_id,
        Obligation.kind != PERSONAL,
        is_approval if owner.role is Role.COMMUNE_CHAIR else ~is_approval,
    )
    denied = (
        select(Case.id)
        .join(CaseDenial, CaseDenial.child_id == Case.child_id)
        .where(CaseDenial.user_id == owner.user_id, CaseDenial.until.is_(None))
    )
    kind, number = Obligation.kind, number_of(Obligation.kind, Obligation.unit_id)
    wanted: Select[Any] = (
        select(Obligation.id, kind, number, Obligation.due_at, Obligation.opened_at)
        .join(Case, Case.id == Obligation.case_id, isouter=True)
        .where(
            or_(who == owner.user_id, of_unit if owner.role in OF_UNIT else false()),
            or_(
                Obligation.unit_id == owner.unit_id,
                Obligation.unit_id.is_(None) & _is_theirs(owner, now),
            ),
            Obligation.closed_at.is_(None),
            Obligation.due_at > now - OLDEST,
            or_(Obligation.case_id.is_(None), Obligation.case_id.not_in(denied)),
        )
        .order_by(Obligation.due_at, Obligation.id)
        .limit(MOST_EVENTS)
    )
    rows = session.execute(with_referral(wanted, kind, Obligation.subject_id))
    return [FeedItem(Line(*row[:4]), row.opened_at) for row in rows]
