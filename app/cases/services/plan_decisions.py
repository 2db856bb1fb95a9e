"""Submitting a plan, and the Chair's decision on exactly that text (Decree 56/2017, art. 28)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.enums import CaseState, EventKind
from app.cases.labels import label_of
from app.cases.models import Case, Plan, PlanDecision
from app.cases.models.plans import PlanNotDrafted, PlanNotSubmitted, PlanOutcome, PlanState
from app.cases.plan_snapshot import canonical, digest_of, snapshot_of
from app.cases.queries.plans import changes_of_plan, demanded_domains, newest_needs, plan_of
from app.cases.services.editing import lock
from app.cases.services.follow_up import plan_next_visit
from app.cases.services.plan_log import PlanLog
from app.core import clock
from app.core.errors import DomainError, InvalidInput, StaleEdit
from app.deadlines.services import meet

NUMBER = re.compile(r"(?P<order>[0-9]{1,6})/QĐ-UBND")
Gap: TypeAlias = LazyString | str


class PlanIncomplete(DomainError):
    """Nothing is submitted that lacks what the law asks for; `gaps` says what, in words."""

    status = 422
    message = _l("Kế hoạch còn thiếu nội dung nên chưa trình được.")

    def __init__(self, gaps: Sequence[Gap]) -> None:
        super().__init__()
        self.gaps = gaps


@dataclass(frozen=True, slots=True)
class DecisionData:
    """What the Chair decides on the page that showed `version` and `digest` (hexadecimal)."""

    outcome: PlanOutcome
    version: int
    digest: str
    number: str | None = None
    reason: str | None = None


def gaps_of(plan: Plan, demanded: Iterable[str]) -> list[Gap]:
    """What stands in the way of submitting; `demanded` are the domains that need a goal."""
    return [*_goal_gaps(plan, demanded), *_activity_gaps(plan)]


def _goal_gaps(plan: Plan, demanded: Iterable[str]) -> Iterator[Gap]:
    if not plan.goals:
        yield _l("Chưa có mục tiêu cụ thể nào.")
    covered = {goal.domain for goal in plan.goals}
    for domain in demanded:
        if domain not in covered:
            yield _l(
                "Lĩnh vực “%(domain)s” được đánh giá mức Cao hoặc Trung bình nên phải có mục tiêu.",
                domain=label_of("needs", domain),
            )


def _activity_gaps(plan: Plan) -> Iterator[Gap]:
    if not plan.activities:
        yield _l("Chưa có hoạt động nào.")
    for row in plan.activities:
        if not (row.responsible_unit_id or row.responsible):
            yield _l("Hoạt động %(n)s chưa có đơn vị hoặc người chịu trách nhiệm.", n=row.position)
        if row.ends_on < row.starts_on:
            yield _l("Hoạt động %(n)s kết thúc trước khi bắt đầu.", n=row.position)


def submit_plan(
    session: Session, *, actor: Actor, case: Case, expected_version: int, now: datetime
) -> Plan:
    """Put the plan before the Chair; it answers T_PLAN.

    Raises StaleEdit, PlanNotDrafted, PlanIncomplete, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    plan = plan_of(session, case.id, case.cycle)
    if plan is None:
        raise PlanNotDrafted
    _require_seen(session, plan, expected_version)
    needs = newest_needs(session, case.id, sections=sections_of(actor))
    if gaps := gaps_of(plan, demanded_domains(needs)):
        raise PlanIncomplete(gaps)
    plan.submit(by=actor.id, now=now)
    case.advance(CaseState.PLAN_SUBMITTED)
    session.flush()
    meet(session, subject_id=case.id, rule_key="T_PLAN", happened_at=now, now=now)
    log = PlanLog(session, actor, case, plan.id, now)
    counts = {"goals": len(plan.goals), "activities": len(plan.activities)}
    log.tell(EventKind.PLAN_SUBMITTED, {"cycle": plan.cycle, **counts})
    log.log(AuditAction.PLAN_SUBMITTED, {"cycle": plan.cycle, "version": plan.version})
    session.flush()
    return plan


