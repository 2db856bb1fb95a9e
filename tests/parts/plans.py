"""A plan that waits for its decision, after an approval that an edit voided."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
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
from app.cases.plan_snapshot import canonical, digest_of, read_snapshot, snapshot_of
from app.core import clock
from app.people.models import Child

FIELDS = {PlanRevision: {"snapshot": Section.PLAN}}
WORD = "zqsnapshotkanary"
SNAPSHOT = canonical({**read_snapshot(None), "general_goal": WORD})
FORMATTED = {
    (PlanDecision, "snapshot"): (SNAPSHOT, (WORD,)),
    (PlanRevision, "snapshot"): (SNAPSHOT, (WORD,)),
}
NOT_ON_EVERY_SCREEN = {"PlanRevision.snapshot"}  # for who comes too late with an edit
VALID = {
    "plans.edit": {"monitoring": "Cán bộ đến thăm mỗi tuần"},
    "plans.decide": {"decision": "approved"},
    "plans.activity": {"state": "doing"},
}
FORM_FIELDS = {"plans.submit": ("version", "seen_at")}
WRITTEN = ("plan_revisions",)
INTO_THE_FILE = ("plans.",)


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    plan = make_plan(session, case, users[Role.CP_WORKER], state=PlanState.SUBMITTED)
    (activity,) = plan.activities
    decision = decide(session, case, plan, users[Role.COMMUNE_CHAIR])
    decision.void(by=users[Role.CP_WORKER].id, now=clock.now())
    return {"activity_id": activity.id, "decision_id": decision.id}


def make_plan(
    session: Session, case: Case, worker: User, *, state: PlanState = PlanState.DRAFT
) -> Plan:
    """A plan with one row of each kind."""
    key, now, today = session.get_one(Child, case.child_id).key, clock.now(), clock.today()
    plan = Plan(
        key=key, case_id=case.id, cycle=case.cycle, form_version=1, state=state,
        general_goal="Trẻ an toàn và đi học lại", drafted_by=worker.id, drafted_at=now,
        edited_by=worker.id, edited_at=now, submitted_by=worker.id, submitted_at=now,
        review_on=today + timedelta(days=60),
    )  # fmt: skip
    common: dict[str, Any] = {"key": key, "plan_id": plan.id, "position": 1, "domain": "safety"}
    plan.problems = [PlanProblem(text="Trẻ chưa có nơi ở an toàn", **common)]
    plan.goals = [PlanGoal(text="Trẻ ở nơi an toàn trong một tuần", **common)]
    plan.activities = [_activity(case, today, common)]
    session.add(plan)
    session.flush()
    snapshot = canonical(snapshot_of(plan))
    session.add(
        PlanRevision(
            key=key, plan_id=plan.id, version=plan.version, snapshot=snapshot, by_id=worker.id,
            at=now,
        )
    )  # fmt: skip
    session.flush()
    return plan


def _activity(case: Case, today: date, common: dict[str, Any]) -> PlanActivity:
    return PlanActivity(
        case_id=case.id, service_type="safe_place", what="Đưa trẻ về ở nhà bà ngoại",
        responsible="Cán bộ bảo vệ trẻ em", responsible_unit=None, starts_on=today,
        ends_on=today + timedelta(days=7), **common,
    )  # fmt: skip


def decide(session: Session, case: Case, plan: Plan, chair: User) -> PlanDecision:
    """An approval of the plan as it stands."""
    snapshot = canonical(snapshot_of(plan))
    made = PlanDecision(
        key=plan.key, plan_id=plan.id, case_id=case.id, outcome=PlanOutcome.APPROVED,
        unit_id=chair.unit_id, number="01/QĐ-UBND", number_year=clock.today().year,
        number_order=1, snapshot=snapshot, digest=digest_of(snapshot), plan_version=plan.version,
        decided_by=chair.id, decided_at=clock.now(), facts={"cycle": plan.cycle, "form_version": 1},
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def made(session: Session, case: Case) -> list[Any]:
    """The rows of the plan; the digest of the decision is that of the canary it will hold."""
    plan = session.scalars(select(Plan).where(Plan.case_id == case.id)).unique().one()
    tables = (PlanProblem, PlanGoal, PlanActivity, PlanRevision, PlanDecision)
    rows = [
        row
        for table in tables
        for row in session.scalars(select(table).where(table.plan_id == plan.id)).unique()
    ]
    for row in rows:
        if isinstance(row, PlanDecision):
            row.digest = digest_of(SNAPSHOT)
    return [plan, *rows]
