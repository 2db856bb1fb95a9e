"""Emergency measures, and the decision that none is needed (Decree 56/2017, art. 26, 31 and 32).

What began before the report came in is recorded only when it is said to be a prior action, and at
most 30 days back; it answers the twelve hours at the moment of receipt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, InitialAssessment, SafetyMeasure
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.deadlines.services import meet
from app.reference.library import code_list

LONGEST_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MeasureData:
    """`is_prior`: it began before the report. A separation is no measure: services/separations."""

    kind: str
    description: str | None
    performed_by: str
    started_at: datetime
    ends_at: datetime | None = None
    is_prior: bool = False


@dataclass(frozen=True, slots=True)
class NoneNeededData:
    """The decision that no emergency measure is needed: why, by whom, when."""

    reason: str
    decided_by: str
    decided_at: datetime


def record_measure(
    session: Session, *, actor: Actor, case: Case, data: MeasureData, now: datetime
) -> SafetyMeasure:
    """Record a measure; one of the emergency kinds answers T_EMERG at the time it began.

    `case` comes with its child. Raises InvalidInput, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    _check_start(case, data, now)
    _check_end(data)
    measure = SafetyMeasure(
        key=case.child.key,
        case_id=case.id,
        kind=data.kind,
        description=data.description,
        performed_by=data.performed_by,
        started_at=data.started_at,
        ends_at=data.ends_at,
        typed_at=now,
        by_id=actor.id,
    )
    facts: dict[str, Any] = {"kind": data.kind}
    if data.ends_at:
        facts["ends_at"] = data.ends_at.isoformat()
    _add(session, actor, case, measure, EventKind.MEASURE, facts, now)
    if code_list("safety_measures").get(data.kind).is_emergency:
        _answer_clock(session, case, max(data.started_at, case.opened_at), now)
    return measure


def record_none_needed(
    session: Session, *, actor: Actor, case: Case, data: NoneNeededData, now: datetime
) -> SafetyMeasure:
    """Record the decision that no emergency measure is needed; it answers T_EMERG.

    It rests on an assessment, and never on one that concludes an emergency. Raises InvalidInput,
    CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    _check_decision(session, case, data, now)
    decision = SafetyMeasure(
        key=case.child.key,
        case_id=case.id,
        is_none_needed=True,
        description=data.reason,
        performed_by=data.decided_by,
        started_at=data.decided_at,
        typed_at=now,
        by_id=actor.id,
    )
    _add(session, actor, case, decision, EventKind.NO_MEASURE_NEEDED, {}, now)
    _answer_clock(session, case, data.decided_at, now)
    return decision


def _answer_clock(session: Session, case: Case, happened_at: datetime, now: datetime) -> None:
    meet(session, subject_id=case.id, rule_key="T_EMERG", happened_at=happened_at, now=now)


def _check_start(case: Case, data: MeasureData, now: datetime) -> None:
    received = case.opened_at.replace(second=0, microsecond=0)
    if data.started_at > now:
        raise InvalidInput("started_at", _l("Thời điểm này chưa đến."))
    if data.is_prior:
        if data.started_at >= case.opened_at:
            raise InvalidInput(
                "started_at", _l("Việc làm trước tin báo phải bắt đầu trước khi nhận tin.")
            )
        if data.started_at < received - LONGEST_BEFORE:
            raise InvalidInput("started_at", _l("Quá xa trước khi nhận tin. Hãy xem lại ngày."))
    elif data.started_at < received:
        raise InvalidInput(
            "started_at",
            _l("Trước khi nhận tin báo. Nếu việc đã làm từ trước, đánh dấu ô bên dưới."),
        )


def _check_end(data: MeasureData) -> None:
    if data.ends_at is not None and data.ends_at <= data.started_at:
        raise InvalidInput("ends_at", _l("Thời điểm kết thúc phải sau thời điểm bắt đầu."))


def _check_decision(session: Session, case: Case, data: NoneNeededData, now: datetime) -> None:
    if data.decided_at > now:
        raise InvalidInput("started_at", _l("Thời điểm này chưa đến."))
    if data.decided_at < case.opened_at.replace(second=0, microsecond=0):
        raise InvalidInput("started_at", _l("Thời điểm này trước khi nhận tin báo."))
    assessed = select(InitialAssessment.id).where(InitialAssessment.case_id == case.id).limit(1)
    if session.scalar(assessed) is None:
        raise InvalidInput(
            "decision", _l("Cần đánh giá nguy cơ ban đầu (Mẫu số 02) trước khi quyết định.")
        )
    if case.is_emergency:
        raise InvalidInput(
            "decision",
            _l(
                "Đánh giá ban đầu kết luận là khẩn cấp nên phải có biện pháp."
                " Nếu tình hình đã khác, hãy đánh giá lại trước."
            ),
        )


def _add(
    session: Session,
    actor: Actor,
    case: Case,
    measure: SafetyMeasure,
    kind: EventKind,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    session.add(measure)
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.PLAN,
        happened_at=measure.started_at,
        now=now,
        facts=facts,
        note="\n".join(filter(None, (measure.performed_by, measure.description))),
        subject_id=measure.id,
    )
    record(
        session,
        actor,
        AuditAction.MEASURE_RECORDED,
        at=now,
        case_id=case.id,
        subject_id=measure.id,
        data={"kind": measure.kind or "none_needed"},
    )
    session.flush()
