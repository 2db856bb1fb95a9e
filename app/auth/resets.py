"""A lost phone: one person asks that somebody's factors be set up anew, another one agrees."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.accounts import AccountDisabled, OwnAccount, remove_factor, reset_user
from app.auth.actor import Actor
from app.auth.factor_models import Check, FactorReset
from app.auth.models import Role, Unit, User
from app.auth.notices import Notice, tell
from app.auth.permissions import GRANTS, Permission
from app.auth.queries import factor_counts
from app.core.errors import DomainError

OPEN_FOR = timedelta(hours=24)


class ResetWaits(DomainError):
    message = _l("Tài khoản này đã có một yêu cầu đang chờ người thứ hai.")


class WaitingReset(NamedTuple):
    """A request that waits for its second person."""

    id: uuid.UUID
    user_id: uuid.UUID
    username: str
    name: str
    unit: str
    checked: Check
    asked_by_id: uuid.UUID
    asked_by: str
    asked_at: datetime
    expires_at: datetime


def ask_reset(
    session: Session, *, actor: Actor, user: User, checked: Check, now: datetime
) -> FactorReset:
    """Nothing changes until another person agrees. Raises OwnAccount, AccountDisabled,
    ResetWaits."""
    if user.id == actor.id:
        raise OwnAccount
    if not user.is_active:
        raise AccountDisabled
    session.scalars(select(User.id).where(User.id == user.id).with_for_update()).one()
    if factor_counts(session, user.id, now).reset_id is not None:
        raise ResetWaits
    reset = FactorReset(
        user_id=user.id,
        checked=checked,
        asked_by=actor.id,
        asked_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add(reset)
    session.flush()
    data = {"checked": checked.value}
    record(session, actor, AuditAction.RESET_ASKED, at=now, subject_id=user.id, data=data)
    tell(session, user.id, Notice.RESET_ASKED, now=now)
    for other in _deciders(session, actor.id, user.id):
        tell(session, other, Notice.RESET_WAITING, now=now)
    return reset


def decide_reset(
    session: Session,
    *,
    actor: Actor,
    reset: FactorReset,
    approve: bool,
    by_mail: bool,
    now: datetime,
) -> None:
    """Agreed: every factor, the password and the sessions end, and there is an invitation, which
    only who asked may copy. Raises OwnReset, ResetAlreadyDecided, AccountDisabled."""
    session.refresh(reset, with_for_update=True)
    reset.decide(actor.id, approve=approve, now=now)
    data = {"decision": "approved" if approve else "refused"}
    record(session, actor, AuditAction.RESET_DECIDED, at=now, subject_id=reset.user_id, data=data)
    if approve:
        user = session.scalars(select(User).where(User.id == reset.user_id)).one()
        remove_factor(session, actor, user, now=now)
        invitation = reset_user(session, actor, user, by_mail=by_mail, now=now)
        invitation.created_by = reset.asked_by
    session.flush()


def waiting_resets(session: Session, now: datetime, *, limit: int = 50) -> Sequence[WaitingReset]:
    """Oldest first."""
    asker = aliased(User)
    rows = session.execute(
        select(
            FactorReset.id,
            User.id.label("user_id"),
            User.username,
            User.name,
            Unit.name.label("unit"),
            FactorReset.checked,
            FactorReset.asked_by,
            asker.name.label("asker"),
            FactorReset.asked_at,
            FactorReset.expires_at,
        )
        .join(User, User.id == FactorReset.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .join(asker, asker.id == FactorReset.asked_by)
        .where(FactorReset.decided_at.is_(None), FactorReset.expires_at > now)
        .order_by(FactorReset.asked_at)
        .limit(limit)
    )
    return [WaitingReset._make(row) for row in rows]


def _deciders(session: Session, *but: uuid.UUID) -> Sequence[uuid.UUID]:
    roles = [role for role in Role if Permission.RESET_DECIDE in GRANTS[role]]
    may = User.role.in_(roles) & User.is_active & User.email.is_not(None) & User.id.not_in(but)
    return session.scalars(select(User.id).where(may).order_by(User.id).limit(20)).all()
