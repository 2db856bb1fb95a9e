"""More time for a legal clock of a case: asked for by the worker, decided by another person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.queries.changes import moment_words
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.deadlines import services as clocks
from app.deadlines.models import (
    ClockRunOut,
    Deadline,
    DeadlineExtension,
    ExtensionAlreadyDecided,
)

LATE = _l("Thời hạn đã qua, việc đã quá hạn: không đồng ý gia hạn được nữa, chỉ còn từ chối.")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the timeline says about one request."""

    kind: EventKind
    extension: DeadlineExtension
    note: str | None
    facts: dict[str, Any]


def ask_extension(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    deadline: Deadline,
    until: datetime,
    reason: str,
    now: datetime,
) -> DeadlineExtension:
    """Ask for more time. `case` comes with its child, whose key seals the reason.

    Raises what app.deadlines.services.ask_extension raises, and CaseEnded.
    """
    lock(session, case)
    case.require_open()
    extension = clocks.ask_extension(
        session,
        actor=actor,
        deadline=deadline,
        until=until,
        reason=reason,
        key=case.child.key,
        now=now,
    )
    facts = {"rule": deadline.rule_key, "until": until.isoformat()}
    told = _Told(EventKind.EXTENSION_ASKED, extension, reason, facts)
    _tell(session, actor, case, told, now)
    return extension


def decide_extension(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    extension: DeadlineExtension,
    approved: bool,
    note: str | None,
    now: datetime,
) -> None:
    """Approve or refuse more time. Raises ExtensionAlreadyDecided (it tells who was faster),
    OwnRequest, ClockNotRunning, InvalidInput("decision") for an approval after the time ran out."""
    lock(session, case)
    try:
        deadline = clocks.decide_extension(
            session, actor=actor, extension=extension, approved=approved, now=now
        )
    except ExtensionAlreadyDecided:
        raise _already_decided(session, extension) from None
    except ClockRunOut:
        raise InvalidInput("decision", LATE) from None
    facts = {
        "rule": deadline.rule_key,
        "decision": "approved" if approved else "refused",
        "until": extension.until.isoformat(),
    }
    told = _Told(EventKind.EXTENSION_DECIDED, extension, note, facts)
    _tell(session, actor, case, told, now)


def _tell(session: Session, actor: Actor, case: Case, told: _Told, now: datetime) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=told.kind,
        section=Section.PLAN,
        happened_at=now,
        now=now,
        facts=told.facts,
        note=told.note,
        subject_id=told.extension.deadline_id,
    )
    session.flush()


def _already_decided(session: Session, extension: DeadlineExtension) -> ExtensionAlreadyDecided:
    if extension.decided_at is None:
        return ExtensionAlreadyDecided()
    name = session.scalar(select(User.name).where(User.id == extension.decided_by))
    return ExtensionAlreadyDecided(name, moment_words(extension.decided_at))
