"""The tables of reports, cases and what happens in a case."""

from app.cases.models.assessments import AssessmentNeed, InitialAssessment, SafetyMeasure
from app.cases.models.cases import Case, CaseEvent, CaseNumber
from app.cases.models.drafts import Draft
from app.cases.models.plans import (
    Plan,
    PlanActivity,
    PlanDecision,
    PlanGoal,
    PlanProblem,
    PlanRevision,
)
from app.cases.models.reports import Informant, Report, Verification
from app.cases.models.specific import SpecificAssessment, SpecificNeed, SpecificText

__all__ = [
    "AssessmentNeed",
    "Case",
    "CaseEvent",
    "CaseNumber",
    "Draft",
    "Informant",
    "InitialAssessment",
    "Plan",
    "PlanActivity",
    "PlanDecision",
    "PlanGoal",
    "PlanProblem",
    "PlanRevision",
    "Report",
    "SafetyMeasure",
    "SpecificAssessment",
    "SpecificNeed",
    "SpecificText",
    "Verification",
]
