"""What is due and of no case: of which unit and which time, in words of the packages above."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.auth.actor import Actor


class Due(Protocol):
    """A row of a list, or an obligation."""

    @property
    def kind(self) -> str: ...
    @property
    def subject_id(self) -> uuid.UUID: ...
    @property
    def due_at(self) -> datetime: ...


Subjects = Mapping[uuid.UUID, datetime]  # until when each is due
# by kind; the packages above add theirs
OF_UNITS: dict[str, Callable[[Session, Subjects], Mapping[uuid.UUID, str]]] = {}

# (words, address) above the list of what was told to somebody: many rows in one
Summary = Callable[[Session, Actor, datetime], Sequence[tuple[str, str]]]
SUMMARIES: list[Summary] = []


def summaries(session: Session, actor: Actor, now: datetime) -> tuple[tuple[str, str], ...]:
    return tuple(one for summary in SUMMARIES for one in summary(session, actor, now))


def of_units(session: Session, rows: Sequence[Due]) -> Mapping[uuid.UUID, str]:
    """By subject; one statement for each kind there is, none for what is of a case."""
    found: dict[uuid.UUID, str] = {}
    for kind, words in OF_UNITS.items():
        subjects = _subjects(rows, kind)
        if subjects:
            found |= words(session, subjects)
    return found


def _subjects(rows: Iterable[Due], kind: str) -> Subjects:
    return {one.subject_id: one.due_at for one in rows if one.kind == kind}
