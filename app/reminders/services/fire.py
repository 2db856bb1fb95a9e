"""Telling people: what is due to be told is claimed, and told, in one transaction."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.core import clock
from app.core.ids import new_id
from app.core.outbox import enqueue
from app.reminders.models import Channel, Delivery, DeliveryState, Obligation
from app.reminders.queries.moments import LONG_AGO
from app.reminders.queries.people import Staff
from app.reminders.rules import ANEW, Kind, ReminderRules, Step, Whom
from app.reminders.services.choices import Wishes, wishes_of

log = logging.getLogger("vongtay.reminders")
AT_ONCE = 200
AGAIN = timedelta(hours=1)
ESCALATED = "reminder.escalated"
OWN = frozenset({Whom.OWNER, Whom.OFFICER, Whom.SELF, Whom.UNIT})


@dataclass(frozen=True, slots=True)
class Telling:
    """One obligation, its steps that are due together (one message, not one for each), and whom
    they reach."""

    obligation: Obligation
    kind: Kind
    occurrence: str
    recipients: tuple[uuid.UUID, ...]
    level: int | None  # to which it went up


def fire(session: Session, rules: ReminderRules, now: datetime) -> int:
    """Claim at most AT_ONCE obligations and tell of them; 0 when nothing is left.

    In the application the telling is exactly once: claim, ledger and next time are one
    transaction. Others work beside (SKIP LOCKED).
    """
    claimed = session.scalars(
        select(Obligation)
        .where(Obligation.next_at <= now, Obligation.closed_at.is_(None))
        .order_by(Obligation.next_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    staff = Staff(session, claimed, clock.local(now).date())
    told = [telling for one in claimed if (telling := _try(one, rules, staff, now))]
    people = {user for telling in told for user in telling.recipients}
    wishes = wishes_of(session, people, rules.limits) if people else {}
    _write(session, told, wishes, now)
    for telling in told:
        if telling.level is not None:
            enqueue(session, ESCALATED, _went_up(telling, telling.level), now=now)
    session.flush()
    return len(claimed)


def _went_up(telling: Telling, level: int) -> dict[str, object]:
    obligation = str(telling.obligation.id)
    return {"obligation": obligation, "step": telling.occurrence, "level": level}


def _try(one: Obligation, rules: ReminderRules, staff: Staff, now: datetime) -> Telling | None:
    """One that cannot be told is tried again in an hour, and keeps nobody from the others."""
    try:
        return _telling(one, rules, staff, now)
    except Exception:
        log.exception("reminder.not_told", extra={"kind": one.kind})
        one.next_at = now + AGAIN
        return None


def _telling(one: Obligation, rules: ReminderRules, staff: Staff, now: datetime) -> Telling | None:
    """What is to be told now, and the obligation moved on. None for a kind without a rule, and
    where nobody is there to be told: then the steps are still to come for whoever arrives."""
    kind = rules.kinds.get(one.kind)
    if kind is None:
        one.next_at = None
        return None
    steps = kind.passed(one.started_at, one.due_at, after=one.last_at, until=now)
    is_back = one.snoozed_until is not None and one.snoozed_until <= now
    sleeps = one.snoozed_until is not None and one.snoozed_until > now
    is_new_to_them = one.asked_at > one.last_at > LONG_AGO
    whom = _whom(kind, steps, sleeps=sleeps, again=is_back or is_new_to_them)
    recipients = tuple(staff.recipients(one, whom))
    if whom and not recipients:
        one.next_at = now + AGAIN
        return None
    occurrence = _occurrence(one, steps, is_new_to_them=is_new_to_them)
    one.last_at = max(one.last_at, now)  # a clock that is set back tells nothing again
    one.next_at = kind.next_at(one.started_at, one.due_at, after=now)
    if is_back:
        one.snoozed_until = None
    elif sleeps and one.snoozed_until is not None:
        one.next_at = min(one.next_at, one.snoozed_until) if one.next_at else one.snoozed_until
    goes_up = any(step.escalates for step in steps)
    one.level += goes_up
    return Telling(one, kind, occurrence, recipients, one.level if goes_up else None)


def _occurrence(one: Obligation, steps: Sequence[Step], *, is_new_to_them: bool) -> str:
    """The key of the last step; without one: who is asked since then, or how often put off. A unit
    that has it anew is told anew, also what it was told before it went elsewhere."""
    if steps:
        key, is_anew = steps[-1].key, one.last_at == LONG_AGO and one.asked_at > one.opened_at
        return f"{key}{ANEW}{int(one.asked_at.timestamp())}" if is_anew else key
    return f"o{int(one.asked_at.timestamp())}" if is_new_to_them else f"s{one.snoozes}"


def _whom(kind: Kind, steps: Sequence[Step], *, sleeps: bool, again: bool) -> list[Whom]:
    """Everybody of the steps; who put it off is left in peace until then, others are not. What is
    told again goes to whom the rule tells first."""
    named = list(dict.fromkeys(whom for step in steps for whom in step.whom))
    if again and not OWN & set(named):
        first = kind.steps[0].whom
        return [*([whom for whom in first if whom in OWN] or first), *named]
    return [whom for whom in named if not (sleeps and whom in OWN)]


def _write(
    session: Session, told: Sequence[Telling], wishes: dict[uuid.UUID, Wishes], now: datetime
) -> None:
    rows = [
        row
        for telling in told
        for user in telling.recipients
        for row in _rows(telling, user, wishes.get(user), now)
    ]
    if not rows:
        return
    inserted = session.execute(
        insert(Delivery)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(Delivery.obligation_id, Delivery.channel)
    )
    seen = list({one: None for one, channel in inserted if channel is Channel.APP})
    if not seen:
        return
    data = {"channel": Channel.APP.value, "count": len(seen), "obligations": seen}
    record(session, None, AuditAction.REMINDER_SENT, at=now, data=data)


def _rows(
    telling: Telling, user: uuid.UUID, wishes: Wishes | None, now: datetime
) -> list[dict[str, object]]:
    urgent = telling.kind.is_urgent
    channels = wishes.of(telling.obligation.kind, is_urgent=urgent) if wishes else []
    rows = []
    for channel in (Channel.APP, *channels):
        in_app = channel is Channel.APP
        after = now
        if wishes is not None and not in_app:
            at_once = telling.kind.at_once
            after = wishes.send_after(channel, now, is_urgent=urgent, at_once=at_once)
        rows.append(
            {
                "id": new_id(),
                "obligation_id": telling.obligation.id,
                "kind": telling.obligation.kind,
                "occurrence": telling.occurrence,
                "channel": channel,
                "recipient_id": user,
                "is_urgent": urgent,
                "state": DeliveryState.SENT if in_app else DeliveryState.WAITING,
                "created_at": now,
                "send_after": after,
                "sent_at": now if in_app else None,
            }
        )
    return rows
