"""What a one-time link leads to, for the browser that opened it; and the links of a referral."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.auth.login import token_hash
from app.cases.models import Case
from app.people.models import Child
from app.referrals.enums import SHUT, StepKind
from app.referrals.models import OutsideLink, Referral, ReferralStep
from app.referrals.rules import rules


def opened_link(
    session: Session, *, link_id: uuid.UUID, browser: str, now: datetime
) -> OutsideLink | None:
    """The link with its referral, case and child, if this browser opened it and it is still open:
    not after it ended or expired, nor after a recall. One statement."""
    return session.scalars(
        select(OutsideLink)
        .join(OutsideLink.referral)
        .options(
            contains_eager(OutsideLink.referral).options(
                joinedload(Referral.case, innerjoin=True)
                .joinedload(Case.child, innerjoin=True)
                .raiseload(Child.carers),
                joinedload(Referral.from_unit, innerjoin=True),
                joinedload(Referral.to_unit),
                joinedload(Referral.consent),
            )
        )
        .where(
            OutsideLink.id == link_id,
            OutsideLink.session_hash == token_hash(browser),
            OutsideLink.ended_at.is_(None),
            OutsideLink.expires_at > now,
            OutsideLink.tries < rules().access.link_tries,
            Referral.state.not_in(SHUT),
        )
    ).one_or_none()


def links_of(session: Session, referral_id: uuid.UUID, *, limit: int = 10) -> Sequence[OutsideLink]:
    """The links of a referral, the newest first."""
    return session.scalars(
        select(OutsideLink)
        .where(OutsideLink.referral_id == referral_id)
        .order_by(OutsideLink.created_at.desc(), OutsideLink.id.desc())
        .limit(limit)
    ).all()


def handed_over(session: Session, referral_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of which a link was made or a slip printed; one statement."""
    linked = select(OutsideLink.referral_id).where(OutsideLink.referral_id.in_(referral_ids))
    printed = select(ReferralStep.referral_id).where(
        ReferralStep.referral_id.in_(referral_ids), ReferralStep.kind == StepKind.PRINTED
    )
    return frozenset(session.scalars(linked.union(printed)))


def letters_of(session: Session, referral_id: uuid.UUID) -> Sequence[ReferralStep]:
    """What the two sides wrote to each other, the oldest first."""
    return (
        session.scalars(
            select(ReferralStep)
            .where(ReferralStep.referral_id == referral_id, ReferralStep.note_sealed.is_not(None))
            .order_by(ReferralStep.at, ReferralStep.id)
        )
        .unique()
        .all()
    )
