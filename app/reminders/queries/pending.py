"""What is said not to be needed and waits for another person's agreement."""

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.cases.models import Case
from app.reminders.models import Obligation, ObligationAnswer
from app.reminders.policy import open_to
from app.reminders.queries.mine import is_told


class PendingDrop(NamedTuple):
    obligation_id: uuid.UUID
    kind: str
    number: str | None
    asked_at: datetime
    by_id: uuid.UUID
    by_name: str


def pending_drops(session: Session, actor: Actor, *, limit: int = 50) -> list[PendingDrop]:
    """Those of which this person was told, the oldest first; one statement."""
    rows = session.execute(
        open_to(actor)
        .join(ObligationAnswer, ObligationAnswer.obligation_id == Obligation.id)
        .join(User, User.id == ObligationAnswer.by_id)
        .join(Case, Case.id == Obligation.case_id, isouter=True)
        .with_only_columns(
            Obligation.id,
            Obligation.kind,
            Case.number,
            ObligationAnswer.at,
            ObligationAnswer.by_id,
            User.name,
        )
        .where(
            is_told(actor.id),
            ObligationAnswer.answer == "not_needed",
            ObligationAnswer.decided_at.is_(None),
        )
        .order_by(ObligationAnswer.at)
        .limit(limit)
    )
    return [PendingDrop(*row) for row in rows]
