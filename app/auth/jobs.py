"""Forgetting what protects the sign-in, or a form, only for a while."""

from datetime import datetime

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import delete, func
from sqlalchemy.orm import Session

from app.auth import browsers, passkeys, throttle
from app.auth.models import PendingSignIn, UserSession
from app.core import idempotency, outbox
from app.core.jobs import Job
from app.reference.retention import kept_for


def forget(session: Session, now: datetime) -> None:
    """Failures that count no longer, sign-ins that stopped half-way, browsers not seen for long."""
    throttle.forget_old(session, now)
    passkeys.forget_old_challenges(session, now)
    browsers.forget_old(session, now)
    session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at <= now))


def forget_technical(session: Session, now: datetime) -> None:
    """What only the machine needs: keys of forms, ended sessions, side effects carried out."""
    idempotency.forget_old(session, now - kept_for("form_keys"))
    outbox.forget_done(session, now - kept_for("outbox"))
    ended = func.coalesce(UserSession.ended_at, UserSession.expires_at)
    session.execute(delete(UserSession).where(ended < now - kept_for("sessions")))


FORGET_ATTEMPTS = Job("auth-forget", IntervalTrigger(hours=1), forget)
FORGET_TECHNICAL = Job("technical-forget", CronTrigger(hour=3), forget_technical)
