"""Who is responsible for a case."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess, CaseDenial, kept_out_of
from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.services.editing import lock_unchanged
from app.cases.timeline import add_event
from app.core.errors import DomainError, InvalidInput


class KeptOut(InvalidInput):
    """Nobody could answer for a child whose file does not open to them."""

    def __init__(self, field: str) -> None:
        super().__init__(field, _l("Người này bị chặn khỏi hồ sơ. Chọn người khác."))


class OwnerTaken(DomainError):
    status = 403
    message = _l(
        "Hồ sơ đã có người phụ trách. Chủ tịch Ủy ban nhân dân xã, phường mới giao lại được."
    )


def can_reassign(actor: Actor) -> bool:
    """The Chair assigns anybody of the unit; a worker only takes what nobody has."""
    return actor.role is Role.COMMUNE_CHAIR


def change_owner(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    owner_id: uuid.UUID,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> None:
    """Make an active worker of the case's unit responsible. `case` comes with its child.

    Raises StaleEdit, CaseEnded, NotRoutedYet, OwnerTaken, InvalidInput("owner_id"), KeptOut.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    case.require_open()
    if not can_reassign(actor) and (case.owner_id is not None or owner_id != actor.id):
        raise OwnerTaken
    if owner_id == case.owner_id:
        raise InvalidInput("owner_id", _l("Người này đang phụ trách hồ sơ. Chọn người khác."))
    name = name_of_worker(session, case.unit_id, owner_id)
    if name is None:
        raise InvalidInput("owner_id", _l("Chọn một người đang làm việc của đơn vị."))
    require_not_kept_out(session, case, owner_id)
    give(session, actor=actor, cases=[case], owner_id=owner_id, name=name, now=now)


def require_not_kept_out(session: Session, case: Case, owner_id: uuid.UUID) -> None:
    """For a locked case. Raises KeptOut("owner_id")."""
    kept_out = kept_out_of(case.child_id).where(CaseDenial.user_id == owner_id)
    if session.scalar(kept_out.limit(1)) is not None:
        raise KeptOut("owner_id")


def name_of_worker(session: Session, unit_id: uuid.UUID | None, owner_id: uuid.UUID) -> str | None:
    """The name, if this is an active child-protection worker of the unit."""
    return session.scalar(
        select(User.name).where(
            User.id == owner_id,
            User.unit_id == unit_id,
            User.role == Role.CP_WORKER,
            User.is_active,
        )
    )


def give(
    session: Session,
    *,
    actor: Actor,
    cases: Sequence[Case],
    owner_id: uuid.UUID,
    name: str,
    now: datetime,
) -> None:
    """Make this person, called `name`, responsible for these locked cases, loaded with their
    children: the former one's own reason to see them ends, timeline and log say so."""
    session.execute(
        update(CaseAccess)
        .where(
            CaseAccess.case_id.in_([case.id for case in cases]),
            CaseAccess.reason == AccessReason.ASSIGNED,
            CaseAccess.until.is_(None),
        )
        .values(until=now)
    )
    for case in cases:
        session.add(
            CaseAccess(
                case_id=case.id,
                child_id=case.child_id,
                holder_id=owner_id,
                reason=AccessReason.ASSIGNED,
                since=now,
            )
        )
        _tell(session, actor, case, owner_id, name, now)
        case.owner_id = owner_id
    session.flush()


def _tell(
    session: Session, actor: Actor, case: Case, owner_id: uuid.UUID, name: str, now: datetime
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.ASSIGNED,
        section=Section.EVENT,
        happened_at=now,
        now=now,
        facts={"to": str(owner_id), "from": case.owner_id and str(case.owner_id)},
        note=name,
        subject_id=owner_id,
    )
    record(
        session,
        actor,
        AuditAction.CASE_ASSIGNED,
        at=now,
        case_id=case.id,
        subject_id=case.id,
        data={"user_id": owner_id},
    )
