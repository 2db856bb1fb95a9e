"""Mẫu số 04: drafting and editing the plan of a cycle (Decree 56/2017, art. 28 cl. 1).

An edit after approval voids the approval: it has to be confirmed, and the Chair decides again.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from app.audit.actions import AuditAction
from app.auth.actor import Actor
from app.auth.models import Unit
from app.cases.enums import CaseState, EventKind
from app.cases.models import (
    Case,
    Plan,
    PlanActivity,
    PlanDecision,
    PlanGoal,
    PlanProblem,
    PlanRevision,
)
from app.cases.models.plans import PlanOutcome, PlanState
from app.cases.plan_snapshot import EMPTY, Snapshot, canonical, differences, snapshot_of
from app.cases.queries.plans import changes_of_plan, plan_of
from app.cases.services.editing import lock
from app.cases.services.plan_log import PlanLog
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.core.sealed import DataKey

EARLIEST_BEFORE = timedelta(days=30)  # before the report came in
LONGEST = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class LineData:
    """A problem or a goal; `domain` is a code of `needs`. `id` of a row that is known."""

    domain: str
    text: str | None = None
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ActivityData:
    """A row of the table; `service_type` is a code of `intervention_types`."""

    domain: str
    service_type: str
    what: str
    starts_on: date
    ends_on: date
    id: uuid.UUID | None = None
    responsible_unit_id: uuid.UUID | None = None
    responsible: str | None = None
    coordinating: str | None = None
    resources: str | None = None


@dataclass(frozen=True, slots=True)
class PlanData:
    """The whole plan as typed, problems by priority. `confirms_void`: that an edit of an approved
    plan voids the approval is understood."""

    problems: Sequence[LineData] = ()
    general_goal: str | None = None
    goals: Sequence[LineData] = ()
    activities: Sequence[ActivityData] = ()
    monitoring: str | None = None
    review_on: date | None = None
    confirms_void: bool = False


class _Typed(Protocol):
    @property
    def id(self) -> uuid.UUID | None: ...


R = TypeVar("R", PlanProblem, PlanGoal, PlanActivity)
T = TypeVar("T", bound=_Typed)


def save_plan(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    data: PlanData,
    form_version: int,
    expected_version: int,
    now: datetime,
) -> Plan:
    """Write what was typed; the first time the plan of the case's cycle is made.

    An edit that changes nothing changes nothing. Raises StaleEdit for a plan that is not of
    `expected_version`, InvalidInput, PlanEnded, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    plan = plan_of(session, case.id, case.cycle)
    if plan is None:
        _check_dates(case, data)
        return _first_draft(session, actor, case, data, form_version, now)
    if plan.version != expected_version:
        changes = changes_of_plan(session, plan, since=expected_version)
        raise StaleEdit(changes, plan.version)
    _check_dates(case, data)
    before = snapshot_of(plan)
    _write(session, case.child.key, plan, data)
    if canonical(snapshot_of(plan)) != canonical(before):
        _keep(session, actor, case, plan, before, confirms_void=data.confirms_void, now=now)
    return plan


def _first_draft(
    session: Session, actor: Actor, case: Case, data: PlanData, form_version: int, now: datetime
) -> Plan:
    plan = Plan(
        key=case.child.key,
        case_id=case.id,
        cycle=case.cycle,
        form_version=form_version,
        drafted_by=actor.id,
        drafted_at=now,
        edited_by=actor.id,
        edited_at=now,
        problems=[],
        goals=[],
        activities=[],
    )
    session.add(plan)
    session.flush()
    _write(session, case.child.key, plan, data)
    _keep(session, actor, case, plan, EMPTY, confirms_void=False, now=now)
    case.advance(CaseState.PLAN_DRAFTED)
    PlanLog(session, actor, case, plan.id, now).tell(EventKind.PLAN_DRAFTED, {"cycle": plan.cycle})
    session.flush()
    return plan


def _keep(
    session: Session,
    actor: Actor,
    case: Case,
    plan: Plan,
    before: Snapshot,
    *,
    confirms_void: bool,
    now: datetime,
) -> None:
    """Make the edit a new version of the plan, and take back what was decided on the old one."""
    was = plan.state
    if was is PlanState.APPROVED and not confirms_void:
        raise InvalidInput(
            "confirm_void",
            _l("Kế hoạch đã được duyệt. Đánh dấu ô này nếu vẫn sửa: phê duyệt sẽ mất hiệu lực."),
        )
    plan.edit(by=actor.id, now=now)
    flag_modified(plan, "edited_at")  # a changed row of a list is a new version of the plan too
    session.flush()
    after = snapshot_of(plan)
    _add_revision(session, actor, case, plan, after, now)
    fields = sorted({change.part for change in differences(before, after)})
    log = PlanLog(session, actor, case, plan.id, now)
    data = {"fields": fields, "cycle": plan.cycle, "version": plan.version}
    log.log(AuditAction.PLAN_CHANGED, data)
    if was is PlanState.APPROVED:
        _void(log, plan, fields)
    if was in (PlanState.SUBMITTED, PlanState.APPROVED):
        case.take_back_plan()
    session.flush()


def _add_revision(
    session: Session, actor: Actor, case: Case, plan: Plan, after: Snapshot, now: datetime
) -> None:
    session.add(
        PlanRevision(
            key=case.child.key,
            plan_id=plan.id,
            version=plan.version,
            snapshot=canonical(after),
            by_id=actor.id,
            at=now,
        )
    )


