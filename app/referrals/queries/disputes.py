"""Disagreements that wait for a decision, and those decided lately."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit
from app.referrals.models import Referral, ReferralDispute
from app.referrals.policy import disputes_of, visible_to
from app.referrals.queries.order import Key

LATELY = 10


class WaitingDispute(NamedTuple):
    """One that waits. `parties`: who had a part in it, and so may not decide."""

    id: uuid.UUID
    number: str
    service: str
    sender: str
    raised_at: datetime
    due_at: datetime
    parties: frozenset[uuid.UUID | None]


def waiting_disputes(
    session: Session, actor: Actor, *, limit: int = 50
) -> Sequence[WaitingDispute]:
    """What a first page says of those that wait, what runs out first on top; one statement."""
    rows = session.execute(
        visible_to(actor)
        .join(ReferralDispute, ReferralDispute.referral_id == Referral.id)
        .join(Unit, Unit.id == Referral.from_unit_id)
        .with_only_columns(
            ReferralDispute.id, Referral.created_at, Referral.serial, Referral.service,
            Unit.short_name, ReferralDispute.raised_at, ReferralDispute.due_at,
            ReferralDispute.raised_by, Referral.by_id, Referral.answered_by,
        )
        .where(ReferralDispute.decided_at.is_(None))
        .order_by(ReferralDispute.due_at, ReferralDispute.id)
        .limit(limit)
    )  # fmt: skip
    return [
        WaitingDispute(
            id=row.id,
            number=Referral.numbered(row.created_at, row.serial),
            service=row.service,
            sender=row.short_name,
            raised_at=row.raised_at,
            due_at=row.due_at,
            parties=frozenset((row.raised_by, row.by_id, row.answered_by)),
        )
        for row in rows
    ]


def open_disputes(
    session: Session, actor: Actor, *, after: Key | None, limit: int
) -> Sequence[ReferralDispute]:
    """At most `limit` + 1, what runs out first on top; one statement."""
    place = (ReferralDispute.due_at, ReferralDispute.id)
    wanted = disputes_of(actor).where(ReferralDispute.decided_at.is_(None)).order_by(*place)
    if after:
        wanted = wanted.where(tuple_(*place) > after)
    return session.scalars(wanted.limit(limit + 1)).unique().all()


def decided_disputes(session: Session, actor: Actor) -> Sequence[ReferralDispute]:
    """The last ones; one statement."""
    decided = disputes_of(actor).where(ReferralDispute.decided_at.is_not(None))
    newest = decided.order_by(ReferralDispute.decided_at.desc(), ReferralDispute.id.desc())
    return session.scalars(newest.limit(LATELY)).unique().all()