def decide_plan(
    session: Session, *, actor: Actor, case: Case, data: DecisionData, now: datetime
) -> PlanDecision:
    """Approve or return the plan as the page showed it; the decision keeps that text.

    Raises StaleEdit where the plan is another by now, PlanNotSubmitted, OwnPlan, InvalidInput,
    CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    plan = plan_of(session, case.id, case.cycle)
    if plan is None:
        raise PlanNotSubmitted
    text = canonical(snapshot_of(plan))
    _require_seen(session, plan, data.version)
    if digest_of(text).hex() != data.digest:
        raise StaleEdit(changes_of_plan(session, plan, since=data.version), plan.version)
    plan.require_decidable(by=actor.id)  # before anything changes: the page may be shown again
    decision = _decision(session, actor, case, plan, data, text, now)
    plan.decide(data.outcome, by=actor.id)
    if data.outcome is PlanOutcome.APPROVED:
        _begin(session, case, plan, now)
    else:
        case.take_back_plan()
    _tell_decision(session, actor, case, plan, decision, now)
    session.flush()
    plan_next_visit(session, case, now)
    return decision


def _require_seen(session: Session, plan: Plan, version: int) -> None:
    if plan.version != version:
        raise StaleEdit(changes_of_plan(session, plan, since=version), plan.version)


def _decision(
    session: Session,
    actor: Actor,
    case: Case,
    plan: Plan,
    data: DecisionData,
    text: str,
    now: datetime,
) -> PlanDecision:
    is_approved = data.outcome is PlanOutcome.APPROVED
    if not is_approved and not data.reason:
        raise InvalidInput("reason", _l("Ghi lý do trả lại."))
    decision = PlanDecision(
        key=case.child.key,
        plan_id=plan.id,
        case_id=case.id,
        outcome=data.outcome,
        unit_id=actor.unit_id,
        reason=data.reason,
        snapshot=text,
        digest=digest_of(text),
        plan_version=data.version,
        decided_by=actor.id,
        decided_at=now,
        facts={
            "cycle": plan.cycle,
            "form_version": plan.form_version,
            "submitted_at": plan.submitted_at and plan.submitted_at.isoformat(),
        },
    )
    if is_approved:
        _number(decision, data.number or "", clock.local(now).year)
    try:
        with session.begin_nested():
            session.add(decision)
            session.flush()
    except IntegrityError:  # the index of numbers: once a year and unit
        taken = _l("Số này đã dùng cho một quyết định khác trong năm.")
        raise InvalidInput("number", taken) from None
    return decision


def _number(decision: PlanDecision, number: str, year: int) -> None:
    """Give the decision its number. Raises InvalidInput."""
    found = NUMBER.fullmatch(number)
    if found is None:
        raise InvalidInput("number", _l("Ghi số quyết định như 12/QĐ-UBND."))
    decision.number, decision.number_year = number, year
    decision.number_order = int(found["order"])


def _begin(session: Session, case: Case, plan: Plan, now: datetime) -> None:
    """Approved: the activities may begin; those that had begun before go on."""
    meet(session, subject_id=case.id, rule_key="T_APPROVE", happened_at=now, now=now)
    case.advance(CaseState.PLAN_APPROVED)
    if any(row.has_begun for row in plan.activities):
        case.advance(CaseState.IN_PROGRESS)


def _tell_decision(
    session: Session, actor: Actor, case: Case, plan: Plan, decision: PlanDecision, now: datetime
) -> None:
    log = PlanLog(session, actor, case, decision.id, now)
    is_approved = plan.state is PlanState.APPROVED
    kind = EventKind.PLAN_APPROVED if is_approved else EventKind.PLAN_RETURNED
    facts = {"cycle": plan.cycle, "number": decision.number}
    log.tell(kind, facts, note=decision.reason)
    data = {
        "decision": decision.outcome,
        "number": decision.number,
        "cycle": plan.cycle,
        "digest": decision.digest.hex(),
    }
    log.log(AuditAction.PLAN_DECIDED, data)
