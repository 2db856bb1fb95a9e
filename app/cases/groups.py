"""The groups of children in special circumstances, and which section opens each."""

from app.auth.permissions import Section
from app.reference.library import code_list

LIST = "sc_groups"


def section_of_group(code: str) -> Section:
    """Health for a confidential group (HIV, sexual abuse); also for one the list does not know."""
    known = code_list(LIST).by_code.get(code)
    return Section.HEALTH if known is None or known.is_confidential else Section.EVENT


def confidential_groups() -> list[str]:
    """The codes that only readers of the section of health may see."""
    return [item.code for item in code_list(LIST).items if item.is_confidential]


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
