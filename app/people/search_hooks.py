"""What packages above this one add to a search: case numbers, and the cases of the children found.

`app/cases` registers both at import:

    CASE_FINDERS.append(find)           (session, actor, "HY-2026-000123") -> ids of its children
    CASE_DESCRIBERS.append(describe)    (session, actor, child ids) -> the lines of each child

Each answers in one statement and tells only what the actor may know: a line without `url` for a
case whose state the actor may know but not its content. Without them a search works by name and
number.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.auth.actor import Actor


class CaseLine(NamedTuple):
    """A case as a line of a search result."""

    number: str
    url: str | None
    state: str  # its label, in the reader's language


CaseFinder = Callable[[Session, Actor, str], Sequence[uuid.UUID]]
CaseDescriber = Callable[
    [Session, Actor, Sequence[uuid.UUID]], Mapping[uuid.UUID, Sequence[CaseLine]]
]

# (session, actor, what was typed) -> the page of what has this number, if the actor may know
PageFinder = Callable[[Session, Actor, str], str | None]

SiblingFinder = Callable[[Session, uuid.UUID], Sequence[uuid.UUID]]

PAGE_FINDERS: list[PageFinder] = []  # of numbers that are no case's: of a referral
CASE_FINDERS: list[CaseFinder] = []
CASE_DESCRIBERS: list[CaseDescriber] = []
SIBLING_FINDERS: list[SiblingFinder] = []  # the other children of the same reports


def siblings_of(session: Session, child_id: uuid.UUID) -> list[uuid.UUID]:
    return [other for find in SIBLING_FINDERS for other in find(session, child_id)]


def page_of(session: Session, actor: Actor, term: str) -> str | None:
    return next((url for find in PAGE_FINDERS if (url := find(session, actor, term))), None)


def children_of_case(session: Session, actor: Actor, number: str) -> list[uuid.UUID]:
    return [child for find in CASE_FINDERS for child in find(session, actor, number)]


def cases_of_children(
    session: Session, actor: Actor, children: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[CaseLine]]:
    lines: dict[uuid.UUID, list[CaseLine]] = {}
    for describe in CASE_DESCRIBERS if children else ():
        for child_id, cases in describe(session, actor, children).items():
            lines.setdefault(child_id, []).extend(cases)
    return lines
