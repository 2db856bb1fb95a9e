"""What a child may need, as far as its assessment and its plan say so."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import Case, Plan, PlanActivity
from app.cases.models.plans import UNANSWERED, PlanState
from app.cases.queries.plans import NeedView, newest_needs
from app.referrals.enums import Urgency
from app.referrals.rules import ReferralRules

DANGER = frozenset({"safety", "health"})  # domains in which an emergency cannot wait


@dataclass(frozen=True, slots=True)
class Proposal:
    """A service, why it is proposed (`words`: the activity, or the problem, as far as the reader
    may know it), and how urgent it looks. `is_sure`: an activity that only this service answers."""

    service: str
    urgency: Urgency
    words: str | None
    activity_id: uuid.UUID | None = None
    severity: RiskLevel | None = None
    is_sure: bool = False


def proposals(
    session: Session, case: Case, *, sections: frozenset[Section], rules: ReferralRules
) -> list[Proposal]:
    """From the approved plan, then from the newest assessment; each service once. Two statements;
    none for a closed section."""
    found: dict[str, Proposal] = {}
    for one in (
        *_of_plan(case, planned_activities(session, case, sections=sections), rules),
        *_of_needs(case, newest_needs(session, case.id, sections=sections), rules),
    ):
        found.setdefault(one.service, one)
    return list(found.values())


def planned_activities(
    session: Session, case: Case, *, sections: frozenset[Section]
) -> Sequence[PlanActivity]:
    """What the approved plan of this cycle has still to do."""
    if Section.PLAN not in sections:
        return ()
    return session.scalars(
        select(PlanActivity)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .join(PlanActivity.key)
        .options(contains_eager(PlanActivity.key))
        .where(
            PlanActivity.case_id == case.id,
            PlanActivity.state.in_(UNANSWERED),
            Plan.cycle == case.cycle,
            Plan.state == PlanState.APPROVED,
        )
        .order_by(PlanActivity.position)
    ).all()


def usual_urgency(case: Case, domain: str, severity: RiskLevel | None = None) -> Urgency:
    """What the file says of the hurry; the sender decides."""
    if case.is_emergency and domain in DANGER:
        return Urgency.EMERGENCY
    if case.is_emergency or RiskLevel.HIGH in (severity, case.risk_level):
        return Urgency.URGENT
    return Urgency.ROUTINE


def _of_plan(
    case: Case, activities: Sequence[PlanActivity], rules: ReferralRules
) -> Iterable[Proposal]:
    for activity in activities:
        of_domain = {k: s for k, s in rules.offered().items() if s.domain == activity.domain}
        exact = [k for k, s in of_domain.items() if s.intervention == activity.service_type]
        for service in exact or of_domain:
            yield Proposal(
                service=service,
                urgency=usual_urgency(case, activity.domain),
                words=activity.what,
                activity_id=activity.id,
                is_sure=len(exact) == 1,
            )


def _of_needs(case: Case, needs: Sequence[NeedView], rules: ReferralRules) -> Iterable[Proposal]:
    for need in needs:
        if need.severity is RiskLevel.LOW:
            continue
        for service, offered in rules.offered().items():
            if offered.domain == need.domain:
                urgency = usual_urgency(case, need.domain, need.severity)
                yield Proposal(service, urgency, need.problem, severity=need.severity)
