"""The row that opens a packet to its receiver: made at the acceptance, ended with its reason."""

import uuid
from datetime import datetime, time, timedelta

from sqlalchemy import func, or_, update
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess
from app.core import clock
from app.referrals.models import Consent, Referral
from app.referrals.rules import rules


def grant(
    session: Session, referral: Referral, *, holder_id: uuid.UUID, now: datetime
) -> CaseAccess:
    """Open the granted sections to the holder (the unit, or the one-time link); as long as the
    consent lasts where the share rests on one."""
    access = CaseAccess(
        case_id=referral.case_id,
        child_id=referral.case.child_id,
        holder_id=holder_id,
        reason=AccessReason.REFERRAL,
        sections=sorted(referral.sections),
        since=now,
        until=_end_of(referral.consent) if referral.consent_id else None,
    )
    session.add(access)
    session.flush()
    return access


def pass_on(
    session: Session, referral: Referral, *, holder_id: uuid.UUID, now: datetime
) -> CaseAccess | None:
    """A packet that is open goes to another holder (a newer link), with the same sections and the
    same end. None where nothing is open."""
    held = session.get(CaseAccess, referral.access_id) if referral.access_id else None
    if held is None or (held.until is not None and held.until <= now):
        return None
    access = CaseAccess(
        case_id=held.case_id,
        child_id=held.child_id,
        holder_id=holder_id,
        reason=held.reason,
        sections=held.sections,
        since=now,
        until=held.until,
    )
    held.until = now
    session.add(access)
    session.flush()
    referral.access_id = access.id
    return access


def end_at_once(session: Session, referral: Referral, *, now: datetime) -> None:
    """From the next request on nothing of the packet is shown."""
    _end(session, referral, now, now)


def end_later(session: Session, referral: Referral, *, now: datetime) -> None:
    """The work is done: the packet stays open for the days that the rules give."""
    days = timedelta(days=rules().access.days_after_completion)
    _end(session, referral, now + days, now)


def _end(session: Session, referral: Referral, until: datetime, now: datetime) -> None:
    if referral.access_id is None:
        return
    session.execute(
        update(CaseAccess)
        .where(
            CaseAccess.id == referral.access_id,
            or_(CaseAccess.until.is_(None), CaseAccess.until > now),
        )
        .values(until=func.least(CaseAccess.until, until))
    )


def _end_of(consent: Consent | None) -> datetime | None:
    if consent is None or consent.until is None:
        return None
    return datetime.combine(consent.until + timedelta(days=1), time(), clock.LOCAL)
