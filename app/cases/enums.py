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
    TRANSFERRED = "transferred"  # to a body outside the province


# the legal path; a step that is recorded again later never leads back
PATH = (
    CaseState.RECEIVED,
    CaseState.VERIFYING,
    CaseState.INITIAL_ASSESSED,
    CaseState.SPECIFIC_ASSESSED,
    CaseState.NEEDS_MEETING,
    CaseState.PLAN_DRAFTED,
    CaseState.PLAN_SUBMITTED,
    CaseState.PLAN_APPROVED,
    CaseState.IN_PROGRESS,
    CaseState.REVIEW,
    CaseState.CLOSED,
)

ENDED = frozenset(
    {
        CaseState.CLOSED,
        CaseState.NOT_CONFIRMED,
        CaseState.DUPLICATE,
        CaseState.OUT_OF_SCOPE,
        CaseState.TRANSFERRED,
    }
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
    SPECIFIC_ASSESSMENT = "specific_assessment"
    MEETING_CALLED = "meeting_called"
    MEETING_HELD = "meeting_held"
    PLAN_DRAFTED = "plan_drafted"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_RETURNED = "plan_returned"
    PLAN_APPROVED = "plan_approved"
    PLAN_VOIDED = "plan_voided"
    ACTIVITY_CHANGED = "activity_changed"
    SEPARATION_ASKED = "separation_asked"
    SEPARATION_STARTED = "separation_started"
    SEPARATION_EXTENDED = "separation_extended"
    SEPARATION_ENDED = "separation_ended"
    CARE_ASKED = "care_asked"
    CARE_REFUSED = "care_refused"  # a separation or substitute care that was asked for
    CARE_DECIDED = "care_decided"
    CHILD_HANDED_OVER = "child_handed_over"
    CARE_VISITED = "care_visited"
    CARE_ENDED = "care_ended"
    SHELTER_READ = "shelter_read"
    SERVICE_RECEIVED = "service_received"
    FOLLOW_UP = "follow_up"
    REVIEWED = "reviewed"
    CLOSING_ASKED = "closing_asked"
    CLOSING_REFUSED = "closing_refused"
    CLOSED = "closed"
    CYCLE_STARTED = "cycle_started"
    REOPENED = "reopened"
    CHECKED_AFTER = "checked_after"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_ANSWERED = "transfer_answered"
    GROUP_RECORDED = "group_recorded"
    GROUP_ENDED = "group_ended"
    YEARLY_REVIEWED = "yearly_reviewed"
    RECORDS_MERGED = "records_merged"
    RECORDS_SEPARATED = "records_separated"
    REFERRAL_SENT = "referral_sent"
    REFERRAL_OPENED = "referral_opened"
    REFERRAL_ASKED = "referral_asked"
    REFERRAL_REPLIED = "referral_replied"
    REFERRAL_ACCEPTED = "referral_accepted"
    REFERRAL_DECLINED = "referral_declined"
    REFERRAL_CONTACTED = "referral_contacted"
    REFERRAL_DELIVERED = "referral_delivered"
    REFERRAL_COMPLETED = "referral_completed"
    REFERRAL_ENDED = "referral_ended"  # recalled, expired, closed by the sender
    REFERRAL_DISPUTED = "referral_disputed"
    REFERRAL_DECIDED = "referral_decided"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ROOM_NOTE = "room_note"
    PROSECUTION_SIGNED = "prosecution_signed"
    PROCURACY_INFORMED = "procuracy_informed"
    PROSECUTION_RESULT = "prosecution_result"
    REMINDER_ESCALATED = "reminder_escalated"  # it was told to the next one up
    REMINDER_WAIVED = "reminder_waived"  # agreed: this need not be done
    HOLD_SET = "hold_set"  # nothing may be erased while it stands
    HOLD_LIFTED = "hold_lifted"
    ERASURE_ASKED = "erasure_asked"
    ERASURE_DECIDED = "erasure_decided"
    ERASURE_STOPPED = "erasure_stopped"  # taken back, or something stood against it at last
    CHILD_ERASED = "child_erased"
    FILE_ADDED = "file_added"
    FILE_REMOVED = "file_removed"
    GLASS_BROKEN = "glass_broken"  # opened in an emergency by somebody of another unit
    GLASS_REVIEWED = "glass_reviewed"
