"""What reminders add to the erasure of a child: what one wrote for oneself about it is over."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.cases.erasing import FORGET, ChildIds, Destroyed
from app.reminders.models import PersonalReminder


def end_personal(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """Their words go with the child's key; they remind nobody any more."""
    open_ones = PersonalReminder.case_id.in_(ids.cases) & PersonalReminder.done_at.is_(None)
    ended = {"done_at": now, "version": PersonalReminder.version + 1}
    session.execute(update(PersonalReminder).where(open_ones).values(ended))
    return Destroyed()


FORGET.append(end_personal)
