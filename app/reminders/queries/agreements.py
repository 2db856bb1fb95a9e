"""What somebody says is not needed, and waits for a Chair."""

from typing import Any

from sqlalchemy import Select

from app.auth.actor import Actor
from app.auth.models import User
from app.cases.models import Case
from app.cases.queries.pending import columns, of_own_cases
from app.reminders.models import Obligation, ObligationAnswer

NOT_NEEDED = "not_needed"


def to_agree(actor: Actor) -> Select[Any]:
    """Of the actor's unit, as a part of cases' `queries/pending`; `about` is the kind."""
    row, answer = Obligation, ObligationAnswer
    named = columns(NOT_NEEDED, row.id, answer.at, [answer.by_id], about=row.kind)
    return (
        of_own_cases(actor)
        .join(row, row.case_id == Case.id)
        .join(answer, answer.obligation_id == row.id)
        .join(User, User.id == answer.by_id)
        .with_only_columns(*named)
        .where(
            row.unit_id == actor.unit_id,
            row.closed_at.is_(None),
            answer.answer == NOT_NEEDED,
            answer.decided_at.is_(None),
        )
        .order_by(answer.at, answer.id)
    )
