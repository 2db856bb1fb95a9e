"""The groups of children in special circumstances, and which section opens each."""

from app.auth.permissions import COMPARTMENTS, Section
from app.reference.library import code_list

LIST = "sc_groups"
CLOSED = frozenset({Section.HEALTH, *COMPARTMENTS})  # what opens the confidential groups


def section_of_group(code: str) -> Section:
    """The compartment of a confidential group, or health; also for one the list does not know."""
    known = code_list(LIST).by_code.get(code)
    if known is None:
        return Section.HEALTH
    if known.compartment:
        return Section(known.compartment)
    return Section.HEALTH if known.is_confidential else Section.EVENT


def opens_all(sections: frozenset[Section]) -> bool:
    """Does this reader see every group, also one that the list does not know?"""
    return sections >= CLOSED


def closed_groups(sections: frozenset[Section]) -> list[str]:
    """The confidential codes that these sections do not open."""
    codes = [item.code for item in code_list(LIST).items if item.is_confidential]
    return [code for code in codes if section_of_group(code) not in sections]


def open_codes(code: str, sections: frozenset[Section]) -> list[str]:
    """A group and its sub-groups, as far as these sections open them."""
    codes = [code, *(item.code for item in code_list(LIST).children(code))]
    return [one for one in codes if section_of_group(one) in sections]


def open_choices(sections: frozenset[Section]) -> list[tuple[str, str]]:
    """(code, text) of the groups that these sections open."""
    return [
        (code, text)
        for code, text in code_list(LIST).choices()
        if section_of_group(code) in sections
    ]
