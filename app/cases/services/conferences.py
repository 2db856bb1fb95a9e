"""Calling and holding the needs meeting, and answering for what it gave out to do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, CaseConference, ConferenceAction, ConferencePerson
from app.cases.services.editing import lock, lock_unchanged
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.people.models import Carer
from app.reference.names import search_key

FAMILY = "family"


@dataclass(frozen=True, slots=True)
class PersonData:
    """`input` is what the person's agency said before the meeting."""

    role: str
    name: str
    agency: str | None = None
    is_present: bool = False
    input: str | None = None


@dataclass(frozen=True, slots=True)
class ActionData:
    what: str
    unit: str | None = None
    owner: str | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class ConferenceData:
    """`is_held`: these are the minutes, no longer only the call for the meeting."""

    happened_at: datetime
    is_held: bool
    place: str | None = None
    situation: str | None = None
    child_view: str | None = None
    child_represented_by: str | None = None
    family_view: str | None = None
    decisions: str | None = None
    dissent: str | None = None
    people: Sequence[PersonData] = ()
    actions: Sequence[ActionData] = ()


_TEXTS = (
    *("place", "situation", "child_view", "child_represented_by", "family_view"),
    *("decisions", "dissent"),
)


def record_conference(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    data: ConferenceData,
    conference: CaseConference | None = None,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> CaseConference:
    """Call a meeting, or record or correct its minutes. `case` comes with its child.

    The minutes lead the case on to the step of the meeting. Raises StaleEdit, CaseEnded,
    NotRoutedYet, ConferenceHeld, InvalidInput.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    case.require_open()
    _check_time(case, data, now)
    _keep_out(session, case, data)
    if conference is None:
        conference = CaseConference(
            key=case.child.key, case_id=case.id, cycle=case.cycle, by_id=actor.id, typed_at=now
        )
        conference.people, conference.actions = [], []
        session.add(conference)
    was_held = conference.is_held
    conference.hold(is_held=data.is_held, now=now)
    _write(conference, case, data)
    if data.is_held:
        case.advance(CaseState.NEEDS_MEETING)
    _tell(session, actor, case, conference, is_corrected=was_held, now=now)
    session.flush()
    return conference


def finish_action(
    session: Session, *, actor: Actor, case: Case, action_id: uuid.UUID, now: datetime
) -> ConferenceAction | None:
    """What a meeting gave out was done. None where the case has no such action.

    Raises ActionAnswered, CaseEnded.
    """
    lock(session, case)
    case.require_open()
    action = session.scalars(
        select(ConferenceAction)
        .join(CaseConference, CaseConference.id == ConferenceAction.conference_id)
        .where(ConferenceAction.id == action_id, CaseConference.case_id == case.id)
    ).one_or_none()
    if action is None:
        return None
    action.finish(by=actor.id, now=now)
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.ACTIVITY_CHANGED,
        section=Section.PLAN,
        happened_at=now,
        now=now,
        facts={"state": "done", "from": "meeting"},
        note=action.what,
        subject_id=action.id,
    )
    record(
        session,
        actor,
        AuditAction.ACTIVITY_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=action.id,
        data={"state": "done"},
    )
    session.flush()
    return action


def _check_time(case: Case, data: ConferenceData, now: datetime) -> None:
    if data.is_held and data.happened_at > now:
        raise InvalidInput("happened_at", _l("Cuộc họp đã diễn ra thì không thể ở tương lai."))
    if data.happened_at < case.opened_at.replace(second=0, microsecond=0):
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi nhận tin báo."))
    if data.is_held and not data.decisions:
        raise InvalidInput("decisions", _l("Ghi kết luận, quyết định của cuộc họp."))
    if data.is_held and not any(person.is_present for person in data.people):
        raise InvalidInput("people", _l("Đánh dấu những người có mặt."))


def _keep_out(session: Session, case: Case, data: ConferenceData) -> None:
    """A caregiver who is suspected takes no part: neither invited nor the child's voice."""
    family = [person.name for person in data.people if person.role == FAMILY]
    names = [*family, *filter(None, (data.child_represented_by,))]
    if not names:
        return
    suspected = select(Carer).where(Carer.child_id == case.child_id, Carer.is_suspected)
    kept_out = {search_key(c.full_name) for c in session.scalars(suspected) if c.full_name}
    if any(search_key(name) in kept_out for name in names):
        raise InvalidInput(
            "people",
            _l(
                "Người này bị cho là gây tổn hại cho trẻ em nên không được mời họp,"
                " cũng không đại diện cho trẻ em."
            ),
        )


def _write(conference: CaseConference, case: Case, data: ConferenceData) -> None:
    """Everything as stated now; rows are written anew, what was done of an action stays."""
    conference.happened_at = data.happened_at
    for name in _TEXTS:
        setattr(conference, name, getattr(data, name))
    key = case.child.key
    conference.people[:] = [
        ConferencePerson(
            key=key,
            position=position,
            role=person.role,
            name=person.name,
            agency=person.agency,
            is_present=person.is_present and data.is_held,
            input=person.input,
        )
        for position, person in enumerate(data.people)
    ]
    done = {action.what: action for action in conference.actions if action.done_at}
    conference.actions[:] = [
        ConferenceAction(
            key=key,
            position=position,
            what=action.what,
            unit=action.unit,
            owner=action.owner,
            due_on=action.due_on,
            done_at=done[action.what].done_at if action.what in done else None,
            done_by=done[action.what].done_by if action.what in done else None,
        )
        for position, action in enumerate(data.actions)
    ]


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    conference: CaseConference,
    *,
    is_corrected: bool,
    now: datetime,
) -> None:
    present = sum(person.is_present for person in conference.people)
    facts = {
        "is_held": conference.is_held,
        "is_corrected": is_corrected,
        "people": present if conference.is_held else len(conference.people),
        "actions": len(conference.actions),
    }
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.MEETING_HELD if conference.is_held else EventKind.MEETING_CALLED,
        section=Section.PLAN,
        happened_at=conference.happened_at if conference.is_held and not is_corrected else now,
        now=now,
        facts=facts,
        note=conference.decisions,
        subject_id=conference.id,
    )
    counts = {name: facts[name] for name in ("people", "actions")}
    record(
        session,
        actor,
        AuditAction.MEETING_RECORDED,
        at=now,
        case_id=case.id,
        subject_id=conference.id,
        data=counts,
    )
