"""When a referral is to be accepted, to meet the child, to tell its outcome."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.deadlines.calendar import Overrides, shipped_days
from app.deadlines.models import CalendarDay
from app.referrals.enums import Urgency
from app.referrals.models import Referral
from app.referrals.rules import ReferralRules, UrgencyRule, rules_numbered

LONGEST = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class SentClocks:
    accept_due_at: datetime
    expires_at: datetime
    tell_at: datetime


def calendar(session: Session, start: datetime) -> Overrides:
    """The days of the coming months that differ from the calendar; one statement."""
    first = clock.local(start).date()
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.is_working).where(
            CalendarDay.day.between(first, first + LONGEST)
        )
    )
    shipped = {entry.day: entry.is_working for entry in shipped_days()}
    return shipped | {row.day: row.is_working for row in rows}


def sent_clocks(
    rules: ReferralRules, urgency: Urgency, start: datetime, overrides: Overrides
) -> SentClocks:
    rule = rules.urgencies[urgency]
    due = rule.accept.due(start, overrides)
    return SentClocks(
        accept_due_at=due,
        expires_at=start + (due - start) * rule.expire,
        tell_at=_tell_at(rule, start, due, 0),
    )


def tell_at(referral: Referral, level: int) -> datetime | None:
    """When the next one up is told after `level`; None after the last."""
    rule = rule_of(referral)
    if level >= len(rule.unanswered) or referral.sent_at is None or not referral.accept_due_at:
        return None
    return _tell_at(rule, referral.sent_at, referral.accept_due_at, level)


def contact_due(referral: Referral, start: datetime, overrides: Overrides) -> datetime:
    return rule_of(referral).contact.due(start, overrides)


def outcome_due(referral: Referral, start: datetime, overrides: Overrides) -> datetime:
    return rule_of(referral).outcome.due(start, overrides)


def rule_of(referral: Referral) -> UrgencyRule:
    return rules_numbered(referral.rules_version).urgencies[referral.urgency]


def _tell_at(rule: UrgencyRule, start: datetime, due: datetime, level: int) -> datetime:
    return start + (due - start) * rule.unanswered[level]
