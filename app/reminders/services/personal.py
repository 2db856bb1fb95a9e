"""Reminders that one sets for oneself on a case."""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.models import Case
from app.core.errors import InvalidInput
from app.reminders.models import Obligation, PersonalReminder
from app.reminders.policy import PERSONAL
from app.reminders.services.reading import mark_acted

FURTHEST = timedelta(days=366)


def set_reminder(
    session: Session, *, actor: Actor, case: Case, text: str, due_at: datetime, now: datetime
) -> PersonalReminder:
    """“Call the school on Friday”. `case` comes with its child. Raises InvalidInput("due_at")."""
    if due_at <= now:
        raise InvalidInput("due_at", _l("Chọn một thời điểm chưa đến."))
    if due_at > now + FURTHEST:
        raise InvalidInput("due_at", _l("Nhiều nhất một năm."))
    reminder = PersonalReminder(
        key=case.child.key,
        case_id=case.id,
        user_id=actor.id,
        text=text,
        created_at=now,
        due_at=due_at,
    )
    session.add(reminder)
    session.flush()
    return reminder


def finish_reminder(session: Session, *, reminder: PersonalReminder, now: datetime) -> None:
    """Done: nobody is told of it again. Raises ObligationEnded the second time."""
    session.refresh(reminder, ["done_at", "version"], with_for_update=True)
    reminder.finish(now=now)
    open_of_it = select(Obligation).where(
        Obligation.kind == PERSONAL,
        Obligation.subject_id == reminder.id,
        Obligation.closed_at.is_(None),
    )
    for obligation in session.scalars(open_of_it.with_for_update()):
        obligation.end(now=now)
        mark_acted(session, obligation.id, now)
    session.flush()
