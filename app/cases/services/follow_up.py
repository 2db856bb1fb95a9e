"""Following a child up, and planning the next visit by the risk (Decree 56/2017, art. 29).

Only a visit or a supervision at which the child was seen answers a planned visit. A visit whose day
has passed stays due until the child is seen; no change of the risk or of the rules takes it away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.closing import OBSTACLES, Obstacle
from app.cases.enums import PATH, CaseState, EventKind, RiskLevel
from app.cases.models import Case, FollowUp, PlanDecision, PlannedVisit
from app.cases.models.follow_ups import SEEING, FollowUpKind, Safety
from app.cases.models.plans import PlanOutcome
from app.cases.queries.follow_up import rules_in_force
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.cases.visit_rules import end_of_day, next_visit
from app.core import clock
from app.core.errors import InvalidInput

FOLLOWED = (CaseState.PLAN_APPROVED, CaseState.IN_PROGRESS, CaseState.REVIEW)
NOT_ASSESSED = RiskLevel.MEDIUM  # how a child is visited whose risk nobody has assessed
FURTHEST = timedelta(days=366)
AT_ONCE = 200  # cases that one run of the job plans


@dataclass(frozen=True, slots=True)
class FollowUpData:
    """`is_child_seen`: in person. `next_on`: the day agreed for the next time."""

    kind: FollowUpKind
    happened_at: datetime
    safety: Safety
    safety_words: str | None
    is_child_seen: bool
    note: str | None
    next_on: date | None = None

    @property
    def counts(self) -> bool:
        """Does it answer a planned visit?"""
        return self.kind in SEEING and self.is_child_seen


def record_follow_up(
    session: Session, *, actor: Actor, case: Case, data: FollowUpData, now: datetime
) -> FollowUp:
    """Put a follow-up on record and plan the next visit. `case` comes with its child.

    Raises InvalidInput, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    case.require_open()
    _check(case, data, now)
    follow_up = FollowUp(
        key=case.child.key,
        case_id=case.id,
        kind=data.kind,
        safety=data.safety,
        safety_words=data.safety_words,
        is_child_seen=data.is_child_seen,
        note=data.note,
        next_on=data.next_on,
        happened_at=data.happened_at,
        typed_at=now,
        by_id=actor.id,
    )
    session.add(follow_up)
    if case.state is CaseState.PLAN_APPROVED:
        case.advance(CaseState.IN_PROGRESS)
    session.flush()
    _count(session, case, follow_up, data, now)
    _tell(session, actor, case, follow_up, data, now)
    session.flush()
    return follow_up


def plan_next_visit(session: Session, case: Case, now: datetime) -> None:
    """Set when the child is to be visited next; to be called when the plan is approved and when the
    risk changes, and harmless at any other time.

    A visit that is due and still fits the risk stays. One that is overdue stays whatever changes.
    """
    if case.is_ended:
        return
    visit = _open_visit(session, case)
    if visit is None:
        if PATH.index(case.state) >= PATH.index(CaseState.PLAN_APPROVED):
            since = _approved_at(session, case) or now
            _plan(session, case, since=since, last_done=_last_seen(session, case), now=now)
    elif visit.level is level_of(case) or visit.is_overdue(now):
        case.next_visit_at = visit.due_at
    else:
        visit.move(now=now)
        session.flush()
        _plan(session, case, since=now, last_done=None, now=now)


def plan_missing_visits(session: Session, now: datetime) -> int:
    """The job: open cases of an approved plan without a next visit, or with that of another risk.

    Returns how many were planned. At most AT_ONCE at a time; the rest the next time.
    """
    is_other = PlannedVisit.level != func.coalesce(Case.risk_level, NOT_ASSESSED.value)
    wanted = (
        select(Case)
        .outerjoin(
            PlannedVisit,
            (PlannedVisit.case_id == Case.id) & PlannedVisit.closed_at.is_(None),
        )
        .where(
            Case.is_ended.is_(False),
            Case.state.in_(FOLLOWED),
            or_(
                PlannedVisit.id.is_(None),
                Case.next_visit_at.is_distinct_from(PlannedVisit.due_at),
                is_other & (PlannedVisit.due_at >= now),
            ),
        )
        .order_by(Case.id)
        .limit(AT_ONCE)
        .with_for_update(of=Case, skip_locked=True)
        .options(joinedload(Case.child, innerjoin=True))
    )
    cases = session.scalars(wanted).all()
    for case in cases:
        plan_next_visit(session, case, now)
    session.flush()
    return len(cases)


def level_of(case: Case) -> RiskLevel:
    return case.risk_level or NOT_ASSESSED


def overdue_visit(session: Session, case: Case) -> Iterable[Obstacle]:
    """A case is not closed while a visit is overdue: somebody sees the child first."""
    due = case.next_visit_at
    if due is not None and due < clock.now():
        yield Obstacle(
            _l(
                "Lần thăm trẻ em đến hạn ngày %(day)s chưa làm.",
                day=f"{clock.local(due):%d/%m/%Y}",
            ),
            "follow_up.new",
        )


