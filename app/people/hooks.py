"""What packages above this one do when a child's data changed: `app/cases` puts it on the timeline.

    def note_on_timeline(session, actor, child, changes, now) -> None: ...
    CHILD_EDITED.append(note_on_timeline)

The listener runs in the transaction of the change. `old` and `new` are personal: seal them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Section
from app.people.models import Child


class FieldChange(NamedTuple):
    """One changed field: its name, the section that may read it, and both values as words."""

    field: str
    section: Section
    old: str
    new: str


ChildListener = Callable[[Session, Actor, Child, Sequence[FieldChange], datetime], None]

CHILD_EDITED: list[ChildListener] = []
