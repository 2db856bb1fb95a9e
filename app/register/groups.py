"""The codes of the register: the 14 groups, their parts, and the risk of falling into one."""

from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from app.auth.permissions import COMPARTMENTS, Section
from app.cases.groups import LIST, closed_groups, section_of_group
from app.reference.library import code_list

AT_RISK = "AT_RISK"  # counted apart from the 14 groups
AT_RISK_LABEL = _l("Có nguy cơ rơi vào hoàn cảnh đặc biệt")


class Place(NamedTuple):
    """Where a code belongs: its group, and its part of the group if it is one."""

    group: str
    sub: str | None = None

    @property
    def code(self) -> str:
        return self.sub or self.group


def place_of(code: str) -> Place | None:
    """None for a code that cannot be chosen now."""
    if code == AT_RISK:
        return Place(AT_RISK)
    groups = code_list(LIST)
    if code not in groups:
        return None
    parent = groups.get(code).parent
    return Place(code) if parent is None else Place(parent, code)


def section_of(group: str, sub: str | None) -> Section:
    """What opens a membership: of its part where that is confidential, else of its group."""
    if group == AT_RISK:
        return Section.EVENT
    sections = [section_of_group(code) for code in (sub, group) if code]
    return next((one for one in sections if one is not Section.EVENT), Section.EVENT)


def narrower(one: Section, other: Section) -> Section:
    """Of two sections of memberships the one with fewer readers."""
    return other if one is Section.EVENT or other in COMPARTMENTS else one


def open_codes(sections: frozenset[Section]) -> list[str]:
    """The codes that a reader of these sections may see."""
    hidden = set(closed_groups(sections))
    return [AT_RISK, *(item.code for item in code_list(LIST).items if item.code not in hidden)]


def label(group: str, sub: str | None = None) -> str:
    """Trẻ em khuyết tật: Khuyết tật nặng"""
    if group == AT_RISK:
        return str(AT_RISK_LABEL)
    known = code_list(LIST).by_code
    words = [str(known[code].label) if code in known else code for code in (group, sub) if code]
    return ": ".join(words)


def choices() -> list[tuple[str, str]]:
    """Every group followed by its parts, then the risk: one list that works without a script.

    The letter of the law leads, for several groups have a part "không có người chăm sóc".
    """
    groups = code_list(LIST)
    found: list[tuple[str, str]] = []
    for code, text in groups.choices():
        letter = groups.get(code).letter
        found.append((code, f"{letter}) {text}" if letter else text))
        for sub, part in groups.choices(parent=code):
            found.append((sub, f"{letter}.{sub.partition('.')[2]}) {part}"))
    return [*found, (AT_RISK, str(AT_RISK_LABEL))]
