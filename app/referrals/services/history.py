"""Each step of a referral at once: its own history, the child's timeline, the log."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.services.editing import CaseMoved
from app.cases.timeline import add_event
from app.core import clock
from app.referrals.enums import RUNNING, UNANSWERED, ReferralState, StepKind
from app.referrals.errors import ReferralAnswered
from app.referrals.models import Referral, ReferralStep
from app.referrals.rules import rules_numbered
from app.referrals.words import STATES

# how a step stands on the child's timeline; a step that is not here stands in the history only
EVENTS: Mapping[StepKind, EventKind] = {
    StepKind.SENT: EventKind.REFERRAL_SENT,
    StepKind.OPENED: EventKind.REFERRAL_OPENED,
    StepKind.INFO_ASKED: EventKind.REFERRAL_ASKED,
    StepKind.INFO_ANSWERED: EventKind.REFERRAL_REPLIED,
    StepKind.ACCEPTED: EventKind.REFERRAL_ACCEPTED,
    StepKind.DECLINED: EventKind.REFERRAL_DECLINED,
    StepKind.CONTACTED: EventKind.REFERRAL_CONTACTED,
    StepKind.DELIVERED: EventKind.REFERRAL_DELIVERED,
    StepKind.COMPLETED: EventKind.REFERRAL_COMPLETED,
    StepKind.CLOSED: EventKind.REFERRAL_ENDED,
    StepKind.RECALLED: EventKind.REFERRAL_ENDED,
    StepKind.EXPIRED: EventKind.REFERRAL_ENDED,
    StepKind.DISPUTED: EventKind.REFERRAL_DISPUTED,
    StepKind.DECIDED: EventKind.REFERRAL_DECIDED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """What happened. `facts`: codes, days, counts; `note`: words, sealed under the child's key."""

    kind: StepKind
    happened_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None


def note_step(
    session: Session, *, actor: Actor | None, referral: Referral, step: Step, now: datetime
) -> None:
    """Write a step everywhere it belongs. `referral` comes with its case, child and units; `actor`
    is None for a body without an account, and for the clock."""
    happened_at = step.happened_at or now
    session.add(
        ReferralStep(
            key=referral.key,
            referral_id=referral.id,
            kind=step.kind,
            by_id=actor.id if actor else None,
            unit_id=actor.unit_id if actor else None,
            at=now,
            happened_at=happened_at,
            facts=dict(step.facts),
            note=step.note,
        )
    )
    if step.kind in EVENTS:
        _tell(session, actor, referral, step, happened_at, now)
    record(
        session,
        actor,
        AuditAction.REFERRAL_CHANGED,
        at=now,
        case_id=referral.case_id,
        subject_id=referral.id,
        data={
            "step": step.kind.value,
            "state": referral.state.value,
            "service": referral.service,
            "code": step.facts.get("code"),
        },
    )


def _tell(
    session: Session,
    actor: Actor | None,
    referral: Referral,
    step: Step,
    happened_at: datetime,
    now: datetime,
) -> None:
    service = rules_numbered(referral.rules_version).services[referral.service]
    to = referral.to_unit.short_name if referral.to_unit else None
    facts = {"service": referral.service, "to": to, "urgency": referral.urgency.value}
    add_event(
        session,
        case=referral.case,
        key=referral.key,
        actor=actor,
        lane=service.kinds[0].value,
        kind=EVENTS[step.kind],
        section=service.section,
        happened_at=happened_at,
        now=now,
        facts={name: fact for name, fact in {**facts, **step.facts}.items() if fact is not None},
        note=step.note,
        subject_id=referral.id,
    )


def lock_both(session: Session, referral: Referral) -> Case:
    """Lock the case, then the referral, and read both again: two officers at once come one after
    the other. The case may have moved to another unit meanwhile; the referral goes with it."""
    case = referral.case
    session.refresh(case, _columns(Case), with_for_update={"key_share": True})
    session.refresh(referral, _columns(Referral), with_for_update=True)
    return case


def lock_sent(session: Session, actor: Actor, referral: Referral) -> Case:
    """As `lock_both`, for who sends. Raises CaseMoved: the case went to another unit after the
    actor's right was looked at, and its referrals with it."""
    case = lock_both(session, referral)
    if case.unit_id != actor.unit_id:
        raise CaseMoved
    return case


def lock_again(session: Session, referrals: Sequence[Referral]) -> list[Referral]:
    """Lock these, whose cases are locked, and read them again; one statement."""
    for one in referrals:
        session.expire(one, _columns(Referral))
    ids = [inspect(one).identity[0] for one in referrals]  # type: ignore[index]
    locked = select(Referral).where(Referral.id.in_(ids)).order_by(Referral.id)
    return list(session.scalars(locked.with_for_update(of=Referral)).unique())


def _columns(model: type[Any]) -> list[str]:
    return [column.key for column in inspect(model).column_attrs]


def require_unanswered(session: Session, referral: Referral) -> None:
    """Raises ReferralAnswered, naming who was first."""
    if referral.state in UNANSWERED or referral.answered_at is None:
        return  # the step itself says what is wrong with another state
    if referral.state in RUNNING or referral.state is ReferralState.DECLINED:
        raise ReferralAnswered(
            STATES[referral.state],
            _name(session, referral.answered_by),
            clock.local(referral.answered_at).strftime("%H:%M %d/%m/%Y"),
        )


def _name(session: Session, user_id: uuid.UUID | None) -> str:
    name = session.scalar(select(User.name).where(User.id == user_id)) if user_id else None
    return name or str(_l("Cơ quan ngoài hệ thống"))
