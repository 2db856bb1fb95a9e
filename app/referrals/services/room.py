"""What is done in the shared room of a case: a note shown to whom one chooses, a task for another
unit, its result."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput
from app.referrals.errors import RoomClosed
from app.referrals.models import RoomNote, RoomTask
from app.referrals.queries.room import Member, known_to, members_of


@dataclass(frozen=True, slots=True)
class TaskData:
    """What a unit is asked to do for the child, until which day."""

    to_unit_id: uuid.UUID
    what: str
    due_on: date


def add_note(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    text: str,
    unit_ids: Sequence[uuid.UUID],
    now: datetime,
) -> RoomNote:
    """A note in the lane of the actor's unit. The unit that works the case always reads it; other
    agencies only if they are named. `case` comes with its child.

    Raises RoomClosed, CaseEnded, InvalidInput("unit_ids").
    """
    others = _entered(session, actor, case, now)
    agencies = {one.unit_id for one in others if not one.is_case_unit}
    if not {*unit_ids} <= agencies:
        raise InvalidInput("unit_ids", _l("Có cơ quan không còn trong phòng. Hãy tải lại trang."))
    note = RoomNote(
        key=case.child.key,
        case_id=case.id,
        unit_id=actor.unit_id,
        unit_ids=sorted(str(unit_id) for unit_id in {*unit_ids}),
        by_id=actor.id,
        at=now,
        text=text,
    )
    session.add(note)
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.ROOM_NOTE,
        section=Section.PLAN,
        happened_at=now,
        now=now,
        subject_id=note.id,
    )
    _record(session, actor, case, note.id, "note", note.unit_ids, now)
    session.flush()
    return note


def give_task(
    session: Session, *, actor: Actor, case: Case, data: TaskData, now: datetime
) -> RoomTask:
    """Ask another unit of the room to do something. `case` comes with its child.

    Raises RoomClosed, CaseEnded, InvalidInput("to_unit_id"), InvalidInput("due_on").
    """
    others = _entered(session, actor, case, now)
    if data.to_unit_id not in {one.unit_id for one in others}:
        raise InvalidInput("to_unit_id", _l("Cơ quan này không còn trong phòng phối hợp."))
    if data.due_on < clock.local(now).date():
        raise InvalidInput("due_on", _l("Ngày này đã qua."))
    task = RoomTask(
        key=case.child.key,
        case_id=case.id,
        from_unit_id=actor.unit_id,
        to_unit_id=data.to_unit_id,
        what=data.what,
        due_on=data.due_on,
        by_id=actor.id,
        created_at=now,
    )
    session.add(task)
    _record(session, actor, case, task.id, "task", [str(data.to_unit_id)], now)
    session.flush()
    return task


def finish_task(
    session: Session, *, actor: Actor, case: Case, task: RoomTask, result: str, now: datetime
) -> None:
    """The unit that was asked tells what came of it. Raises RoomClosed, ReferralChanged the second
    time, CaseEnded."""
    _entered(session, actor, case, now)
    session.refresh(task, ["done_at", "version"])
    if task.to_unit_id != actor.unit_id:
        raise RoomClosed
    task.finish(by=actor.id, result=result, now=now)
    _record(session, actor, case, task.id, "task_done", [str(task.from_unit_id)], now)
    session.flush()


def _entered(session: Session, actor: Actor, case: Case, now: datetime) -> list[Member]:
    """The others whom the actor's unit may address, of a case that is locked: a packet that was
    closed meanwhile closes the room. Raises RoomClosed, CaseEnded."""
    lock(session, case)
    case.require_open()
    members = members_of(session, case, now=now)
    if actor.unit_id not in {one.unit_id for one in members}:
        raise RoomClosed
    return known_to(members, actor.unit_id)


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    subject_id: uuid.UUID,
    step: str,
    units: list[str],
    now: datetime,
) -> None:
    record(
        session,
        actor,
        AuditAction.ROOM_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=subject_id,
        data={"step": step, "units": units},
    )
