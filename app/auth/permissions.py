"""Who may do what: the role table (an auditor can read it), the sections a role opens, and the
object rules that feature packages add. What is not granted here is refused."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from app.auth.actor import Actor
from app.auth.models import Role


class Permission(StrEnum):
    PUBLIC = "public"  # no sign-in: health, sign-in page, static files
    SIGNED_IN = "signed_in"  # any role: home, own password
    REPORT_CREATE = "report:create"
    REPORT_STATE = "report:state"  # what became of the reports one's unit took
    REPORT_ROUTE = "report:route"  # to the commune of the event: a supervisor, or who took it
    CASE_LIST = "case:list"
    CASE_READ = "case:read"
    CASE_VERIFY = "case:verify"
    CASE_ASSESS = "case:assess"
    CASE_ASSIGN = "case:assign"
    OVERRIDE_DECIDE = "case:override-decide"
    MEASURE_RECORD = "case:measure"
    MEETING_RECORD = "case:meeting"
    PLAN_EDIT = "plan:edit"
    PLAN_DECIDE = "plan:decide"
    CARE_RECORD = "care:record"
    CARE_DECIDE = "care:decide"
    SHELTER_READ = "case:shelter"
    SERVICE_RECORD = "case:service"
    VISIT_RECORD = "case:visit"
    REVIEW_RECORD = "case:review"
    CLOSE_DECIDE = "case:close"
    CASE_REOPEN = "case:reopen"
    CASE_TRANSFER = "case:transfer"
    REASSIGN_ALL = "case:reassign-all"
    ABSENCE_NOTE = "users:absence"
    DENIAL_MANAGE = "case:deny"
    HOLD_MANAGE = "case:hold"  # that nothing of a child is erased
    ERASURE_ASK = "case:erasure-ask"
    ERASURE_DECIDE = "case:erasure-decide"  # a second person; one of the two oversees the area
    RETENTION_READ = "retention:read"  # how long what is kept, and how much is about to expire
    FILE_READ = "file:read"
    FILE_ADD = "file:add"
    DOSSIER_MAKE = "case:dossier"
    CASE_EXPORT = "case:export"
    EXPORT_DECIDE = "case:export-decide"
    REGISTER_READ = "register:read"
    REGISTER_EDIT = "register:edit"
    IMPORT_RUN = "register:import"
    CHILD_MERGE = "child:merge"
    DOCUMENT_PRINT = "case:print"
    INFORMANT_READ = "case:informant"
    CHILD_READ = "child:read"
    CHILD_EDIT = "child:edit"
    PEOPLE_SEARCH = "people:search"
    EXTENSION_ASK = "deadline:ask"
    EXTENSION_DECIDE = "deadline:decide"
    REFERRAL_READ = "referral:read"
    REFERRAL_SEND = "referral:send"
    REFERRAL_ANSWER = "referral:answer"
    REFERRAL_ASSIGN = "referral:assign"
    REFERRAL_MEASURE = "referral:measure"
    CONSENT_RECORD = "referral:consent"
    AGREEMENT_MANAGE = "referral:agreements"
    DISPUTE_DECIDE = "referral:dispute"
    PROSECUTION_SIGN = "referral:prosecution"
    DIRECTORY_READ = "directory:read"
    DIRECTORY_EDIT = "directory:edit"
    AUDIT_READ = "audit:read"
    BREAK_GLASS = "case:break-glass"  # open a file of another unit in an emergency
    GLASS_REVIEW = "case:glass-review"
    READINGS_SHOW = "case:readings"  # who opened this file, and why
    OVERSIGHT = "oversight"  # readings that stand out, answers to "why did you open it?"
    QUESTION_OWN = "question:own"  # that one is asked oneself
    SUPERVISE = "supervise"
    INDICATORS_READ = "indicators:read"
    PERIODIC_READ = "periodic:read"  # reports of the own unit, or of those one receives them from
    PERIODIC_DRAFT = "periodic:draft"
    PERIODIC_SUBMIT = "periodic:submit"
    PERIODIC_DECIDE = "periodic:decide"  # the Department of Health receives or returns them
    POPULATION_EDIT = "indicators:population"  # how many children live where: counts only
    INDICATORS_RELEASE = "indicators:release"  # draft, approve, withdraw what is published
    BOARD_READ = "indicators:board-read"  # the 24 indicators of the plan: nothing of any child
    BOARD_ENTER = "indicators:board"  # values of the parts that one's own department answers for
    BOARD_PLAN = "indicators:board-plan"  # baselines and milestones
    USERS_MANAGE = "users:manage"
    RESET_DECIDE = "users:reset-decide"  # the second person of a reset
    REFERENCE_MANAGE = "reference:manage"
    SYSTEM_HEALTH = "system:health"
    TASK_OWN = "task:own"  # any role: the long work one asked for
    REMINDER_OWN = "reminder:own"  # any role: what one has to do, and was told of
    REMINDER_DECIDE = "reminder:decide"  # that a legal clock needs no more
    REMINDER_MEASURE = "reminder:measure"  # whether reminders help: counts only


class Section(StrEnum):
    """The parts of a case file that are opened or locked one by one."""

    IDENTITY = "identity"
    CONTACT = "contact"
    FAMILY = "family"
    EVENT = "event"
    HEALTH = "health"
    EDUCATION = "education"
    POLICE_JUSTICE = "police_justice"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    INFORMANT = "informant"
    SHELTER = "shelter"  # where a child is kept safe: a compartment, as the informant
    HIV = "hiv"
    SEXUAL_ABUSE = "sexual_abuse"  # what was told of it; that it is one stands in EVENT


# narrower than a section: nobody has them by being somebody's helper, only by working the case
COMPARTMENTS = frozenset({Section.HIV, Section.SEXUAL_ABUSE})

P, S = Permission, Section

_AGENCY = frozenset(
    {
        P.REPORT_CREATE,
        P.REPORT_STATE,
        P.REPORT_ROUTE,
        P.REFERRAL_READ,
        P.REFERRAL_ANSWER,
        P.DIRECTORY_READ,
        P.BOARD_READ,
        P.BOARD_ENTER,
    }
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.INTAKE: frozenset(
        {P.REPORT_CREATE, P.REPORT_STATE, P.REPORT_ROUTE, P.PEOPLE_SEARCH, P.DIRECTORY_READ}
    ),
    Role.CP_WORKER: frozenset(
        {
            P.REPORT_CREATE,
            P.REPORT_STATE,
            P.REPORT_ROUTE,
            P.CASE_LIST,
            P.CASE_READ,
            P.CASE_VERIFY,
            P.CASE_ASSESS,
            P.CASE_ASSIGN,
            P.MEASURE_RECORD,
            P.MEETING_RECORD,
            P.PLAN_EDIT,
            P.CARE_RECORD,
            P.SHELTER_READ,
            P.SERVICE_RECORD,
            P.VISIT_RECORD,
            P.REVIEW_RECORD,
            P.CASE_REOPEN,
            P.CASE_TRANSFER,
            P.ABSENCE_NOTE,
            P.FILE_READ,
            P.FILE_ADD,
            P.DOSSIER_MAKE,
            P.CASE_EXPORT,
            P.REGISTER_READ,
            P.REGISTER_EDIT,
            P.IMPORT_RUN,
            P.CHILD_MERGE,
            P.DOCUMENT_PRINT,
            P.INFORMANT_READ,
            P.CHILD_READ,
            P.CHILD_EDIT,
            P.PEOPLE_SEARCH,
            P.EXTENSION_ASK,
            P.REFERRAL_READ,
            P.REFERRAL_SEND,
            P.REFERRAL_ANSWER,
            P.CONSENT_RECORD,
            P.DIRECTORY_READ,
            P.BREAK_GLASS,
            P.READINGS_SHOW,
            P.QUESTION_OWN,
            P.PERIODIC_READ,
            P.PERIODIC_DRAFT,
            P.BOARD_READ,
        }
    ),
    Role.COMMUNE_CHAIR: frozenset(
        {
            P.REPORT_STATE,
            P.CASE_LIST,
            P.CASE_READ,
            P.CASE_ASSIGN,
            P.OVERRIDE_DECIDE,
            P.MEASURE_RECORD,
            P.MEETING_RECORD,
            P.PLAN_DECIDE,
            P.CARE_DECIDE,
            P.SHELTER_READ,
            P.CLOSE_DECIDE,
            P.CASE_REOPEN,
            P.CASE_TRANSFER,
            P.REASSIGN_ALL,
            P.ABSENCE_NOTE,
            P.DENIAL_MANAGE,
            P.ERASURE_ASK,
            P.ERASURE_DECIDE,
            P.FILE_READ,
            P.FILE_ADD,
            P.DOSSIER_MAKE,
            P.CASE_EXPORT,
            P.EXPORT_DECIDE,
            P.REGISTER_READ,
            P.DOCUMENT_PRINT,
            P.CHILD_READ,
            P.PEOPLE_SEARCH,
            P.EXTENSION_DECIDE,
            P.REMINDER_DECIDE,
            P.REFERRAL_READ,
            P.REFERRAL_ASSIGN,
            P.PROSECUTION_SIGN,
            P.DIRECTORY_READ,
            P.BREAK_GLASS,
            P.READINGS_SHOW,
            P.QUESTION_OWN,
            P.DIRECTORY_EDIT,
            P.PERIODIC_READ,
            P.PERIODIC_DRAFT,
            P.PERIODIC_SUBMIT,
            P.BOARD_READ,
        }
    ),
    Role.AGENCY_OFFICER: _AGENCY,
    Role.UNIT_LEAD: _AGENCY | {P.REFERRAL_ASSIGN, P.REFERRAL_MEASURE, P.DIRECTORY_EDIT},
    Role.SUPERVISOR: frozenset(
        {
            P.REPORT_STATE,
            P.REPORT_ROUTE,
            P.CASE_LIST,
            P.CASE_READ,
            P.OVERRIDE_DECIDE,
            P.DENIAL_MANAGE,
            P.HOLD_MANAGE,
            P.ERASURE_ASK,
            P.ERASURE_DECIDE,
            P.RETENTION_READ,
            P.FILE_READ,
            P.DOSSIER_MAKE,
            P.CASE_EXPORT,
            P.EXPORT_DECIDE,
            P.REGISTER_READ,
            P.DOCUMENT_PRINT,
            P.CHILD_READ,
            P.CHILD_MERGE,
            P.PEOPLE_SEARCH,
            P.EXTENSION_DECIDE,
            P.REMINDER_DECIDE,
            P.RESET_DECIDE,
            P.AUDIT_READ,
            P.GLASS_REVIEW,
            P.READINGS_SHOW,
            P.OVERSIGHT,
            P.QUESTION_OWN,
            P.SUPERVISE,
            P.INDICATORS_READ,
            P.INDICATORS_RELEASE,
            P.REMINDER_MEASURE,
            P.POPULATION_EDIT,
            P.REFERRAL_READ,
            P.REFERRAL_MEASURE,
            P.AGREEMENT_MANAGE,
            P.DISPUTE_DECIDE,
            P.DIRECTORY_READ,
            P.PERIODIC_READ,
            P.PERIODIC_DRAFT,
            P.PERIODIC_SUBMIT,
            P.PERIODIC_DECIDE,
            P.BOARD_READ,
            P.BOARD_ENTER,
            P.BOARD_PLAN,
        }
    ),
    Role.ANALYST: frozenset({P.INDICATORS_READ, P.POPULATION_EDIT, P.BOARD_READ, P.BOARD_ENTER}),
    Role.ADMINISTRATOR: frozenset(
        {
            P.USERS_MANAGE,
            P.RESET_DECIDE,
            P.REFERENCE_MANAGE,
            P.RETENTION_READ,
            P.SYSTEM_HEALTH,
            P.BOARD_READ,
            P.BOARD_PLAN,
            P.REMINDER_MEASURE,
        }
    ),
}

_FILE = frozenset(set(Section) - {S.INFORMANT, S.SHELTER})

SECTIONS: dict[Role, frozenset[Section]] = {
    Role.CP_WORKER: _FILE,
    Role.COMMUNE_CHAIR: _FILE,
    Role.SUPERVISOR: frozenset(
        {S.IDENTITY, S.FAMILY, S.EVENT, S.ASSESSMENT, S.PLAN, S.POLICE_JUSTICE}
    ),
}

FOR_ALL = frozenset({P.PUBLIC, P.SIGNED_IN, P.TASK_OWN, P.REMINDER_OWN})

Rule = Callable[[Actor, Any], bool]
_rules: dict[Permission, Rule] = {}


def rule(permission: Permission) -> Callable[[Rule], Rule]:
    """Register the object rule of a permission. Without one, an object is never granted."""

    def register(check: Rule) -> Rule:
        _rules[permission] = check
        return check

    return register


def has_permission(actor: Actor, permission: Permission) -> bool:
    """Does the role grant it at all? (For menus and for pages without an object.)"""
    if permission in FOR_ALL:
        return True
    return permission in GRANTS[actor.role]


def is_allowed(actor: Actor, permission: Permission, subject: object) -> bool:
    """Does the role grant it, and does the object's rule agree?"""
    check = _rules.get(permission)
    return has_permission(actor, permission) and check is not None and check(actor, subject)


def sections_of(actor: Actor) -> frozenset[Section]:
    """The sections of a visible case file that this role opens; to who has a file of others open in
    an emergency no compartment, but in the files of the own unit (`works`)."""
    own = SECTIONS.get(actor.role, frozenset())
    return own - COMPARTMENTS if actor.is_guest else own


Works = Callable[[Actor, object], bool]
WORKS: list[Works] = []  # is this object a file that the actor's unit works? Packages above add it


def works(actor: Actor, subject: object) -> bool:
    return any(check(actor, subject) for check in WORKS)


def searches_names(actor: Actor) -> bool:
    """A role that opens no identity searches by case number only."""
    return Section.IDENTITY in sections_of(actor)
