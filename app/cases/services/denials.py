"""Keeping a person with a conflict of interest out of a case and its child."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import CaseDenial
from app.auth.models import User
from app.cases.models import Case
from app.cases.services.editing import lock
from app.core.errors import InvalidInput


def deny(
    session: Session, *, actor: Actor, case: Case, user_id: uuid.UUID, reason: str, now: datetime
) -> CaseDenial:
    """Keep a person out of the case and of its child. Raises InvalidInput("user_id")."""
    lock(session, case)
    if user_id == actor.id:
        raise InvalidInput("user_id", _l("Không tự chặn mình được: hãy nhờ người khác."))
    if _answers_for_child(session, case, user_id):
        raise InvalidInput("user_id", _l("Người này đang phụ trách hồ sơ: giao lại trước."))
    if session.get(User, user_id) is None:
        raise InvalidInput("user_id", _l("Không thấy người dùng này."))
    known = select(CaseDenial.id).where(
        CaseDenial.case_id == case.id,
        CaseDenial.user_id == user_id,
        CaseDenial.until.is_(None),
    )
    if session.scalar(known) is not None:
        raise InvalidInput("user_id", _l("Người này đã bị chặn khỏi hồ sơ."))
    denial = CaseDenial(
        key=case.child.key,
        case_id=case.id,
        child_id=case.child_id,
        user_id=user_id,
        reason=reason,
        since=now,
        by_id=actor.id,
    )
    session.add(denial)
    _record(session, actor, denial, "denied", now)
    session.flush()
    return denial


def _answers_for_child(session: Session, case: Case, user_id: uuid.UUID) -> bool:
    """In this case or another open one of the child: all of them would be closed to them."""
    held = select(Case.id).where(
        Case.child_id == case.child_id, Case.owner_id == user_id, Case.is_ended.is_(False)
    )
    return session.scalar(held.limit(1)) is not None


def end_denial(
    session: Session, *, actor: Actor, case: Case, denial_id: uuid.UUID, now: datetime
) -> CaseDenial | None:
    """None where the case has no such row. Raises DenialEnded."""
    lock(session, case)
    denial = session.scalars(
        select(CaseDenial).where(CaseDenial.id == denial_id, CaseDenial.case_id == case.id)
    ).one_or_none()
    if denial is not None:
        denial.end(by=actor.id, now=now)
        _record(session, actor, denial, "ended", now)
        session.flush()
    return denial


def _record(session: Session, actor: Actor, denial: CaseDenial, step: str, now: datetime) -> None:
    record(
        session,
        actor,
        AuditAction.DENIAL_CHANGED,
        at=now,
        case_id=denial.case_id,
        subject_id=denial.user_id,
        data={"step": step, "user_id": denial.user_id},
    )
