"""Asking for the erasure of a child, deciding it, taking it back; and the legal hold."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import kept_out_of, sees_whole_area
from app.auth.people import actor_of_user
from app.auth.permissions import Permission, Section, has_permission
from app.cases.enums import EventKind
from app.cases.erasing import ChildIds, Obstacle, against
from app.cases.models import Case, ErasureRequest, LegalHold
from app.cases.models.erasures import ErasureRunning
from app.cases.queries.erasures import child_ids, count_visible, erasure_of, hold_of
from app.cases.queries.retention import expiry_of
from app.cases.services.editing import lock_all
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import DomainError, InvalidInput, KeyDestroyed
from app.core.sealed import DataKey
from app.reference.library import code_list
from app.reference.retention import retention_rules

OVER = "retention_over"


class ErasureBlocked(DomainError):
    """Something stands against it: each obstacle in words."""

    message: LazyString | str

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__()
        self.obstacles = obstacles
        self.message = " ".join(str(one.text) for one in obstacles)


class NotAllSeen(DomainError):
    message = _l(
        "Trẻ em này còn hồ sơ khác mà bạn không được xem, nên bạn không quyết định xóa được."
    )


class AskerGone(DomainError):
    message = _l(
        "Người đề nghị không còn được xem hồ sơ này, hoặc tài khoản đã khóa: chỉ còn từ chối được."
    )


@dataclass(frozen=True, slots=True)
class ErasureData:
    """`ground` is a code of `erasure_grounds`; the reason names nobody."""

    ground: str
    reason: str


def ask_erasure(
    session: Session, *, actor: Actor, case: Case, data: ErasureData, now: datetime
) -> ErasureRequest:
    """Ask that the child of the case be erased. `case` comes with its child.

    Raises KeyDestroyed, NotAllSeen, ErasureRunning, ErasureBlocked, InvalidInput("ground").
    """
    ids, cases = _locked(session, case)
    if case.child.key.is_destroyed:
        raise KeyDestroyed
    _require_seen(session, actor, ids)
    if open_erasure(session, case.child_id) is not None:
        raise ErasureRunning
    _require_free(session, ids)
    if data.ground == OVER and not _is_over(session, ids, now):
        raise InvalidInput("ground", _l("Thời hạn lưu của hồ sơ này chưa hết."))
    request = ErasureRequest(
        key=DataKey.new(),
        child_id=case.child_id,
        case_id=case.id,
        ground=data.ground,
        list_version=code_list("erasure_grounds").version,
        reason=data.reason,
        asked_by_id=actor.id,
        asked_role=actor.role,
        asked_at=now,
    )
    session.add(request)
    tell(session, actor, cases, EventKind.ERASURE_ASKED, now, {"ground": data.ground})
    note(session, actor, cases, request, "asked", now)
    session.flush()
    return request


def decide_erasure(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    erasure_id: uuid.UUID,
    is_yes: bool,
    answer: str | None,
    now: datetime,
) -> ErasureRequest | None:
    """The second person agrees (then it is carried out after the waiting time) or refuses. None
    where the child of the case has no such request.

    Raises ErasureAnswered, OwnErasure, NobodyOversees; for a yes also NotAllSeen, ErasureBlocked,
    AskerGone.
    """
    ids, cases = _locked(session, case)
    request = _lock_request(session, case, erasure_id)
    if request is None:
        return None
    request.require_answerable(actor.id, oversees=sees_whole_area(actor))
    if is_yes:
        _require_seen(session, actor, ids)
        _require_free(session, ids)
        require_asker(session, request)
        request.agree(by_id=actor.id, due_at=now + retention_rules().wait, now=now)
    else:
        request.refuse(by_id=actor.id, now=now)
    request.answer = answer
    step = "approved" if is_yes else "refused"
    facts = {"decision": step}
    if request.due_at is not None:
        facts["due"] = request.due_at.isoformat()
    tell(session, actor, cases, EventKind.ERASURE_DECIDED, now, facts)
    note(session, actor, cases, request, step, now)
    session.flush()
    return request


def withdraw_erasure(
    session: Session, *, actor: Actor, case: Case, erasure_id: uuid.UUID, now: datetime
) -> ErasureRequest | None:
    """Take a request back before it was carried out. None where there is none. Raises
    ErasureAnswered."""
    _ids, cases = _locked(session, case)
    request = _lock_request(session, case, erasure_id)
    if request is None:
        return None
    request.withdraw(by_id=actor.id, now=now)
    tell(session, actor, cases, EventKind.ERASURE_STOPPED, now, {"why": ["withdrawn"]})
    note(session, actor, cases, request, "withdrawn", now)
    session.flush()
    return request


def set_hold(
    session: Session, *, actor: Actor, case: Case, ground: str, reason: str, now: datetime
) -> LegalHold:
    """Nothing of the child is erased while it stands; a request that runs is stopped at once.

    Raises KeyDestroyed, InvalidInput("ground") where one with this ground stands.
    """
    _ids, cases = _locked(session, case)
    if case.child.key.is_destroyed:
        raise KeyDestroyed
    standing = select(LegalHold.id).where(
        LegalHold.child_id == case.child_id, LegalHold.ground == ground, LegalHold.until.is_(None)
    )
    if session.scalar(standing) is not None:
        raise InvalidInput("ground", _l("Hồ sơ đang được giữ vì căn cứ này rồi."))
    hold = LegalHold(
        key=case.child.key,
        child_id=case.child_id,
        case_id=case.id,
        ground=ground,
        reason=reason,
        since=now,
        by_id=actor.id,
    )
    session.add(hold)
    tell(session, actor, cases, EventKind.HOLD_SET, now, {"ground": ground})
    _note_hold(session, actor, cases, hold, "set", now)
    request = open_erasure(session, case.child_id)
    if request is not None:
        stop(session, actor, cases, request, ["hold"], now)
    session.flush()
    return hold


def lift_hold(
    session: Session, *, actor: Actor, case: Case, hold_id: uuid.UUID, reason: str, now: datetime
) -> LegalHold | None:
    """None where the child of the case has no such hold. Raises HoldLifted."""
    _ids, cases = _locked(session, case)
    hold = hold_of(session, case, hold_id)
    if hold is None:
        return None
    session.refresh(hold, ["until"])
    hold.lift(by_id=actor.id, reason=reason, now=now)
    tell(session, actor, cases, EventKind.HOLD_LIFTED, now, {"ground": hold.ground})
    _note_hold(session, actor, cases, hold, "lifted", now)
    session.flush()
    return hold


def open_erasure(session: Session, child_id: uuid.UUID) -> ErasureRequest | None:
    """The request that runs about this child, locked."""
    return (
        session.scalars(
            select(ErasureRequest)
            .where(ErasureRequest.child_id == child_id, ErasureRequest.ended_at.is_(None))
            .with_for_update(of=ErasureRequest)
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )


def require_asker(session: Session, request: ErasureRequest) -> None:
    """Who asked still has the right to, and is not kept out of the child. Raises AskerGone."""
    actor = actor_of_user(session, request.asked_by_id)
    may = actor is not None and has_permission(actor, Permission.ERASURE_ASK)
    if not may or _is_kept_out(session, request.child_id, request.asked_by_id):
        raise AskerGone


def people_stand(session: Session, request: ErasureRequest) -> bool:
    """Whether both still have the right, and neither is kept out of the child by now."""
    for user_id, permission in (
        (request.asked_by_id, Permission.ERASURE_ASK),
        (request.decided_by_id, Permission.ERASURE_DECIDE),
    ):
        actor = actor_of_user(session, user_id) if user_id else None
        if actor is None or not has_permission(actor, permission):
            return False
        if _is_kept_out(session, request.child_id, actor.id):
            return False
    return True


def stop(
    session: Session,
    actor: Actor | None,
    cases: Sequence[Case],
    request: ErasureRequest,
    why: list[str],
    now: datetime,
) -> None:
    """Something stands against it: it has to be asked for anew."""
    request.stop(why, now=now)
    tell(session, actor, cases, EventKind.ERASURE_STOPPED, now, {"why": why})
    note(session, actor, cases, request, "stopped", now, obstacles=why)


def tell(
    session: Session,
    actor: Actor | None,
    cases: Sequence[Case],
    kind: EventKind,
    now: datetime,
    facts: Mapping[str, object],
) -> None:
    """On the timeline of each case of the child; without words, which would go with the child."""
    for case in cases:
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
            lane="doh",
        )


def note(
    session: Session,
    actor: Actor | None,
    cases: Sequence[Case],
    request: ErasureRequest,
    step: str,
    now: datetime,
    **more: object,
) -> None:
    """On the log of each case."""
    for case in cases:
        record(
            session,
            actor,
            AuditAction.ERASURE_CHANGED,
            at=now,
            case_id=case.id,
            subject_id=request.child_id,
            data={"step": step, "request": request.id, "ground": request.ground, **more},
        )


def locked_cases(session: Session, child_id: uuid.UUID) -> tuple[ChildIds, list[Case]]:
    """Every case of the child, locked, with its child."""
    ids = child_ids(session, child_id)
    wanted = select(Case).where(Case.id.in_(ids.cases)).options(joinedload(Case.child))
    return ids, lock_all(session, wanted)


def _locked(session: Session, case: Case) -> tuple[ChildIds, list[Case]]:
    return locked_cases(session, case.child_id)


def _lock_request(session: Session, case: Case, erasure_id: uuid.UUID) -> ErasureRequest | None:
    request = erasure_of(session, case, erasure_id)
    if request is not None:
        session.refresh(request, with_for_update={"of": ErasureRequest})
    return request


def _require_seen(session: Session, actor: Actor, ids: ChildIds) -> None:
    if count_visible(session, actor, ids.cases) != len(ids.cases):
        raise NotAllSeen


def _require_free(session: Session, ids: ChildIds) -> None:
    found = against(session, ids)
    if found:
        raise ErasureBlocked(found)


def _is_over(session: Session, ids: ChildIds, now: datetime) -> bool:
    expires = expiry_of(session, ids.cases)
    return expires is not None and expires <= clock.local(now).date()


def _is_kept_out(session: Session, child_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    return user_id in session.scalars(kept_out_of(child_id)).all()


def _note_hold(
    session: Session,
    actor: Actor,
    cases: Sequence[Case],
    hold: LegalHold,
    step: str,
    now: datetime,
) -> None:
    for case in cases:
        record(
            session,
            actor,
            AuditAction.HOLD_CHANGED,
            at=now,
            case_id=case.id,
            subject_id=hold.child_id,
            data={"step": step, "hold": hold.id, "ground": hold.ground},
        )
