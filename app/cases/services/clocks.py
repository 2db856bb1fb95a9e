"""Clocks that a case did not start with, because its danger became known later."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.deadlines.models import Deadline
from app.deadlines.services import start_clocks


def start_missing(
    session: Session,
    case: Case,
    rule_keys: Sequence[str],
    *,
    started_at: datetime,
    now: datetime,
) -> None:
    """Start those of the clocks that the case never had; one that was answered stays answered."""
    known = set(session.scalars(select(Deadline.rule_key).where(Deadline.subject_id == case.id)))
    start_clocks(
        session,
        subject_id=case.id,
        subject_label=case.number,
        rule_keys=[key for key in rule_keys if key not in known],
        started_at=started_at,
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        now=now,
        cycle=case.cycle,
    )
