"""Recording what a child really received; a record is corrected or struck out, never deleted."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, Plan, PlanActivity, ServiceReceived
from app.cases.models.plans import ActivityState, PlanState
from app.cases.services.editing import lock, lock_unchanged
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput
from app.people.models import Child, DobPrecision

LONGEST_AHEAD = timedelta(days=5 * 366)
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class ServiceData:
    """As the columns of ServiceReceived. `finishes_activity`: what was planned is done with it."""

    service_type: str
    kind: str
    from_on: date
    activity_id: uuid.UUID | None = None
    provider_unit_id: uuid.UUID | None = None
    provider: str | None = None
    to_on: date | None = None
    is_ongoing: bool = False
    quantity: int | None = None
    quantity_unit: str | None = None
    amount: int | None = None
    fund_source: str | None = None
    note: str | None = None
    finishes_activity: bool = False


def record_service(
    session: Session, *, actor: Actor, case: Case, data: ServiceData, now: datetime
) -> ServiceReceived:
    """Put a service on record. `case` comes with its child.

    Raises InvalidInput, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    _check(case, data, now)
    activity = _activity(session, case, data.activity_id)
    service = _row(actor, case, data, now)
    session.add(service)
    _tell(session, actor, case, service, _facts(service), service.happened_at, data.note, now)
    if case.state is CaseState.PLAN_APPROVED:
        case.advance(CaseState.IN_PROGRESS)
    if activity is not None:
        _go_on(session, actor, case, activity, data, now)
    session.flush()
    return service


