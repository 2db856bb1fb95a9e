"""Disagreements that wait for a decision, and those decided lately."""

from collections.abc import Sequence

from sqlalchemy import tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.referrals.models import ReferralDispute
from app.referrals.policy import disputes_of
from app.referrals.queries.order import Key

LATELY = 10


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