def _void(log: PlanLog, plan: Plan, fields: list[str]) -> None:
    """The approval in force holds no longer; the Chair sees the difference at the next one."""
    in_force = select(PlanDecision).where(
        PlanDecision.plan_id == plan.id,
        PlanDecision.outcome == PlanOutcome.APPROVED,
        PlanDecision.voided_at.is_(None),
    )
    for decision in log.session.scalars(in_force).unique():
        decision.void(by=log.actor.id, now=log.now)
        facts = {"cycle": plan.cycle, "number": decision.number, "fields": fields}
        log.tell(EventKind.PLAN_VOIDED, facts)
    log.log(AuditAction.PLAN_VOIDED, {"fields": fields, "cycle": plan.cycle})


def _write(session: Session, key: DataKey, plan: Plan, data: PlanData) -> None:
    """Copy what was typed into the plan and its rows, which keep their ids."""
    _drop_rows(session, plan, data)
    plan.general_goal, plan.monitoring = data.general_goal, data.monitoring
    plan.review_on = data.review_on
    for position, (problem, typed) in enumerate(_paired(plan.problems, data.problems), start=1):
        row = problem or PlanProblem(key=key, plan_id=plan.id)
        row.position, row.domain, row.text = position, typed.domain, typed.text
        _place(plan.problems, row, is_new=problem is None)
    for position, (goal, typed) in enumerate(_paired(plan.goals, data.goals), start=1):
        kept = goal or PlanGoal(key=key, plan_id=plan.id)
        kept.position, kept.domain, kept.text = position, typed.domain, typed.text
        _place(plan.goals, kept, is_new=goal is None)
    _write_activities(session, key, plan, data.activities)
    for rows in (plan.problems, plan.goals, plan.activities):
        rows.sort(key=lambda row: row.position)


def _write_activities(
    session: Session, key: DataKey, plan: Plan, typed_rows: Sequence[ActivityData]
) -> None:
    units = _units(session, typed_rows)
    for position, (known, typed) in enumerate(_paired(plan.activities, typed_rows), start=1):
        row = known or PlanActivity(
            key=key, plan_id=plan.id, case_id=plan.case_id, responsible_unit=None
        )
        row.position, row.domain, row.service_type = position, typed.domain, typed.service_type
        row.what, row.starts_on, row.ends_on = typed.what, typed.starts_on, typed.ends_on
        row.responsible, row.coordinating = typed.responsible, typed.coordinating
        row.resources = typed.resources
        unit_id = typed.responsible_unit_id
        if row.responsible_unit_id != unit_id:
            row.responsible_unit_id = unit_id
            row.responsible_unit = units[unit_id] if unit_id else None
        _place(plan.activities, row, is_new=known is None)


def _place(rows: list[R], row: R, *, is_new: bool) -> None:
    if is_new:
        rows.append(row)


def _paired(known: Sequence[R], typed: Sequence[T]) -> list[tuple[R | None, T]]:
    """Each typed row with the known one it stands for, which is taken once."""
    rest = {row.id: row for row in known}
    return [(rest.pop(row.id, None) if row.id else None, row) for row in typed]


def _drop_rows(session: Session, plan: Plan, data: PlanData) -> None:
    """Take out what was left out. What has begun, or is referred to, stays and is answered for."""
    gone = [
        *_left_out(plan, "problems", data.problems),
        *_left_out(plan, "goals", data.goals),
        *_left_out(plan, "activities", data.activities),
    ]
    if not gone:
        return
    begun = _l(
        "Hoạt động đã bắt đầu hoặc đã có việc được ghi thì không bỏ khỏi kế hoạch được:"
        " hãy ghi là không làm, với lý do."
    )
    if any(isinstance(row, PlanActivity) and row.has_begun for row in gone):
        raise InvalidInput("activities", begun)
    try:
        with session.begin_nested():
            for row in gone:
                session.delete(row)
            session.flush()
    except IntegrityError:
        raise InvalidInput("activities", begun) from None


def _left_out(plan: Plan, part: str, typed: Sequence[_Typed]) -> list[Any]:
    """The known rows that were not sent again; the list is then without them."""
    sent = {row.id for row in typed}
    rows = getattr(plan, part)
    set_committed_value(plan, part, [row for row in rows if row.id in sent])
    return [row for row in rows if row.id not in sent]


def _units(session: Session, rows: Sequence[ActivityData]) -> Mapping[uuid.UUID, Unit]:
    """The units that are responsible. Raises InvalidInput for one that is none of ours."""
    wanted = {row.responsible_unit_id for row in rows if row.responsible_unit_id}
    if not wanted:
        return {}
    found = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(wanted)))}
    if found.keys() != wanted:
        raise InvalidInput("activities", _l("Đơn vị chịu trách nhiệm không còn trong danh sách."))
    return found


def _check_dates(case: Case, data: PlanData) -> None:
    earliest = clock.local(case.opened_at).date() - EARLIEST_BEFORE
    for row in data.activities:
        if row.ends_on < row.starts_on:
            raise InvalidInput("activities", _l("Hoạt động kết thúc trước khi bắt đầu."))
        if row.starts_on < earliest or row.ends_on > row.starts_on + LONGEST:
            raise InvalidInput("activities", _l("Ngày của hoạt động quá xa. Hãy xem lại năm."))
    first = min((row.starts_on for row in data.activities), default=earliest)
    if data.review_on and not first <= data.review_on <= first + 2 * LONGEST:
        raise InvalidInput("review_on", _l("Ngày rà soát phải sau khi hoạt động đầu tiên bắt đầu."))
