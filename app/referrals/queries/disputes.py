"""Disagreements that wait for a decision, and those decided lately."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, tuple_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit
from app.cases.queries.pending import asked
from app.referrals.models import Referral, ReferralDispute
from app.referrals.policy import disputes_of, visible_to
from app.referrals.queries.order import Key

LATELY, DISPUTE = 10, "dispute"


def waiting_disputes(actor: Actor) -> Select[Any]:
    """What a first page says of those that wait, as a part of cases' `queries/pending` ASKED.

    `parties`: who had a part in it, and so may not decide.
    """
    parties = array([ReferralDispute.raised_by, Referral.by_id, Referral.answered_by])
    return (
        visible_to(actor)
        .join(ReferralDispute, ReferralDispute.referral_id == Referral.id)
        .join(Unit, Unit.id == Referral.from_unit_id)
        .with_only_columns(
            *asked(
                DISPUTE,
                ReferralDispute.id,
                ReferralDispute.due_at,
                year=func.extract("year", Referral.created_at),
                serial=Referral.serial,
                service=Referral.service,
                sender=Unit.short_name,
                raised_at=ReferralDispute.raised_at,
                parties=parties,
            )
        )
        .where(ReferralDispute.decided_at.is_(None))
        .order_by(ReferralDispute.due_at, ReferralDispute.id)
    )


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
