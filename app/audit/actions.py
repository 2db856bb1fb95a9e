"""Every kind of audit event, with the keys its data may hold. Ids, codes and field names only."""

from enum import StrEnum


class AuditAction(StrEnum):
    # sign-in and accounts
    SIGNED_IN = "auth.signed_in"
    SIGN_IN_FAILED = "auth.sign_in_failed"
    SIGNED_OUT = "auth.signed_out"
    DENIED = "auth.denied"
    PASSWORD_CHANGED = "auth.password_changed"
    FACTOR_CHANGED = "auth.factor_changed"
    USER_INVITED = "users.invited"
    USER_CHANGED = "users.changed"
    USER_DISABLED = "users.disabled"
    UNIT_CHANGED = "units.changed"
    REFERENCE_CHANGED = "reference.changed"
    # people
    PEOPLE_SEARCHED = "people.searched"
    CHILD_READ = "child.read"
    CHILD_CHANGED = "child.changed"
    DUPLICATES_SHOWN = "people.duplicates_shown"
    # intake
    REPORT_RECEIVED = "report.received"
    REPORT_ROUTED = "report.routed"
    REPORT_STATE_READ = "report.state_read"
    REPORT_CORRECTED = "report.corrected"
    INFORMANT_READ = "report.informant_read"
    # cases
    CASES_LISTED = "cases.listed"
    CASE_READ = "case.read"
    CASE_OPENED = "case.opened"
    CASE_ASSIGNED = "case.assigned"
    CASE_VERIFIED = "case.verified"
    CASE_ASSESSED = "case.assessed"
    RISK_OVERRIDE_DECIDED = "case.risk_override_decided"
    MEASURE_RECORDED = "case.measure_recorded"
    DOCUMENT_PRINTED = "case.document_printed"
    AUDIT_READ = "audit.read"
    # clocks
    DEADLINE_MISSED = "deadline.missed"
    EXTENSION_ASKED = "deadline.extension_asked"
    EXTENSION_DECIDED = "deadline.extension_decided"


# Something was shown: true even where the request that showed it was refused.
READINGS = frozenset(
    {
        AuditAction.PEOPLE_SEARCHED,
        AuditAction.CHILD_READ,
        AuditAction.DUPLICATES_SHOWN,
        AuditAction.REPORT_STATE_READ,
        AuditAction.INFORMANT_READ,
        AuditAction.CASES_LISTED,
        AuditAction.CASE_READ,
        AuditAction.AUDIT_READ,
    }
)

_COMMON = frozenset({"case_id", "child_id", "report_id", "unit_id", "user_id", "count"})

DATA_KEYS: dict[AuditAction, frozenset[str]] = {
    AuditAction.DENIED: frozenset({"endpoint", "permission", "status"}),
    AuditAction.SIGN_IN_FAILED: frozenset({"reason", "known"}),
    AuditAction.USER_CHANGED: frozenset({"fields"}),
    AuditAction.UNIT_CHANGED: frozenset({"fields"}),
    AuditAction.REFERENCE_CHANGED: frozenset({"list", "fields", "day"}),
    AuditAction.PEOPLE_SEARCHED: frozenset({"kind", "children"}),
    AuditAction.DUPLICATES_SHOWN: frozenset({"children"}),
    AuditAction.CASES_LISTED: frozenset({"cases", "filters"}),
    AuditAction.CHILD_CHANGED: frozenset({"fields", "version"}),
    AuditAction.REPORT_ROUTED: frozenset({"commune", "from_unit"}),
    AuditAction.REPORT_CORRECTED: frozenset({"fields"}),
    AuditAction.CASE_VERIFIED: frozenset({"outcome"}),
    AuditAction.CASE_ASSESSED: frozenset({"form", "version", "level", "override"}),
    AuditAction.RISK_OVERRIDE_DECIDED: frozenset({"decision", "level"}),
    AuditAction.MEASURE_RECORDED: frozenset({"kind"}),
    AuditAction.DOCUMENT_PRINTED: frozenset({"document"}),
    AuditAction.AUDIT_READ: frozenset({"view"}),
    AuditAction.DEADLINE_MISSED: frozenset({"rule", "due"}),
    AuditAction.EXTENSION_ASKED: frozenset({"rule", "until"}),
    AuditAction.EXTENSION_DECIDED: frozenset({"rule", "decision", "until"}),
}


def allowed_keys(action: AuditAction) -> frozenset[str]:
    return DATA_KEYS.get(action, frozenset()) | _COMMON
