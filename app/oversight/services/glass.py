"""Opening a file of another unit in an emergency, ending it early, reviewing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.deadlines.services import meet, start_clocks
from app.oversight.models import BreakGlass
from app.oversight.queries.glass import (
    REVIEW,
    Beyond,
    children_called,
    file_of_child,
    file_with_number,
    opened_of_late,
)
from app.oversight.rules import rules

ANYWHERE = ""  # no field: on top of the form
SEARCH = "emergency"  # the kind of search that the log names


@dataclass(frozen=True, slots=True)
class GlassData:
    """Which file (its number, or the child's whole name and year of birth), and why."""

    number: str | None
    full_name: str | None
    birth_year: int | None
    category: str
    reason: str


def break_glass(session: Session, *, actor: Actor, data: GlassData, now: datetime) -> BreakGlass:
    """Open one file for an hour, read only. Two people are told, a review is due.

    Raises InvalidInput: too many in a day, no such file (so is answered too who is kept out of it),
    several children of this name, a file that is open to the actor already.
    """
    _lock_person(session, actor)
    _require_room(session, actor, now)
    case = _wanted(session, actor, data, now)
    lock(session, case)
    limits = rules().break_glass
    glass = BreakGlass(
        key=case.child.key,
        case_id=case.id,
        by_id=actor.id,
        unit_id=actor.unit_id,
        role=actor.role,
        category=data.category,
        reason=data.reason,
        since=now,
        until=now + limits.lasts,
    )
    session.add(glass)
    session.add(
        CaseAccess(
            case_id=case.id,
            child_id=case.child_id,
            holder_id=actor.id,
            reason=AccessReason.BREAK_GLASS,
            since=now,
            until=glass.until,
        )
    )
    _start_review(session, case, glass, now)
    facts = {"category": data.category, "minutes": limits.minutes}
    _tell(session, actor, case, glass, EventKind.GLASS_BROKEN, data.reason, now, facts)
    said = {"category": data.category, "until": glass.until.isoformat()}
    _record(session, actor, glass, AuditAction.GLASS_BROKEN, now, said)
    session.flush()
    return glass


def _lock_person(session: Session, actor: Actor) -> None:
    """Two that one person asks for at once are counted one after the other."""
    session.execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))


def _require_room(session: Session, actor: Actor, now: datetime) -> None:
    most = rules().break_glass.a_day
    if opened_of_late(session, actor.id, now) >= most:
        raise InvalidInput(
            ANYWHERE,
            _l(
                "Bạn đã mở khẩn cấp %(n)s hồ sơ trong 24 giờ qua, không mở thêm được. Hãy gọi"
                " đơn vị phụ trách hoặc giám sát của Sở Y tế.",
                n=most,
            ),
        )


def _wanted(session: Session, actor: Actor, data: GlassData, now: datetime) -> Case:
    """The file that was asked for, which is not open to the actor. Raises InvalidInput."""
    field = "number" if data.number else "full_name"
    found = _found(session, actor, data, now)
    if found is None:
        raise InvalidInput(
            field,
            _l("Không thấy hồ sơ nào như vậy. Xem lại số, hoặc họ tên đầy đủ và năm sinh.")
            if data.number
            else _l("Không thấy trẻ em nào có họ tên đầy đủ và năm sinh này trong các hồ sơ."),
        )
    if found.is_open:
        raise InvalidInput(
            field, _l("Bạn đang xem được hồ sơ này rồi, không cần mở khẩn cấp. Hãy tìm và mở nó.")
        )
    return found.case


def _found(session: Session, actor: Actor, data: GlassData, now: datetime) -> Beyond | None:
    if data.number:
        return file_with_number(session, actor, data.number)
    children = children_called(session, actor, data.full_name or "", data.birth_year or 0)
    seen = {"kind": SEARCH, "count": len(children)}
    record(session, actor, AuditAction.PEOPLE_SEARCHED, at=now, data=seen)
    if len(children) > 1:
        raise InvalidInput(
            "full_name",
            _l("Có nhiều trẻ em cùng họ tên và năm sinh. Cần số hồ sơ: hãy gọi đơn vị phụ trách."),
        )
    return file_of_child(session, actor, children[0]) if children else None


def _start_review(session: Session, case: Case, glass: BreakGlass, now: datetime) -> None:
    start_clocks(
        session,
        subject_id=glass.id,
        subject_label=case.number,
        rule_keys=[REVIEW],
        started_at=now,
        unit_id=None,  # the supervisor's, and nobody's of the unit
        commune_code=case.commune_code,
        now=now,
    )


def end_glass(session: Session, *, actor: Actor, glass: BreakGlass, now: datetime) -> None:
    """The person needs it no more. Raises GlassOver."""
    _lock(session, glass)
    glass.end(now=now)
    _close(session, glass, now)
    _record(session, actor, glass, AuditAction.GLASS_CHANGED, now, {"step": "ended"})
    session.flush()


def review_glass(
    session: Session,
    *,
    actor: Actor,
    glass: BreakGlass,
    decision: str,
    note: str | None,
    now: datetime,
) -> None:
    """Was it justified? What still runs ends where it was not. `glass` comes with its file.

    Raises OwnGlass, GlassReviewed.
    """
    lock(session, glass.case)
    _lock(session, glass)
    glass.decide(decision, note, by=actor.id, now=now)
    if decision == "not_justified" and glass.is_running(now):
        glass.end(now=now)
        _close(session, glass, now)
    meet(session, subject_id=glass.id, rule_key=REVIEW, happened_at=now, now=now)
    facts = {"decision": decision}
    _tell(session, actor, glass.case, glass, EventKind.GLASS_REVIEWED, note, now, facts)
    said = {"step": "reviewed", "decision": decision, "user_id": glass.by_id}
    _record(session, actor, glass, AuditAction.GLASS_CHANGED, now, said)
    session.flush()


def _lock(session: Session, glass: BreakGlass) -> None:
    session.refresh(glass, ["ended_at", "decided_at", "version"], with_for_update=True)


def _close(session: Session, glass: BreakGlass, now: datetime) -> None:
    session.execute(
        update(CaseAccess)
        .where(
            CaseAccess.case_id == glass.case_id,
            CaseAccess.holder_id == glass.by_id,
            CaseAccess.reason == AccessReason.BREAK_GLASS,
            CaseAccess.until > now,
        )
        .values(until=now)
    )


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    glass: BreakGlass,
    kind: EventKind,
    note: str | None,
    now: datetime,
    facts: Mapping[str, object],
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.EVENT,
        happened_at=now,
        now=now,
        facts=facts,
        note=note,
        subject_id=glass.id,
    )


def _record(
    session: Session,
    actor: Actor,
    glass: BreakGlass,
    action: AuditAction,
    now: datetime,
    data: Mapping[str, object],
) -> None:
    record(session, actor, action, at=now, case_id=glass.case_id, subject_id=glass.id, data=data)
