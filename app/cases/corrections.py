"""What of a report may be corrected after it was sent, and in which section it stands.

The commune of the event and the moment of receipt are not among it: they carry access and clocks.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.auth.permissions import Section
from app.cases.account import ACCOUNT, TEXTS
from app.cases.groups import CLOSED, section_of_group
from app.cases.labels import label_of
from app.cases.models import Report
from app.core import clock
from app.reference.library import form_definition

S = Section

CORRECTABLE: Mapping[str, Section] = {
    "category": S.EVENT,
    "event_at": S.EVENT,
    "is_present_danger": S.EVENT,
    "abuse_forms": S.EVENT,
    "sc_groups": S.EVENT,  # its confidential codes: as app.cases.groups has it
    "abuse_setting": S.EVENT,
    "perpetrator_relation": S.EVENT,
    "is_caregiver_suspected": S.FAMILY,
    **TEXTS,
}
SECTIONS = frozenset({*CORRECTABLE.values(), *CLOSED})
_LISTS = {
    "category": "report_categories",
    "abuse_forms": "abuse_forms",
    "sc_groups": "sc_groups",
    "abuse_setting": "abuse_settings",
    "perpetrator_relation": "perpetrator_relations",
}


def values_of(report: Report) -> dict[str, Any]:
    """What the report says now, field by field."""
    return {name: getattr(report, name) for name in CORRECTABLE}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, datetime) else value


def changes_by_section(
    before: Mapping[str, Any], after: Mapping[str, Any], changed: Iterable[str]
) -> dict[Section, dict[str, list[Any]]]:
    """{section: {field: [old, new]}}, so that nobody reads in one what is closed in another;
    without the account, which `changed_account` has."""
    found: dict[Section, dict[str, list[Any]]] = {}
    for name in changed:
        if name in ACCOUNT:
            continue
        for section, old, new in _parts(name, plain(before[name]), plain(after[name])):
            found.setdefault(section, {})[name] = [old, new]
    return found


def changed_account(
    before: Mapping[str, Any], after: Mapping[str, Any], changed: Iterable[str]
) -> dict[str, list[Any]]:
    """{field: [old, new]} of what the report tells."""
    return {name: [before[name], after[name]] for name in changed if name in ACCOUNT}


def _parts(name: str, old: Any, new: Any) -> Iterator[tuple[Section, Any, Any]]:
    """One value, or the groups of each section apart."""
    if name != "sc_groups":
        yield CORRECTABLE[name], old, new
        return
    for section in (S.EVENT, *sorted(CLOSED)):
        was, now = ([c for c in codes if section_of_group(c) is section] for codes in (old, new))
        if set(was) != set(now):
            yield section, was, now


def words(name: str, value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value == [] or value == "":
        return str(_("chưa ghi"))
    if isinstance(value, bool):
        return str(_("Có") if value else _("Không"))
    if isinstance(value, datetime):
        return clock.local(value).strftime("%H:%M %d/%m/%Y")
    if isinstance(value, list):
        return ", ".join(label_of(_LISTS[name], code) for code in value)
    return label_of(_LISTS[name], value) if name in _LISTS else str(value)


def title(name: str) -> str:
    """What the form calls the field."""
    if name == "event_at":
        return str(_("Vụ việc xảy ra lúc nào"))
    return str(form_definition("form01").field(name).label)
