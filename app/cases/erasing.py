"""What stands against erasing a child, and what each part of the work forgets with it.

    AGAINST.append(open_referrals)   # (session, ids) -> Iterable[Obstacle]
    FORGET.append(forget_drafts)     # (session, ids, now) -> what was destroyed

Upper packages add theirs. Most of what is recorded of a child is sealed under the child's key and
goes with it; FORGET is for the rest: keys of other rows, words under a person's key, files, hashes.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ChildIds:
    """One child: every record of it (it may have been merged), all its cases."""

    children: Sequence[uuid.UUID]
    cases: Sequence[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A code for the log, and the words."""

    code: str
    text: LazyString | str


@dataclass(frozen=True, slots=True)
class Destroyed:
    keys: int = 0
    files: int = 0

    def __add__(self, other: "Destroyed") -> "Destroyed":
        return Destroyed(self.keys + other.keys, self.files + other.files)


AGAINST: list[Callable[[Session, ChildIds], Iterable[Obstacle]]] = []
FORGET: list[Callable[[Session, ChildIds, datetime], Destroyed]] = []


def against(session: Session, ids: ChildIds) -> list[Obstacle]:
    """All that stands against it, in the order in which the parts registered."""
    return [found for question in AGAINST for found in question(session, ids)]
