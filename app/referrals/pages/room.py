"""The shared room in words: a lane of notes for each agency, tasks, own activities, meetings."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app.cases.labels import label_of
from app.cases.models import PlanActivity
from app.cases.plan_words import ACTIVITY_STATES
from app.referrals.models import RoomNote, RoomTask
from app.referrals.queries.room import Invitation, Member
from app.web.filters import vn_date, vn_datetime
from app.web.words import _

SHOWN = 50


@dataclass(frozen=True, slots=True)
class NoteLine:
    when: str
    author: str
    words: str
    readers: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The notes of one agency."""

    unit_id: uuid.UUID
    name: str
    notes: tuple[NoteLine, ...]


@dataclass(frozen=True, slots=True)
class TaskLine:
    """`is_mine`: the reader's unit is to do it."""

    id: uuid.UUID
    what: str
    about: str
    result: str
    word: str
    tone: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ActivityLine:
    id: uuid.UUID
    what: str
    about: str
    word: str


@dataclass(frozen=True, slots=True)
class RoomPage:
    """`can_write`: the reader's unit is in the room. `is_closed_to_words`: what was written is of a
    section that the reader's role does not open."""

    members: tuple[str, ...]
    lanes: tuple[Lane, ...]
    tasks: tuple[TaskLine, ...]
    activities: tuple[ActivityLine, ...]
    invitations: tuple[tuple[str, str], ...]
    has_others: bool
    can_write: bool
    is_closed_to_words: bool


def room_page(
    others: Sequence[Member],
    notes: Sequence[RoomNote],
    tasks: Sequence[RoomTask],
    *,
    unit_id: uuid.UUID,
    today: date,
    activities: Sequence[PlanActivity] = (),
    invitations: Sequence[Invitation] = (),
    can_write: bool = True,
    is_closed_to_words: bool = False,
) -> RoomPage:
    """For a reader of the unit `unit_id`."""
    names = {str(one.unit_id): one.name for one in others}
    return RoomPage(
        members=tuple(one.name for one in others),
        lanes=tuple(_lanes(notes, names, unit_id)),
        tasks=tuple(_task(task, unit_id, today) for task in tasks),
        activities=tuple(_activity(one) for one in activities),
        invitations=tuple((vn_datetime(one.happened_at), one.place or "") for one in invitations),
        has_others=bool(others),
        can_write=can_write,
        is_closed_to_words=is_closed_to_words,
    )


def _lanes(notes: Sequence[RoomNote], names: dict[str, str], unit_id: uuid.UUID) -> list[Lane]:
    """The reader's own lane first, then by name."""

    def order(note: RoomNote) -> tuple[bool, str, str]:
        return note.unit_id != unit_id, note.unit.short_name, str(note.unit_id)

    return [
        Lane(uuid.UUID(key[2]), key[1], tuple(_note(note, names) for note in lane))
        for key, lane in groupby(sorted(notes, key=order), key=order)
    ]


def _note(note: RoomNote, names: dict[str, str]) -> NoteLine:
    """Of the readers those are named whom the reader of the page may know of."""
    known = [names[unit_id] for unit_id in note.unit_ids if unit_id in names]
    return NoteLine(
        when=vn_datetime(note.at),
        author=note.by.name,
        words=note.text or "",
        readers=_("cùng đọc: %(units)s", units=", ".join(known)) if known else "",
    )


def _task(task: RoomTask, unit_id: uuid.UUID, today: date) -> TaskLine:
    is_late = task.done_at is None and task.due_on < today
    if task.done_at is not None:
        word, tone = _("Xong %(day)s", day=vn_date(task.done_at)), "ok"
    else:
        day = vn_date(task.due_on)
        word = _("Quá hạn %(day)s", day=day) if is_late else _("Trước %(day)s", day=day)
        tone = "danger" if is_late else "warn"
    sides = {"a": task.from_unit.short_name, "b": task.to_unit.short_name}
    return TaskLine(
        id=task.id,
        what=task.what or "",
        about=_("%(a)s nhờ %(b)s", **sides),
        result=task.result or "",
        word=word,
        tone=tone,
        is_mine=task.to_unit_id == unit_id and task.done_at is None,
    )


def _activity(one: PlanActivity) -> ActivityLine:
    days = f"{vn_date(one.starts_on)} - {vn_date(one.ends_on)}"
    return ActivityLine(
        id=one.id,
        what=one.what or label_of("intervention_types", one.service_type),
        about=f"{label_of('needs', one.domain)} · {days}",
        word=str(ACTIVITY_STATES[one.state]),
    )
