"""The rules in force: the data file, with the newest steps an administrator set."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.reminders.models import ReminderRuleChange
from app.reminders.rules import ReminderRules, rules_of_file


def rules_in_force(session: Session) -> ReminderRules:
    """One statement."""
    steps = session.scalar(
        select(ReminderRuleChange.steps).order_by(ReminderRuleChange.number.desc()).limit(1)
    )
    return rules_of_file().changed(steps or {})


def rule_changes(session: Session) -> Sequence[ReminderRuleChange]:
    """What administrators set, the newest first."""
    return session.scalars(
        select(ReminderRuleChange).order_by(ReminderRuleChange.number.desc()).limit(50)
    ).all()
