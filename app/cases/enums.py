"""The states and codes of a case (Decree 56/2017, chapter III)."""

from enum import StrEnum


class CaseState(StrEnum):
    RECEIVED = "received"
    VERIFYING = "verifying"
    INITIAL_ASSESSED = "initial_assessed"
    SPECIFIC_ASSESSED = "specific_assessed"
    NEEDS_MEETING = "needs_meeting"
    PLAN_DRAFTED = "plan_drafted"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_APPROVED = "plan_approved"
    IN_PROGRESS = "in_progress"
    REVIEW = "review"
    CLOSED = "closed"
    NOT_CONFIRMED = "not_confirmed"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"


ENDED = frozenset(
    {CaseState.CLOSED, CaseState.NOT_CONFIRMED, CaseState.DUPLICATE, CaseState.OUT_OF_SCOPE}
)


class Category(StrEnum):
    ABUSED = "abused"
    RISK_VIOLENCE = "risk_violence"
    RISK_EXPLOITATION = "risk_exploitation"
    RISK_ABANDONMENT = "risk_abandonment"
    SPECIAL_CIRCUMSTANCES = "special_circumstances"


class RiskLevel(StrEnum):
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


# for sorting: what is not assessed yet stands right after HIGH
RISK_RANK: dict[RiskLevel | None, int] = {
    RiskLevel.HIGH: 0,
    None: 1,
    RiskLevel.MEDIUM: 2,
    RiskLevel.LOW: 3,
}


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"


class OverrideState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


class EventKind(StrEnum):
    """What can stand on a timeline."""

    REPORT_RECEIVED = "report_received"
    ROUTED = "routed"
    ASSIGNED = "assigned"
    VERIFIED = "verified"
    INITIAL_ASSESSMENT = "initial_assessment"
    OVERRIDE_ASKED = "override_asked"
    OVERRIDE_DECIDED = "override_decided"
    MEASURE = "measure"
    NO_MEASURE_NEEDED = "no_measure_needed"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_DECIDED = "extension_decided"
    CHILD_EDITED = "child_edited"
    REPORT_CORRECTED = "report_corrected"
    INFORMANT_READ = "informant_read"
    NOTE = "note"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_APPROVED = "plan_approved"
    CLOSED = "closed"
