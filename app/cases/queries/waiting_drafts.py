"""The drafts that wait for their author, by place; what they say is not opened for a list."""

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.models import Case, Draft
from app.cases.policy import visible_to

MOST = 5


class WaitingDraft(NamedTuple):
    """`number` is the case's, where the draft belongs to one that its author may still see."""

    form: str
    subject_id: uuid.UUID | None
    saved_at: datetime
    number: str | None


def waiting_drafts(session: Session, actor: Actor, form: str | None = None) -> list[WaitingDraft]:
    """The newest drafts of the actor, all or those of one form, in one statement."""
    seen = visible_to(actor).with_only_columns(Case.id, Case.number).subquery()
    rows = session.execute(
        select(Draft.form, Draft.subject_id, Draft.saved_at, seen.c.number)
        .join(seen, seen.c.id == Draft.subject_id, isouter=True)
        .where(Draft.user_id == actor.id, Draft.form == form if form else true())
        .order_by(Draft.saved_at.desc())
        .limit(MOST)
    )
    return [WaitingDraft(*row) for row in rows]
