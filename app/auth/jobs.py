"""Forgetting what protects the sign-in only for a while."""

from datetime import datetime

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.auth import browsers, passkeys, throttle
from app.auth.models import PendingSignIn
from app.core.jobs import Job


def forget(session: Session, now: datetime) -> None:
    """Failures that count no longer, sign-ins that stopped half-way, browsers not seen for long."""
    throttle.forget_old(session, now)
    passkeys.forget_old_challenges(session, now)
    browsers.forget_old(session, now)
    session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at <= now))


FORGET_ATTEMPTS = Job("auth-forget", IntervalTrigger(hours=1), forget)