OBSTACLES.append(overdue_visit)


def _check(case: Case, data: FollowUpData, now: datetime) -> None:
    if data.happened_at > now:
        raise InvalidInput("happened_at", _l("Thời điểm này chưa đến."))
    if data.happened_at < case.opened_at.replace(second=0, microsecond=0):
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi nhận tin báo."))
    if data.kind is FollowUpKind.CALL and data.is_child_seen:
        raise InvalidInput("is_child_seen", _l("Gọi điện thì chưa gặp trực tiếp trẻ em."))
    if data.next_on is None:
        return
    today = clock.local(now).date()
    if data.next_on < today:
        raise InvalidInput("next_on", _l("Ngày hẹn đã qua. Ghi một ngày từ hôm nay trở đi."))
    if data.next_on > today + FURTHEST:
        raise InvalidInput("next_on", _l("Ngày hẹn quá xa. Hãy xem lại năm."))


def _count(
    session: Session, case: Case, follow_up: FollowUp, data: FollowUpData, now: datetime
) -> None:
    """Answer the visit that was due, plan the next; an agreed day brings it forward."""
    visit = _open_visit(session, case)
    if visit is None:
        plan_next_visit(session, case, now)
        visit = _open_visit(session, case)
    if visit is None:
        return  # before the plan is approved nothing is planned
    if data.counts and data.happened_at > visit.since:
        visit.answer(follow_up, now=now)
        session.flush()
        seen = data.happened_at
        _plan(session, case, since=visit.since, last_done=seen, agreed=data.next_on, now=now)
        return
    plan_next_visit(session, case, now)
    _bring_forward(session, case, data.next_on, now)


def _bring_forward(session: Session, case: Case, agreed: date | None, now: datetime) -> None:
    visit = _open_visit(session, case)
    if visit is None or agreed is None or visit.is_overdue(now):
        return
    if end_of_day(agreed) < visit.due_at:
        since, level, due_at = visit.since, visit.level, end_of_day(agreed)
        visit.move(now=now)
        session.flush()
        _add(session, case, level=level, since=since, due_at=due_at, now=now)


def _plan(
    session: Session,
    case: Case,
    *,
    since: datetime,
    last_done: datetime | None,
    now: datetime,
    agreed: date | None = None,
) -> None:
    """The next visit by the rule in force today, or on the agreed day where that is sooner."""
    level = level_of(case)
    rule = rules_in_force(session, clock.local(now).date()).levels[level]
    due_at = next_visit(rule, since=since, last_done=last_done)
    if agreed is not None:
        due_at = min(due_at, end_of_day(agreed))
    counted_from = since if last_done is None else max(since, last_done)
    _add(session, case, level=level, since=counted_from, due_at=due_at, now=now)


def _add(
    session: Session,
    case: Case,
    *,
    level: RiskLevel,
    since: datetime,
    due_at: datetime,
    now: datetime,
) -> None:
    session.add(
        PlannedVisit(case_id=case.id, level=level, since=since, due_at=due_at, planned_at=now)
    )
    case.next_visit_at = due_at
    session.flush()


def _open_visit(session: Session, case: Case) -> PlannedVisit | None:
    return session.scalars(
        select(PlannedVisit).where(
            PlannedVisit.case_id == case.id, PlannedVisit.closed_at.is_(None)
        )
    ).one_or_none()


def _approved_at(session: Session, case: Case) -> datetime | None:
    """When the plan that is carried out was approved."""
    return session.scalar(
        select(func.max(PlanDecision.decided_at)).where(
            PlanDecision.case_id == case.id,
            PlanDecision.outcome == PlanOutcome.APPROVED,
            PlanDecision.voided_at.is_(None),
        )
    )


def _last_seen(session: Session, case: Case) -> datetime | None:
    return session.scalar(
        select(func.max(FollowUp.happened_at)).where(
            FollowUp.case_id == case.id, FollowUp.kind.in_(SEEING), FollowUp.is_child_seen
        )
    )


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    follow_up: FollowUp,
    data: FollowUpData,
    now: datetime,
) -> None:
    facts: dict[str, object] = {
        "type": data.kind.value,
        "safety": data.safety.value,
        "is_child_seen": data.is_child_seen,
    }
    if follow_up.planned_for:
        facts["planned_for"] = follow_up.planned_for.isoformat()
    if data.next_on:
        facts["next_on"] = data.next_on.isoformat()
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.FOLLOW_UP,
        section=Section.PLAN,
        happened_at=data.happened_at,
        now=now,
        facts=facts,
        note="\n".join(filter(None, (data.safety_words, data.note))) or None,
        subject_id=follow_up.id,
    )
    record(
        session,
        actor,
        AuditAction.FOLLOW_UP_RECORDED,
        at=now,
        case_id=case.id,
        subject_id=follow_up.id,
        data={
            "kind": data.kind,
            "safety": data.safety,
            "planned": follow_up.planned_for is not None,
        },
    )
