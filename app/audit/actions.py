"""Every kind of audit event, with the keys its data may hold. Ids, codes and field names only."""

from enum import StrEnum


class AuditAction(StrEnum):
    # sign-in and accounts
    SIGNED_IN = "auth.signed_in"
    SIGN_IN_FAILED = "auth.sign_in_failed"
    SIGNED_OUT = "auth.signed_out"
    DENIED = "auth.denied"
    CONFIRMED = "auth.confirmed"
    PASSWORD_CHANGED = "auth.password_changed"
    FACTOR_CHANGED = "auth.factor_changed"
    RECOVERY_CODE_USED = "auth.recovery_code_used"
    UNLOCKED = "auth.unlocked"
    BROWSER_FORGOTTEN = "auth.browser_forgotten"
    SESSIONS_ENDED = "auth.sessions_ended"
    RESET_ASKED = "users.reset_asked"
    RESET_DECIDED = "users.reset_decided"
    USER_INVITED = "users.invited"
    USER_CHANGED = "users.changed"
    USER_DISABLED = "users.disabled"
    UNIT_CHANGED = "units.changed"
    REFERENCE_CHANGED = "reference.changed"
    KEYS_CHANGED = "keys.changed"
    POPULATION_CHANGED = "population.changed"
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
    MEETING_RECORDED = "case.meeting_recorded"
    PLAN_CHANGED = "plan.changed"
    PLAN_SUBMITTED = "plan.submitted"
    PLAN_DECIDED = "plan.decided"
    PLAN_VOIDED = "plan.voided"
    ACTIVITY_CHANGED = "plan.activity_changed"
    SEPARATION_CHANGED = "care.separation_changed"
    CARE_CHANGED = "care.changed"
    SHELTER_READ = "care.shelter_read"
    SERVICE_RECORDED = "case.service_recorded"
    FOLLOW_UP_RECORDED = "case.follow_up_recorded"
    REVIEW_RECORDED = "case.review_recorded"
    CLOSING_DECIDED = "case.closing_decided"
    CYCLE_STARTED = "case.cycle_started"
    CASE_REOPENED = "case.reopened"
    TRANSFER_OFFERED = "case.transfer_offered"
    TRANSFER_ANSWERED = "case.transfer_answered"
    DENIAL_CHANGED = "case.denial_changed"
    HOLD_CHANGED = "case.hold_changed"
    ERASURE_CHANGED = "case.erasure_changed"
    CHILD_ERASED = "child.erased"
    EXPIRIES_LISTED = "cases.expiries_listed"
    ABSENCE_CHANGED = "users.absence_changed"
    FILE_ADDED = "file.added"
    FILE_READ = "file.read"
    FILE_REMOVED = "file.removed"
    DOSSIER_ORDERED = "case.dossier_ordered"
    DOSSIER_READ = "case.dossier_read"
    EXPORT_CHANGED = "export.changed"
    CASES_EXPORTED = "cases.exported"
    EXPORT_READ = "export.read"
    REGISTER_CHANGED = "register.changed"
    REGISTER_LISTED = "register.listed"
    IMPORT_CHANGED = "register.import_changed"
    RECORDS_MERGED = "people.merged"
    RECORDS_SEPARATED = "people.separated"
    FAMILY_SHOWN = "people.family_shown"
    DOCUMENT_PRINTED = "case.document_printed"
    AUDIT_READ = "audit.read"
    GLASS_BROKEN = "case.glass_broken"
    GLASS_CHANGED = "case.glass_changed"  # ended early, reviewed
    FINDING_CHANGED = "oversight.finding_changed"
    QUESTION_CHANGED = "oversight.question_changed"
    # referrals
    REFERRAL_CHANGED = "referral.changed"
    REFERRAL_READ = "referral.read"
    REFERRALS_LISTED = "referral.listed"
    CONSENT_CHANGED = "referral.consent_changed"
    AGREEMENT_CHANGED = "referral.agreement_changed"
    DIRECTORY_CHANGED = "directory.changed"
    LINK_CHANGED = "referral.link_changed"
    ROOM_CHANGED = "referral.room_changed"
    PROSECUTION_CHANGED = "referral.prosecution_changed"
    # reminders
    REMINDER_SENT = "reminder.sent"
    REMINDER_RESENT = "reminder.resent"
    REMINDER_READ = "reminder.read"
    REMINDER_ANSWERED = "reminder.answered"
    REMINDER_RULES_CHANGED = "reminder.rules_changed"
    REMINDER_CHOICE_CHANGED = "reminder.choice_changed"
    # indicators
    PERIODIC_CHANGED = "indicators.report_changed"
    RELEASE_CHANGED = "indicators.release_changed"
    FIGURES_EXPORTED = "indicators.exported"
    BOARD_CHANGED = "indicators.board_changed"
    EVIDENCE_READ = "indicators.evidence_read"
    # the house
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
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
        AuditAction.SHELTER_READ,
        AuditAction.FILE_READ,
        AuditAction.REGISTER_LISTED,
        AuditAction.FAMILY_SHOWN,
        AuditAction.REFERRAL_READ,
        AuditAction.REFERRALS_LISTED,
        AuditAction.EVIDENCE_READ,
    }
)

