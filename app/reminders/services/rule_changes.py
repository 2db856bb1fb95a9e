"""An administrator sets when, and who, is reminded of one kind of thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.queries.changes import who_when
from app.core.errors import InvalidInput, StaleEdit
from app.core.ids import new_id
from app.reminders.models import Obligation, ReminderRuleChange
from app.reminders.queries.moments import has_passed, is_settled
from app.reminders.queries.rules import rule_changes
from app.reminders.rules import Kind, Step, may_tell, rules_of_file, written
from app.reminders.services.scan import SCANNING


@dataclass(frozen=True, slots=True)
class NewSteps:
    kind: str
    steps: tuple[Step, ...]
    reason: str


def check_steps(kind: str, steps: Sequence[Step], current: Sequence[Step]) -> None:
    """Raises InvalidInput("steps"), KeyError for an unknown kind."""
    known = rules_of_file().kind(kind)
    if any(whom not in may_tell(kind) for step in steps for whom in step.whom):
        raise InvalidInput("steps", _l("Việc này không nhắc người đó được."))
    try:
        Kind.model_validate({**known.model_dump(), "steps": steps})
    except ValidationError:
        raise InvalidInput("steps", _l("Cần ít nhất một bước, mỗi bước một lúc khác.")) from None
    if tuple(steps) == tuple(current):
        raise InvalidInput("steps", _l("Chưa có gì khác với quy tắc đang áp dụng."))


def change_steps(
    session: Session, *, actor: Actor, change: NewSteps, expected: int, now: datetime
) -> None:
    """Add a change on top of the `expected` ones; it holds from the next pass on.

    What was told is not told again; a new step that has passed for something already is not told
    for it, or a change would send a thousand reminders of long ago.
    Raises StaleEdit with what another administrator set meanwhile, InvalidInput.
    """
    latest = next(iter(rule_changes(session, limit=1)), None)
    if (latest.number if latest else 0) != expected:
        raise StaleEdit(_others(session, expected), latest.number if latest else 0)
    in_force = dict(latest.steps) if latest else {}
    current = rules_of_file().changed(in_force).kind(change.kind).steps
    check_steps(change.kind, change.steps, current)
    in_force.pop(change.kind, None)
    if change.steps != rules_of_file().kind(change.kind).steps:
        in_force[change.kind] = written(change.steps)
    _add(session, actor, change, in_force, expected + 1, now)
    _settle(session, change, now)
    data = {"kinds": [change.kind]}
    record(session, actor, AuditAction.REMINDER_RULES_CHANGED, at=now, data=data)


def _add(
    session: Session,
    actor: Actor,
    change: NewSteps,
    steps: dict[str, Any],
    number: int,
    now: datetime,
) -> None:
    added = session.execute(
        insert(ReminderRuleChange)
        .values(
            id=new_id(),
            number=number,
            steps=steps,
            reason=change.reason,
            typed_at=now,
            by_id=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(ReminderRuleChange.id)
    ).first()
    if added is None:
        raise StaleEdit(_others(session, number - 1), number)


def _settle(session: Session, change: NewSteps, now: datetime) -> None:
    """Once no scan runs, whose order of rows is another."""
    session.execute(select(func.pg_advisory_xact_lock(SCANNING)))
    session.execute(
        update(Obligation)
        .where(
            Obligation.kind == change.kind,
            Obligation.closed_at.is_(None),
            has_passed(change.steps, now),
            is_settled(change.steps, now),
        )
        .values(last_at=now)
        .execution_options(synchronize_session=False)
    )


def _others(session: Session, expected: int) -> list[tuple[str, str, str]]:
    """What was set beyond the `expected` changes, as the page of a conflict shows it."""
    return [
        (_("Lần sửa %(n)s", n=one.number), one.reason, who_when(one.by_name, one.typed_at))
        for one in rule_changes(session)
        if one.number > expected
    ]
