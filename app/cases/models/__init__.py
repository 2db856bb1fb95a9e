"""The tables of reports, cases and what happens in a case."""

from app.cases.models.assessments import AssessmentNeed, InitialAssessment, SafetyMeasure
from app.cases.models.care import (
    CarePlacement,
    CareVisit,
    Separation,
    SeparationExtension,
    ShelterAddress,
)
from app.cases.models.cases import Case, CaseEvent, CaseNumber
from app.cases.models.conferences import CaseConference, ConferenceAction, ConferencePerson
from app.cases.models.dossiers import Dossier
from app.cases.models.drafts import Draft
from app.cases.models.erasures import ErasureRequest, LegalHold
from app.cases.models.exports import Export
from app.cases.models.files import CaseFile
from app.cases.models.follow_ups import FollowUp, PlannedVisit, VisitRuleChange
from app.cases.models.moves import CaseTransfer
from app.cases.models.plans import (
    Plan,
    PlanActivity,
    PlanDecision,
    PlanGoal,
    PlanProblem,
    PlanRevision,
)
from app.cases.models.reports import Informant, Report, Verification
from app.cases.models.reviews import Review
from app.cases.models.saved_views import SavedView
from app.cases.models.specific import SpecificAssessment, SpecificNeed, SpecificText
from app.cases.models.support import ServiceReceived

__all__ = [
    "AssessmentNeed",
    "CarePlacement",
    "CareVisit",
    "Case",
    "CaseConference",
    "CaseEvent",
    "CaseFile",
    "CaseNumber",
    "CaseTransfer",
    "ConferenceAction",
    "ConferencePerson",
    "Dossier",
    "Draft",
    "ErasureRequest",
    "Export",
    "FollowUp",
    "Informant",
    "InitialAssessment",
    "LegalHold",
    "Plan",
    "PlanActivity",
    "PlanDecision",
    "PlanGoal",
    "PlanProblem",
    "PlanRevision",
    "PlannedVisit",
    "Report",
    "Review",
    "SafetyMeasure",
    "SavedView",
    "Separation",
    "SeparationExtension",
    "ServiceReceived",
    "ShelterAddress",
    "SpecificAssessment",
    "SpecificNeed",
    "SpecificText",
    "Verification",
    "VisitRuleChange",
]