_COMMON = frozenset({"case_id", "child_id", "report_id", "unit_id", "user_id", "count"})

DATA_KEYS: dict[AuditAction, frozenset[str]] = {
    AuditAction.DENIED: frozenset({"endpoint", "permission", "status"}),
    AuditAction.SIGN_IN_FAILED: frozenset({"reason", "known"}),
    AuditAction.SIGNED_IN: frozenset({"way", "new_browser"}),
    AuditAction.CONFIRMED: frozenset({"way"}),
    AuditAction.UNLOCKED: frozenset({"way"}),
    AuditAction.FACTOR_CHANGED: frozenset({"factor", "step"}),
    AuditAction.RECOVERY_CODE_USED: frozenset({"left"}),
    AuditAction.RESET_ASKED: frozenset({"checked"}),
    AuditAction.RESET_DECIDED: frozenset({"decision"}),
    AuditAction.USER_CHANGED: frozenset({"fields"}),
    AuditAction.UNIT_CHANGED: frozenset({"fields"}),
    AuditAction.REFERENCE_CHANGED: frozenset({"list", "fields", "day"}),
    AuditAction.POPULATION_CHANGED: frozenset({"year", "communes", "count", "origin"}),
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
    AuditAction.MEETING_RECORDED: frozenset({"form", "people", "actions"}),
    AuditAction.PLAN_CHANGED: frozenset({"fields", "cycle", "version"}),
    AuditAction.PLAN_SUBMITTED: frozenset({"cycle", "version"}),
    AuditAction.PLAN_DECIDED: frozenset({"decision", "number", "cycle", "digest"}),
    AuditAction.PLAN_VOIDED: frozenset({"fields", "cycle"}),
    AuditAction.ACTIVITY_CHANGED: frozenset({"fields", "state"}),
    AuditAction.SEPARATION_CHANGED: frozenset({"step", "until", "number"}),
    AuditAction.CARE_CHANGED: frozenset({"step", "kind"}),
    AuditAction.SERVICE_RECORDED: frozenset({"kind", "source", "step"}),
    AuditAction.FOLLOW_UP_RECORDED: frozenset({"kind", "safety", "planned"}),
    AuditAction.REVIEW_RECORDED: frozenset({"form", "version", "proposal", "cycle"}),
    AuditAction.CLOSING_DECIDED: frozenset({"decision", "check_on"}),
    AuditAction.CYCLE_STARTED: frozenset({"cycle"}),
    AuditAction.CASE_REOPENED: frozenset({"previous"}),
    AuditAction.TRANSFER_OFFERED: frozenset({"commune", "province"}),
    AuditAction.TRANSFER_ANSWERED: frozenset({"decision", "commune"}),
    AuditAction.DENIAL_CHANGED: frozenset({"step"}),
    AuditAction.KEYS_CHANGED: frozenset({"step", "serial", "key"}),
    AuditAction.HOLD_CHANGED: frozenset({"step", "hold", "ground"}),
    AuditAction.ERASURE_CHANGED: frozenset({"step", "request", "ground", "obstacles"}),
    AuditAction.CHILD_ERASED: frozenset({"request", "keys", "files", "cases"}),
    AuditAction.EXPIRIES_LISTED: frozenset({"cases", "filters"}),
    AuditAction.ABSENCE_CHANGED: frozenset({"step", "since", "until", "deputy"}),
    AuditAction.FILE_ADDED: frozenset({"kind", "section", "sha256", "size"}),
    AuditAction.FILE_READ: frozenset({"kind", "section", "original"}),
    AuditAction.FILE_REMOVED: frozenset({"kind", "section"}),
    AuditAction.DOSSIER_ORDERED: frozenset({"task"}),
    AuditAction.DOSSIER_READ: frozenset({"task", "sha256"}),
    AuditAction.EXPORT_CHANGED: frozenset({"export", "step", "list", "filters"}),
    AuditAction.CASES_EXPORTED: frozenset({"export"}),  # one for each child
    AuditAction.EXPORT_READ: frozenset({"export", "sha256"}),
    AuditAction.REGISTER_CHANGED: frozenset({"group", "step", "fields"}),
    AuditAction.REGISTER_LISTED: frozenset({"children", "filters"}),
    AuditAction.IMPORT_CHANGED: frozenset({"step", "rows", "errors", "task", "sha256"}),
    AuditAction.RECORDS_MERGED: frozenset({"kept", "merged", "cases"}),
    AuditAction.RECORDS_SEPARATED: frozenset({"kept", "merged", "cases"}),
    AuditAction.FAMILY_SHOWN: frozenset({"children"}),
    AuditAction.DOCUMENT_PRINTED: frozenset({"document"}),
    AuditAction.REFERRAL_CHANGED: frozenset({"referral", "step", "state", "service", "code"}),
    AuditAction.REFERRAL_READ: frozenset({"referral", "state", "view"}),
    AuditAction.REFERRALS_LISTED: frozenset({"referrals", "filters"}),
    AuditAction.CONSENT_CHANGED: frozenset({"step", "giver", "services", "referrals"}),
    AuditAction.AGREEMENT_CHANGED: frozenset({"step", "parties"}),
    AuditAction.DIRECTORY_CHANGED: frozenset({"step", "service", "fields"}),
    AuditAction.LINK_CHANGED: frozenset({"referral", "step", "outcome"}),
    AuditAction.ROOM_CHANGED: frozenset({"step", "units"}),
    AuditAction.PROSECUTION_CHANGED: frozenset({"step", "number", "code", "source"}),
    AuditAction.REMINDER_SENT: frozenset({"channel", "state", "attempts", "obligations"}),
    AuditAction.REMINDER_RESENT: frozenset({"channel", "count"}),
    AuditAction.REMINDER_READ: frozenset({"obligations"}),
    AuditAction.REMINDER_ANSWERED: frozenset({"kind", "answer", "until"}),
    AuditAction.REMINDER_RULES_CHANGED: frozenset({"kinds"}),
    AuditAction.REMINDER_CHOICE_CHANGED: frozenset({"fields"}),
    AuditAction.PERIODIC_CHANGED: frozenset({"step", "schedule", "period", "version"}),
    AuditAction.RELEASE_CHANGED: frozenset({"step", "period", "edition", "number"}),
    AuditAction.FIGURES_EXPORTED: frozenset({"format", "audience", "period", "table", "number"}),
    AuditAction.BOARD_CHANGED: frozenset({"step", "part", "year", "version", "sha256"}),
    AuditAction.EVIDENCE_READ: frozenset({"part", "year", "version"}),
    AuditAction.AUDIT_READ: frozenset({"view"}),
    AuditAction.BACKUP_MADE: frozenset({"bytes"}),
    AuditAction.BACKUP_RESTORED: frozenset({"made_at", "last"}),
    AuditAction.GLASS_BROKEN: frozenset({"category", "until"}),
    AuditAction.GLASS_CHANGED: frozenset({"step", "decision"}),
    AuditAction.FINDING_CHANGED: frozenset({"step", "kind"}),
    AuditAction.QUESTION_CHANGED: frozenset({"step", "answer"}),
    AuditAction.DEADLINE_MISSED: frozenset({"rule", "due"}),
    AuditAction.EXTENSION_ASKED: frozenset({"rule", "until"}),
    AuditAction.EXTENSION_DECIDED: frozenset({"rule", "decision", "until"}),
}


def allowed_keys(action: AuditAction) -> frozenset[str]:
    return DATA_KEYS.get(action, frozenset()) | _COMMON
