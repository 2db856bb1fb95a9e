"""Temporary separation from parents or caregiver (Decree 56/2017, art. 32): asked for by the
worker, decided by the Chair within the twelve hours, never longer than 15 days by itself."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, Separation, SeparationExtension
from app.cases.models.care import (
    ProposalAnswered,
    ProposalWaits,
    SeparationNotRunning,
    SeparationRuns,
    SeparationState,
)
from app.cases.services.care_rules import (
    Order,
    Seen,
    answered_by,
    check_decision_day,
    check_happened,
    check_span,
    running_clock,
    start_next,
)
from app.cases.services.editing import lock, lock_unchanged
from app.cases.services.separation_draft import SeparationData, draft_separation
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput
from app.deadlines.services import meet

RULE = "T_SEP_MAX"
PARENTS_SAFE = "parents_safe"

State = SeparationState


@dataclass(frozen=True, slots=True)
class Decision:
    """Number and day of the Chair's decision, and what the Chair adds in words."""

    number: str
    on: date
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when, as the Chair decides it."""

    started_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ExtensionData:
    until: datetime
    reason: str
    decision: Decision
    order: Order | None = None


def propose_separation(
    session: Session, *, actor: Actor, case: Case, data: SeparationData, seen: Seen, now: datetime
) -> Separation:
    """The worker's draft; it separates nobody yet. `case` comes with its child.

    Raises StaleEdit, CaseEnded, NotRoutedYet, InvalidInput, ProposalWaits, SeparationRuns.
    """
    _lock_seen(session, actor, case, seen)
    _require_none(session, case, State.PROPOSED, State.DECIDED)
    made = draft_separation(session, actor, case, data, now)
    _tell(session, actor, case, made, EventKind.SEPARATION_ASKED, now, now, data.grounds)
    _log(session, actor, case, made, "proposed", now)
    return made


def decide_at_once(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    data: SeparationData,
    decision: Decision,
    seen: Seen,
    now: datetime,
) -> Separation:
    """In an emergency the Chair drafts and decides alone: the competence is the Chair's, within 12
    hours (art. 32). The record says so. Raises as `propose_separation`."""
    _lock_seen(session, actor, case, seen)
    _require_none(session, case, State.PROPOSED, State.DECIDED)
    made = draft_separation(session, actor, case, data, now)
    made.is_chair_alone = True
    term = Term(data.started_at, data.ends_at)
    _start(session, actor, case, made, decision, term, data.grounds, now)
    return made


def decide_separation(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    separation: Separation,
    decision: Decision,
    term: Term,
    seen: Seen,
    now: datetime,
) -> None:
    """The Chair agrees, perhaps to another term. It answers T_EMERG and starts T_SEP_MAX.

    Raises ProposalAnswered (it tells who was faster), OwnProposal, StaleEdit, InvalidInput.
    """
    _lock_proposal(session, actor, case, separation, seen)
    _require_none(session, case, State.DECIDED)
    _start(session, actor, case, separation, decision, term, decision.answer, now)


def refuse_separation(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    separation: Separation,
    answer: str,
    seen: Seen,
    now: datetime,
) -> None:
    """The Chair does not agree, and says why. Raises as `decide_separation`."""
    _lock_proposal(session, actor, case, separation, seen)
    separation.answered(State.REFUSED, by=actor.id, answer=answer, now=now)
    _tell(session, actor, case, separation, EventKind.CARE_REFUSED, now, now, answer)
    _log(session, actor, case, separation, "refused", now)


def extend_separation(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    separation: Separation,
    data: ExtensionData,
    seen: Seen,
    now: datetime,
) -> SeparationExtension:
    """A later end, at most 15 days after the start unless an authority requires longer; then the
    clock follows it. Raises SeparationNotRunning, StaleEdit, InvalidInput."""
    _lock_running(session, case, separation)
    _lock_seen(session, actor, case, seen)
    if data.until <= separation.ends_at:
        raise InvalidInput("ends_at", _l("Hạn mới phải sau hạn hiện nay."))
    check_span(separation.started_at, data.until, data.order)
    last = clock.local(separation.ends_at).date()
    check_decision_day(case, data.decision.on, now, last=last)
    separation.extend(data.until)
    row = _extension(actor, case, separation, data, now)
    session.add(row)
    _follow_order(session, case, separation, is_ordered=data.order is not None, now=now)
    _tell(session, actor, case, separation, EventKind.SEPARATION_EXTENDED, now, now, data.reason)
    _log(session, actor, case, separation, "extended", now)
    return row


def end_separation(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    separation: Separation,
    ended_at: datetime,
    reason: str,
    note: str | None,
    now: datetime,
) -> None:
    """It is over; `parents_safe` is the Chair's cancelling (art. 32). It answers T_SEP_MAX.

    Raises SeparationNotRunning (it tells who was faster), InvalidInput.
    """
    _lock_running(session, case, separation)
    check_happened(case, ended_at, now, "ended_at")
    if ended_at < separation.started_at:
        raise InvalidInput("ended_at", _l("Thời điểm này trước khi bắt đầu cách ly."))
    state = State.CANCELLED if reason == PARENTS_SAFE else State.ENDED
    separation.end(state, at=ended_at, reason=reason, by=actor.id, now=now)
    separation.end_note = note
    meet(session, subject_id=case.id, rule_key=RULE, happened_at=ended_at, now=now)
    _tell(session, actor, case, separation, EventKind.SEPARATION_ENDED, ended_at, now, note)
    _log(session, actor, case, separation, state.value, now)


def _lock_seen(session: Session, actor: Actor, case: Case, seen: Seen) -> None:
    lock_unchanged(session, actor=actor, case=case, expected_version=seen.version, seen_at=seen.at)
    case.require_open()


def _lock_proposal(
    session: Session, actor: Actor, case: Case, separation: Separation, seen: Seen
) -> None:
    """The answer that came first is told before anything else that changed."""
    lock(session, case)
    session.refresh(separation)
    if separation.state is not State.PROPOSED:
        by, at = separation.decided_by, separation.decided_at
        raise answered_by(session, ProposalAnswered, by, at)
    _lock_seen(session, actor, case, seen)


def _lock_running(session: Session, case: Case, separation: Separation) -> None:
    lock(session, case)
    case.require_open()
    session.refresh(separation)
    if separation.state is not State.DECIDED:
        by, at = separation.ended_by, separation.end_typed_at
        raise answered_by(session, SeparationNotRunning, by, at)


def _require_none(session: Session, case: Case, *states: State) -> None:
    found = select(Separation.state).where(
        Separation.case_id == case.id, Separation.state.in_(states)
    )
    open_states = set(session.scalars(found))
    if State.DECIDED in open_states:
        raise SeparationRuns
    if open_states:
        raise ProposalWaits


def _start(
    session: Session,
    actor: Actor,
    case: Case,
    separation: Separation,
    decision: Decision,
    term: Term,
    note: str | None,
    now: datetime,
) -> None:
    """The decision: the separation runs, and both clocks are told."""
    check_happened(case, term.started_at, now, "started_at")
    check_span(term.started_at, term.ends_at, _known_order(separation))
    check_decision_day(case, decision.on, now, last=clock.local(term.ends_at).date())
    separation.answered(State.DECIDED, by=actor.id, answer=decision.answer, now=now)
    separation.number, separation.decision_on = decision.number, decision.on
    separation.started_at = term.started_at
    separation.ends_at = separation.first_ends_at = term.ends_at
    began = max(term.started_at, case.opened_at)
    meet(session, subject_id=case.id, rule_key="T_EMERG", happened_at=began, now=now)
    start_next(session, case, RULE, started_at=term.started_at, now=now)
    session.flush()
    _follow_order(session, case, separation, is_ordered=separation.is_longer_ordered, now=now)
    kind = EventKind.SEPARATION_STARTED
    _tell(session, actor, case, separation, kind, term.started_at, now, note)
    _log(session, actor, case, separation, "decided", now)


def _known_order(separation: Separation) -> Order | None:
    """The order under which the separation was drafted."""
    if not separation.is_longer_ordered:
        return None
    return Order(separation.ordered_by or "", separation.order_document or "")


def _follow_order(
    session: Session, case: Case, separation: Separation, *, is_ordered: bool, now: datetime
) -> None:
    """Where an authority requires longer, the clock runs out when the separation does."""
    deadline = running_clock(session, case, RULE) if is_ordered else None
    if deadline is not None and now <= deadline.effective_due_at < separation.ends_at:
        deadline.extend(separation.ends_at, now=now)


def _extension(
    actor: Actor, case: Case, separation: Separation, data: ExtensionData, now: datetime
) -> SeparationExtension:
    order = data.order
    return SeparationExtension(
        key=case.child.key,
        separation_id=separation.id,
        until=data.until,
        number=data.decision.number,
        decision_on=data.decision.on,
        reason=data.reason,
        is_longer_ordered=order is not None,
        ordered_by=order and order.by,
        order_document=order and order.document,
        decided_by=actor.id,
        decided_at=now,
    )


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    separation: Separation,
    kind: EventKind,
    happened_at: datetime,
    now: datetime,
    note: str | None,
) -> None:
    """One entry of the timeline; where the child stays is said by its kind only."""
    facts: dict[str, Any] = {"reason": separation.reason, "ends_at": separation.ends_at.isoformat()}
    if kind is EventKind.SEPARATION_STARTED:
        facts |= {"place": separation.place_kind, "is_chair_alone": separation.is_chair_alone}
    if kind is EventKind.SEPARATION_ENDED:
        facts = {"end": separation.end_reason}
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.PLAN,
        happened_at=happened_at,
        now=now,
        facts=facts,
        note=note,
        subject_id=separation.id,
    )


def _log(
    session: Session, actor: Actor, case: Case, separation: Separation, step: str, now: datetime
) -> None:
    data: dict[str, object] = {"step": step, "until": separation.ends_at.isoformat()}
    if separation.number:
        data["number"] = separation.number
    record(
        session,
        actor,
        AuditAction.SEPARATION_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=separation.id,
        data=data,
    )
    session.flush()
