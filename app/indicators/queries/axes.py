"""The categories of each axis, in the order in which tables show them."""

from app.indicators.definitions import AxisCode, IndicatorsFile
from app.indicators.tables import Axis
from app.reference.communes import communes
from app.reference.library import code_list

UNKNOWN = "unknown"  # not recorded, or a code that no list has any more
KEPT, MISSED = "kept", "missed"
GIVEN, NOT_GIVEN = "given", "not_given"
LISTS: dict[AxisCode, str] = {
    "sc_group": "sc_groups",
    "support_kind": "support_kinds",
    "abuse_form": "abuse_forms",
    "setting": "abuse_settings",
    "relation": "perpetrator_relations",
    "category": "report_categories",
    "channel": "channels",
    "sex": "sex",
}
COMMUNES = frozenset({"commune", "event_commune", "case_commune"})
# a child may be in several of these; of an event each has one, but for the forms
MANY_OF_A_CHILD = frozenset({"sc_group", "support_kind", "abuse_form"})
ONE_AN_EVENT = frozenset({"setting", "relation", "event_commune"})


def axis(code: AxisCode, source: str, definitions: IndicatorsFile) -> Axis:
    """The axis of a table that counts `source`."""
    is_many = code in MANY_OF_A_CHILD or (source == "abuse" and code in ONE_AN_EVENT)
    return Axis(code, _categories(code, definitions), is_partition=not is_many)


def _categories(code: AxisCode, definitions: IndicatorsFile) -> tuple[str, ...]:
    if code == "kept":
        return KEPT, MISSED
    if code == "given":
        return GIVEN, NOT_GIVEN
    if code in COMMUNES:
        known = tuple(sorted(one.code for one in communes()))
    elif code == "age_group":
        known = tuple(group.code for group in definitions.age_groups)
    else:
        known = tuple(item.code for item in code_list(LISTS[code]).children())
    if code == "sc_group":  # what is no group is not among the rows
        return known
    return known if UNKNOWN in known else (*known, UNKNOWN)