def correct_service(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    service: ServiceReceived,
    data: ServiceData,
    reason: str,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> ServiceReceived:
    """Strike the record out and put the corrected one in its place; both stay.

    Raises StaleEdit, AlreadyStruck, InvalidInput, CaseEnded, NotRoutedYet.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    case.require_open()
    service.require_standing()
    _check(case, data, now)
    activity = None
    if data.activity_id != service.activity_id or data.finishes_activity:
        activity = _activity(session, case, data.activity_id)
    service.strike(by=actor.id, reason=reason, now=now)
    corrected = _row(actor, case, data, now, corrects_id=service.id)
    session.add(corrected)
    facts = {**_facts(corrected), "step": "corrected", "old": _facts(service)}
    _tell(session, actor, case, corrected, facts, now, reason, now)
    if activity is not None:
        _go_on(session, actor, case, activity, data, now)
    session.flush()
    return corrected


def strike_service(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    service: ServiceReceived,
    reason: str,
    now: datetime,
) -> None:
    """Strike a record out that should not be there. Raises AlreadyStruck, CaseEnded."""
    lock(session, case)
    case.require_open()
    session.refresh(service, ["struck_at", "version"])
    service.strike(by=actor.id, reason=reason, now=now)
    facts = {**_facts(service), "step": "struck"}
    _tell(session, actor, case, service, facts, now, reason, now)
    session.flush()


def born_on(child: Child) -> date | None:
    """The earliest day on which the child may have been born; None where nothing is known."""
    if child.dob and child.dob_precision in _KNOWN:
        return date.fromisoformat(child.dob)
    if child.birth_year:
        return date(child.birth_year - 1, 1, 1)
    return None


_KNOWN = frozenset({DobPrecision.DAY, DobPrecision.MONTH, DobPrecision.YEAR})


def _check(case: Case, data: ServiceData, now: datetime) -> None:
    today, born = clock.local(now).date(), born_on(case.child)
    if data.from_on > today:
        raise InvalidInput(
            "from_on", _l("Ngày này chưa đến. Ở đây chỉ ghi những gì trẻ em đã thật sự nhận.")
        )
    if born is not None and data.from_on < born:
        raise InvalidInput("from_on", _l("Ngày này trước khi trẻ em ra đời."))
    if born is None and data.from_on < today - LONGEST_AHEAD * 4:
        raise InvalidInput("from_on", _l("Ngày này quá xa. Hãy xem lại năm."))
    _check_end(data, today)
    if not (data.provider_unit_id or data.provider):
        raise InvalidInput("provider", _l("Chọn đơn vị, hoặc ghi tên người, cơ quan hỗ trợ."))
    if data.amount is not None and data.fund_source is None:
        raise InvalidInput("fund_source", _l("Chọn nguồn của số tiền này."))
    if (data.quantity is None) != (data.quantity_unit is None):
        missing = "quantity_unit" if data.quantity is not None else "quantity"
        raise InvalidInput(missing, _l("Ghi cả số lượng và đơn vị tính, hoặc bỏ trống cả hai."))


def _check_end(data: ServiceData, today: date) -> None:
    if data.to_on is not None and data.to_on < data.from_on:
        raise InvalidInput("to_on", _l("Ngày kết thúc phải từ ngày bắt đầu trở đi."))
    if data.to_on is not None and data.to_on > today + LONGEST_AHEAD:
        raise InvalidInput("to_on", _l("Ngày này quá xa. Hãy xem lại năm."))
    is_ahead = data.to_on is not None and data.to_on > today
    if is_ahead and not data.is_ongoing:
        raise InvalidInput(
            "to_on",
            _l("Ngày này chưa đến. Nếu còn đang hỗ trợ và đây là ngày dự kiến, đánh dấu ô dưới."),
        )
    if data.is_ongoing and data.to_on is not None and not is_ahead:
        raise InvalidInput(
            "to_on", _l("Ngày này đã qua, nên không còn đang hỗ trợ. Sửa ngày hoặc bỏ dấu ô dưới.")
        )
    if data.is_ongoing and data.finishes_activity:
        raise InvalidInput(
            "finishes_activity", _l("Hỗ trợ còn đang tiếp tục nên hoạt động chưa thể xong.")
        )


def _activity(session: Session, case: Case, activity_id: uuid.UUID | None) -> PlanActivity | None:
    """The activity, if it belongs to the approved plan of this cycle."""
    if activity_id is None:
        return None
    found = session.scalars(
        select(PlanActivity)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(
            PlanActivity.id == activity_id,
            Plan.case_id == case.id,
            Plan.cycle == case.cycle,
            Plan.state == PlanState.APPROVED,
        )
    ).one_or_none()
    if found is None:
        raise InvalidInput("activity_id", _l("Hoạt động này không thuộc kế hoạch đang thực hiện."))
    return found


def _row(
    actor: Actor,
    case: Case,
    data: ServiceData,
    now: datetime,
    corrects_id: uuid.UUID | None = None,
) -> ServiceReceived:
    noon = datetime.combine(data.from_on, _NOON, clock.LOCAL)
    return ServiceReceived(
        key=case.child.key,
        case_id=case.id,
        child_id=case.child_id,
        activity_id=data.activity_id,
        service_type=data.service_type,
        kind=data.kind,
        provider_unit_id=data.provider_unit_id,
        provider=data.provider,
        from_on=data.from_on,
        to_on=data.to_on,
        is_ongoing=data.is_ongoing,
        quantity=data.quantity,
        quantity_unit=data.quantity_unit,
        amount=data.amount,
        fund_source=data.fund_source,
        note=data.note,
        happened_at=min(noon, now),
        typed_at=now,
        by_id=actor.id,
        corrects_id=corrects_id,
    )


def _facts(service: ServiceReceived) -> dict[str, Any]:
    """Codes, days and counts for the timeline; what is empty is left out."""
    facts = {
        "kind": service.kind,
        "service_type": service.service_type,
        "from": service.from_on.isoformat(),
        "to": service.to_on.isoformat() if service.to_on else None,
        "quantity": service.quantity,
        "unit": service.quantity_unit,
        "amount": service.amount,
        "source": service.fund_source,
        "activity": str(service.activity_id) if service.activity_id else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _go_on(
    session: Session,
    actor: Actor,
    case: Case,
    activity: PlanActivity,
    data: ServiceData,
    now: datetime,
) -> None:
    """The activity is being done, or is done with this service. What was answered for stays."""
    if data.finishes_activity and activity.state is not ActivityState.DONE:
        activity.state, activity.done_on = ActivityState.DONE, data.to_on or data.from_on
    elif not data.finishes_activity and activity.state is ActivityState.PLANNED:
        activity.state = ActivityState.DOING
    else:
        return
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.ACTIVITY_CHANGED,
        section=Section.PLAN,
        happened_at=now,
        now=now,
        facts=activity.told(),
        subject_id=activity.id,
    )
    record(
        session,
        actor,
        AuditAction.ACTIVITY_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=activity.id,
        data={"fields": ["state"], "state": activity.state},
    )


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    service: ServiceReceived,
    facts: dict[str, Any],
    happened_at: datetime,
    words: str | None,
    now: datetime,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.SERVICE_RECEIVED,
        section=Section.PLAN,
        happened_at=happened_at,
        now=now,
        facts=facts,
        note="\n".join(filter(None, (service.provider, words))) or None,
        subject_id=service.id,
    )
    record(
        session,
        actor,
        AuditAction.SERVICE_RECORDED,
        at=now,
        case_id=case.id,
        subject_id=service.id,
        data={
            "kind": service.kind,
            "source": service.fund_source,
            "step": facts.get("step", "recorded"),
        },
    )
