"""Legal clocks: started, met, stopped, moved, extended; and their misses written to the log."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.core import clock
from app.core.errors import InvalidInput
from app.core.sealed import DataKey
from app.deadlines.calendar import Overrides, shipped_days
from app.deadlines.models import (
    CalendarDay,
    ClockState,
    Deadline,
    DeadlineExtension,
    ExtensionPending,
    NotExtendable,
)
from app.deadlines.rules import Clock, ClockRule, clock_rule, clock_rules, due_at

LONGEST_EXTENSION = timedelta(days=366)
MISSES_A_RUN = 500


def start_clocks(
    session: Session,
    *,
    subject_id: uuid.UUID,
    subject_label: str,
    rule_keys: Sequence[str],
    started_at: datetime,
    unit_id: uuid.UUID | None,
    commune_code: str | None,
    now: datetime,
    cycle: int = 1,
) -> list[Deadline]:
    """Start the clocks of a subject by the rules in force when they started.

    Returns them in the order of `rule_keys`, not flushed yet, so that a step of the same moment may
    call `.meet` on them without a statement. A clock never starts in the future.
    """
    started_at = min(started_at, now)
    rules = clock_rules(clock.local(started_at).date())
    chosen = [rules[key] for key in rule_keys]
    overrides = calendar_overrides(session, chosen, started_at)
    clocks = []
    for rule in chosen:
        due = due_at(rule, started_at, overrides)
        clocks.append(
            Deadline(
                subject_id=subject_id,
                subject_label=subject_label,
                rule_key=rule.key,
                rule_version=rule.version,
                cycle=cycle,
                unit_id=unit_id,
                commune_code=commune_code,
                started_at=started_at,
                due_at=due,
                effective_due_at=due,
            )
        )
    session.add_all(clocks)
    return clocks


def calendar_overrides(
    session: Session, rules: Sequence[ClockRule], started_at: datetime
) -> Overrides:
    """The days that differ from the calendar, read only where a rule counts working days."""
    if all(rule.clock is not Clock.WORKING for rule in rules):
        return {}
    return changed_days(session, started_at)


def changed_days(session: Session, started_at: datetime) -> Overrides:
    """The days of the next three months that differ from the calendar."""
    first = clock.local(started_at).date()
    changed = session.execute(
        select(CalendarDay.day, CalendarDay.is_working).where(
            CalendarDay.day.between(first, first + timedelta(days=90))
        )
    )
    shipped = {entry.day: entry.is_working for entry in shipped_days()}
    return shipped | {row.day: row.is_working for row in changed}


def meet(
    session: Session,
    *,
    subject_id: uuid.UUID,
    rule_key: str,
    happened_at: datetime,
    now: datetime,
) -> None:
    """What the clock asks for was done. The first answer counts; `happened_at` decides."""
    running = select(Deadline).where(
        Deadline.subject_id == subject_id,
        Deadline.rule_key == rule_key,
        Deadline.closed_at.is_(None),
    )
    for deadline in session.scalars(running.with_for_update()):
        deadline.meet(happened_at=happened_at, now=now)
        if deadline.state(now) is ClockState.MISSED and deadline.miss_noted_at is None:
            _note_miss(session, deadline, now)


def void_all(session: Session, *, subject_id: uuid.UUID, now: datetime) -> None:
    """The running clocks of the subject are no longer asked for (not confirmed, duplicate, …)."""
    running = select(Deadline).where(
        Deadline.subject_id == subject_id, Deadline.closed_at.is_(None)
    )
    for deadline in session.scalars(running.with_for_update()):
        deadline.void(now=now)


def move(
    session: Session, *, subject_id: uuid.UUID, unit_id: uuid.UUID, commune_code: str | None
) -> None:
    """The subject's clocks follow it to another unit and commune."""
    session.execute(
        update(Deadline)
        .where(Deadline.subject_id == subject_id)
        .values(unit_id=unit_id, commune_code=commune_code, version=Deadline.version + 1)
    )


