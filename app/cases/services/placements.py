"""Substitute care (Decree 56/2017, art. 38 to 49): decided by the Chair, the child handed over
within 15 working days, looked after by visits, ended by a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CarePlacement, CareVisit, Case
from app.cases.models.care import CareRuns, CareState, ProposalAnswered, ProposalWaits
from app.cases.services.care_rules import (
    Seen,
    answered_by,
    check_decision_day,
    check_happened,
    moment_of,
    running_clock,
    start_next,
)
from app.cases.services.editing import lock, lock_unchanged
from app.cases.services.separations import Decision
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput
from app.deadlines.services import meet
from app.people.models import Carer

RULE = "T_HANDOVER"


@dataclass(frozen=True, slots=True)
class PlacementData:
    """Who shall look after the child. `form` is a code of `care_forms`; `phone` in E.164."""

    form: str
    carer_name: str
    relation: str | None
    phone: str | None
    address: str | None
    grounds: str


@dataclass(frozen=True, slots=True)
class HandOverData:
    """Biên bản giao, nhận trẻ em: when, who was there, what was said of the child."""

    happened_at: datetime
    present: str
    note: str | None


@dataclass(frozen=True, slots=True)
class VisitData:
    happened_at: datetime
    is_safe: bool
    note: str


@dataclass(frozen=True, slots=True)
class EndData:
    on: date
    reason: str
    next_place: str
    note: str | None


def propose_placement(
    session: Session, *, actor: Actor, case: Case, data: PlacementData, seen: Seen, now: datetime
) -> CarePlacement:
    """The worker's proposal. A next one may wait while another care runs.

    Raises StaleEdit, CaseEnded, NotRoutedYet, ProposalWaits, InvalidInput.
    """
    _lock_seen(session, actor, case, seen)
    if CareState.PROPOSED in _open_states(session, case):
        raise ProposalWaits
    _check_carer(session, case, data)
    made = CarePlacement(
        key=case.child.key,
        case_id=case.id,
        state=CareState.PROPOSED,
        form=data.form,
        carer_name=data.carer_name,
        relation=data.relation,
        phone=data.phone,
        address=data.address,
        grounds=data.grounds,
        drafted_by=actor.id,
        drafted_at=now,
    )
    session.add(made)
    session.flush()
    _tell(session, actor, case, made, EventKind.CARE_ASKED, now, now, data.grounds)
    _log(session, actor, case, made, "proposed", now)
    return made


def decide_placement(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    placement: CarePlacement,
    decision: Decision,
    seen: Seen,
    now: datetime,
) -> None:
    """The Chair agrees; the hand-over is due 15 working days after the day of the decision.

    Raises ProposalAnswered (it tells who was faster), OwnProposal, CareRuns, StaleEdit,
    InvalidInput.
    """
    _lock_proposal(session, actor, case, placement, seen)
    if {CareState.DECIDED, CareState.HANDED_OVER} & _open_states(session, case):
        raise CareRuns
    check_decision_day(case, decision.on, now)
    placement.answered(CareState.DECIDED, by=actor.id, answer=decision.answer, now=now)
    placement.number, placement.decision_on = decision.number, decision.on
    decided_at = moment_of(decision.on, now)
    deadline = start_next(session, case, RULE, started_at=decided_at, now=now)
    placement.handover_due_at = deadline.due_at
    _tell(session, actor, case, placement, EventKind.CARE_DECIDED, decided_at, now, decision.answer)
    _log(session, actor, case, placement, "decided", now)


def refuse_placement(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    placement: CarePlacement,
    answer: str,
    seen: Seen,
    now: datetime,
) -> None:
    """The Chair does not agree, and says why. Raises as `decide_placement`."""
    _lock_proposal(session, actor, case, placement, seen)
    placement.answered(CareState.REFUSED, by=actor.id, answer=answer, now=now)
    _tell(session, actor, case, placement, EventKind.CARE_REFUSED, now, now, answer)
    _log(session, actor, case, placement, "refused", now)


def hand_over(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    placement: CarePlacement,
    data: HandOverData,
    now: datetime,
) -> None:
    """The child was handed over; it answers T_HANDOVER.

    Raises AlreadyHandedOver, CareNotRunning, InvalidInput.
    """
    _lock_row(session, case, placement)
    check_happened(case, data.happened_at, now, "happened_at")
    _require_after(data.happened_at, placement.decision_on, "happened_at")
    placement.hand_over(at=data.happened_at, by=actor.id, now=now)
    placement.handover_present, placement.handover_note = data.present, data.note
    meet(session, subject_id=case.id, rule_key=RULE, happened_at=data.happened_at, now=now)
    kind = EventKind.CHILD_HANDED_OVER
    _tell(session, actor, case, placement, kind, data.happened_at, now, data.note)
    _log(session, actor, case, placement, "handed_over", now)


def record_visit(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    placement: CarePlacement,
    data: VisitData,
    now: datetime,
) -> CareVisit:
    """A look at the child in its substitute care. Raises CareNotRunning, InvalidInput."""
    _lock_row(session, case, placement)
    placement.require_handed_over()
    check_happened(case, data.happened_at, now, "happened_at")
    if placement.handed_over_at and data.happened_at < placement.handed_over_at:
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi giao, nhận trẻ em."))
    visit = CareVisit(
        key=case.child.key,
        placement_id=placement.id,
        happened_at=data.happened_at,
        typed_at=now,
        is_safe=data.is_safe,
        note=data.note,
        by_id=actor.id,
    )
    session.add(visit)
    facts = {"is_safe": data.is_safe}
    kind = EventKind.CARE_VISITED
    _tell(session, actor, case, placement, kind, data.happened_at, now, data.note, facts)
    _log(session, actor, case, placement, "visited", now)
    return visit


def end_placement(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    placement: CarePlacement,
    data: EndData,
    now: datetime,
) -> None:
    """The substitute care ends; a hand-over that never came is no longer asked for.

    Raises CareNotRunning, InvalidInput.
    """
    _lock_row(session, case, placement)
    _check_end(placement, data.on, now)
    placement.end(on=data.on, reason=data.reason, by=actor.id, now=now)
    placement.end_note, placement.next_place = data.note, data.next_place
    deadline = running_clock(session, case, RULE)
    if deadline is not None:
        deadline.void(now=now)
    words = "\n".join(filter(None, (data.next_place, data.note)))
    ended_at = moment_of(data.on, now)
    facts = {"end": data.reason}
    _tell(session, actor, case, placement, EventKind.CARE_ENDED, ended_at, now, words, facts)
    _log(session, actor, case, placement, "ended", now)


def _lock_seen(session: Session, actor: Actor, case: Case, seen: Seen) -> None:
    lock_unchanged(session, actor=actor, case=case, expected_version=seen.version, seen_at=seen.at)
    case.require_open()


def _lock_row(session: Session, case: Case, placement: CarePlacement) -> None:
    lock(session, case)
    case.require_open()
    session.refresh(placement)


def _lock_proposal(
    session: Session, actor: Actor, case: Case, placement: CarePlacement, seen: Seen
) -> None:
    """The answer that came first is told before anything else that changed."""
    lock(session, case)
    session.refresh(placement)
    if placement.state is not CareState.PROPOSED:
        by, at = placement.decided_by, placement.decided_at
        raise answered_by(session, ProposalAnswered, by, at)
    _lock_seen(session, actor, case, seen)


def _open_states(session: Session, case: Case) -> set[CareState]:
    return set(
        session.scalars(select(CarePlacement.state).where(CarePlacement.case_id == case.id))
    ) - {CareState.REFUSED, CareState.ENDED}


def _check_carer(session: Session, case: Case, data: PlacementData) -> None:
    """A child is never given to who is said to have harmed it. Raises InvalidInput."""
    suspected = select(Carer).where(Carer.child_id == case.child_id, Carer.is_suspected)
    for carer in session.scalars(suspected).unique():
        same_name = (carer.full_name or "").casefold() == data.carer_name.casefold()
        if same_name or (data.phone and data.phone == carer.phone):
            raise InvalidInput(
                "carer_name",
                _l("Người này là đối tượng bị cho là gây tổn hại cho trẻ em, không giao trẻ được."),
            )


def _require_after(moment: datetime, day: date | None, field: str) -> None:
    if day is not None and clock.local(moment).date() < day:
        raise InvalidInput(field, _l("Thời điểm này trước ngày quyết định."))


def _check_end(placement: CarePlacement, day: date, now: datetime) -> None:
    if day > clock.local(now).date():
        raise InvalidInput("ended_on", _l("Ngày này chưa đến."))
    began = placement.handed_over_at and clock.local(placement.handed_over_at).date()
    if placement.decision_on and day < placement.decision_on:
        raise InvalidInput("ended_on", _l("Ngày chấm dứt trước ngày quyết định."))
    if began and day < began:
        raise InvalidInput("ended_on", _l("Ngày chấm dứt trước ngày giao, nhận trẻ em."))


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    placement: CarePlacement,
    kind: EventKind,
    happened_at: datetime,
    now: datetime,
    note: str | None,
    facts: Mapping[str, object] | None = None,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.PLAN,
        happened_at=happened_at,
        now=now,
        facts={"form": placement.form, **(facts or {})},
        note=note,
        subject_id=placement.id,
    )


def _log(
    session: Session, actor: Actor, case: Case, placement: CarePlacement, step: str, now: datetime
) -> None:
    record(
        session,
        actor,
        AuditAction.CARE_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=placement.id,
        data={"step": step, "kind": placement.form},
    )
    session.flush()
