"""Which section opens what is told of the event (Mẫu số 01, 03): decided here and nowhere else.

The account (`ACCOUNT`) is what was told of the event. Of a report that names sexual abuse, as a
form or as a group, it belongs to the compartment SEXUAL_ABUSE, of every other report to EVENT.
`Report.account_section` keeps the answer: the model sets it with forms and groups, whoever sets
them and whenever, and it never goes back: what was told stays told when the form is corrected.
Read it with `section_of_text`, in SQL with `account_column`; an entry of the timeline whose words
repeat the account says so (`CaseEvent.tells_account`), and `queries.events` follows the report.
So does how the event happened, in Mẫu số 03: the form says which field tells it (`tells_account`),
and `section_of_field` follows the report as it is now.

Not part of it: where it happened, without which nobody can send the report to its commune.
"""

from collections.abc import Iterable, Mapping

from app.auth.permissions import Section
from app.reference.form_definition import FormField
from app.reference.library import code_list

S = Section

TEXTS: Mapping[str, Section] = {
    "event_place": S.EVENT,
    "child_condition": S.EVENT,
    "likely_consequence": S.EVENT,
    "prior_actions": S.EVENT,
    "family_context": S.FAMILY,
    "current_caregiver": S.FAMILY,
    "child_location": S.CONTACT,
}
ACCOUNT = ("child_condition", "likely_consequence", "prior_actions")


def section_of_account(
    forms: Iterable[str], groups: Iterable[str] = (), *, before: Section | None = None
) -> Section:
    """Of a report with these forms of abuse and these of the 14 groups; `before`: what it was, if
    it was something. That a part is closed lets one guess the group: less than its story tells."""
    if before is S.SEXUAL_ABUSE:
        return before
    named = [("abuse_forms", forms), ("sc_groups", groups)]
    is_closed = any(_tells_of_sexual_abuse(name, codes) for name, codes in named)
    return S.SEXUAL_ABUSE if is_closed else S.EVENT


def _tells_of_sexual_abuse(name: str, codes: Iterable[str]) -> bool:
    known = code_list(name).by_code
    return any(known[code].compartment == S.SEXUAL_ABUSE for code in codes if code in known)


def section_of_text(name: str, account: Section) -> Section:
    """The section of a text of a report whose account belongs to `account`."""
    return account if name in ACCOUNT else TEXTS[name]


def section_of_field(field: FormField, account: Section) -> Section:
    """The section of a field of a form in a case whose account belongs to `account`."""
    return account if field.tells_account else Section(field.section)


def may_hold_account(sections: frozenset[Section]) -> bool:
    """Could these sections open the account of some report?"""
    return bool(sections & {S.EVENT, S.SEXUAL_ABUSE})
