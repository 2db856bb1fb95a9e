"""The rules in force: the data file, with the newest steps an administrator set."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.reminders.models import ReminderRuleChange
from app.reminders.rules import ReminderRules, Step, rules_of_file

MOST_CHANGES = 50


class RuleChange(NamedTuple):
    """What holds since a change, by kind: all that differs from the data file."""

    number: int
    steps: Mapping[str, list[dict[str, Any]]]
    reason: str
    typed_at: datetime
    by_name: str


def rules_in_force(session: Session) -> ReminderRules:
    """One statement."""
    steps = session.scalar(
        select(ReminderRuleChange.steps).order_by(ReminderRuleChange.number.desc()).limit(1)
    )
    return rules_of_file().changed({} if steps is None else steps)


def rule_changes(session: Session, *, limit: int = MOST_CHANGES + 1) -> list[RuleChange]:
    """What administrators set, the newest first; the last one only to compare with."""
    rows = session.execute(
        select(
            ReminderRuleChange.number,
            ReminderRuleChange.steps,
            ReminderRuleChange.reason,
            ReminderRuleChange.typed_at,
            User.name,
        )
        .join(User, User.id == ReminderRuleChange.by_id)
        .order_by(ReminderRuleChange.number.desc())
        .limit(limit)
    )
    return [RuleChange(*row) for row in rows]


def steps_before(session: Session, kind: str, number: int) -> tuple[Step, ...]:
    """The steps of a kind as they were before that change. Raises KeyError for an unknown kind."""
    steps = session.scalar(
        select(ReminderRuleChange.steps)
        .where(ReminderRuleChange.number < number)
        .order_by(ReminderRuleChange.number.desc())
        .limit(1)
    )
    return rules_of_file().changed({} if steps is None else steps).kind(kind).steps