def ask_extension(
    session: Session,
    *,
    actor: Actor,
    deadline: Deadline,
    until: datetime,
    reason: str,
    key: DataKey,
    now: datetime,
) -> DeadlineExtension:
    """Ask another person for more time. `key` seals the reason.

    Raises NotExtendable, ClockNotRunning, ClockRunOut, ExtensionPending, InvalidInput("until").
    """
    session.refresh(deadline, with_for_update=True)
    if not rule_of(deadline).is_extendable:
        raise NotExtendable
    deadline.require_extendable(now=now)
    if until <= deadline.effective_due_at:
        raise InvalidInput("until", _l("Hạn mới phải sau hạn hiện nay."))
    if until > deadline.effective_due_at + LONGEST_EXTENSION:
        raise InvalidInput("until", _l("Hạn mới quá xa. Hãy xem lại năm."))
    if _has_pending(session, deadline):
        raise ExtensionPending
    extension = DeadlineExtension(
        key=key,
        deadline_id=deadline.id,
        until=until,
        reason=reason,
        asked_by=actor.id,
        asked_at=now,
    )
    session.add(extension)
    session.flush()
    _record_extension(session, actor, AuditAction.EXTENSION_ASKED, deadline, until, now)
    return extension


def decide_extension(
    session: Session, *, actor: Actor, extension: DeadlineExtension, approved: bool, now: datetime
) -> Deadline:
    """Approve or refuse more time; returns the clock, later by then if approved.

    Raises OwnRequest, ExtensionAlreadyDecided; ClockNotRunning and ClockRunOut for an approval that
    came too late. A refusal may come late.
    """
    session.refresh(extension, with_for_update=True)
    deadline = session.get_one(Deadline, extension.deadline_id, with_for_update=True)
    extension.decide(by=actor.id, approved=approved, now=now)
    if approved:
        deadline.extend(extension.until, now=now)
    session.flush()
    decision = "approved" if approved else "refused"
    _record_extension(
        session, actor, AuditAction.EXTENSION_DECIDED, deadline, extension.until, now, decision
    )
    return deadline


def rule_of(deadline: Deadline) -> ClockRule:
    """The rule by which the clock was started."""
    return clock_rule(deadline.rule_key, deadline.rule_version)


def note_misses(session: Session, now: datetime) -> int:
    """Write each miss to the log, once a clock; returns how many. A later, earlier-dated answer can
    still make the clock met: then the log says when that became known."""
    late = (
        select(Deadline)
        .where(
            Deadline.closed_at.is_(None),
            Deadline.miss_noted_at.is_(None),
            Deadline.effective_due_at < now,
        )
        .order_by(Deadline.effective_due_at)
        .limit(MISSES_A_RUN)
        .with_for_update(skip_locked=True)
    )
    missed = session.scalars(late).all()
    for deadline in missed:
        _note_miss(session, deadline, now)
    return len(missed)


def _note_miss(session: Session, deadline: Deadline, now: datetime) -> None:
    deadline.miss_noted_at = now
    record(
        session,
        None,
        AuditAction.DEADLINE_MISSED,
        at=now,
        case_id=deadline.subject_id,
        subject_id=deadline.id,
        data={"rule": deadline.rule_key, "due": deadline.effective_due_at.isoformat()},
    )


def _has_pending(session: Session, deadline: Deadline) -> bool:
    pending = select(DeadlineExtension.id).where(
        DeadlineExtension.deadline_id == deadline.id, DeadlineExtension.decided_at.is_(None)
    )
    return session.scalar(pending) is not None


def _record_extension(
    session: Session,
    actor: Actor,
    action: AuditAction,
    deadline: Deadline,
    until: datetime,
    now: datetime,
    decision: str | None = None,
) -> None:
    data: dict[str, object] = {"rule": deadline.rule_key, "until": until.isoformat()}
    if decision:
        data["decision"] = decision
    record(
        session,
        actor,
        action,
        at=now,
        case_id=deadline.subject_id,
        subject_id=deadline.id,
        data=data,
    )
