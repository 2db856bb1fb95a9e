"""Which section opens the words of a report (Mẫu số 01): decided here and nowhere else.

The account (`ACCOUNT`) is what was told of the event. Of a report that names sexual abuse it
belongs to the compartment SEXUAL_ABUSE, of every other report to EVENT. `Report.account_section`
keeps the answer: the model sets it with the forms of abuse, whoever sets them and whenever, and it
never goes back: what was told stays told when the form is corrected. Read it with
`section_of_text`, in SQL with `account_column`; an entry of the timeline whose words repeat the
account says so (`CaseEvent.tells_account`), and `queries.events` follows the report.

Not part of it: where it happened, without which nobody can send the report to its commune.
"""

from collections.abc import Iterable, Mapping

from app.auth.permissions import Section
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


def section_of_account(forms: Iterable[str], *, before: Section | None = None) -> Section:
    """Of a report with these forms of abuse; `before`: what it was, if it was something."""
    if before is S.SEXUAL_ABUSE:
        return before
    known = code_list("abuse_forms").by_code
    compartments = [known[code].compartment for code in forms if code in known]
    return next((Section(one) for one in compartments if one), S.EVENT)


def section_of_text(name: str, account: Section) -> Section:
    """The section of a text of a report whose account belongs to `account`."""
    return account if name in ACCOUNT else TEXTS[name]


def may_hold_account(sections: frozenset[Section]) -> bool:
    """Could these sections open the account of some report?"""
    return bool(sections & {S.EVENT, S.SEXUAL_ABUSE})
