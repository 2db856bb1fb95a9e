"""Sealed fields of the plan: what opens each."""

from app.auth.permissions import Section
from app.cases.models import (
    Plan,
    PlanActivity,
    PlanDecision,
    PlanGoal,
    PlanProblem,
)

S = Section
FIELDS = {
    Plan: {"general_goal": S.PLAN, "monitoring": S.PLAN},
    PlanProblem: {"text": S.PLAN},
    PlanGoal: {"text": S.PLAN},
    PlanActivity: dict.fromkeys(
        ("what", "responsible", "coordinating", "resources", "result"), S.PLAN
    ),
    PlanDecision: {"reason": S.PLAN, "snapshot": S.PLAN},
}
WRITTEN = (
    *("plans", "plan_problems"),
    *("plan_goals", "plan_activities", "plan_decisions"),
)
