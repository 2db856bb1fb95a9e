"""Passkeys at work: added, removed, and what they open."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth import passkeys
from app.auth.actor import Actor
from app.auth.attempts import check_throttle, note_failure
from app.auth.factor_models import Passkey
from app.auth.login import end_other_sessions, end_sessions, unlock_session
from app.auth.models import User
from app.auth.passkeys import Ceremony, PasskeyRefused
from app.auth.passwords import verify_password
from app.auth.policy import needs_passkey
from app.auth.services import (
    PendingExpired,
    confirmed_now,
    end_waiting,
    replace_sessions,
)
from app.auth.throttle import Bucket, forgive
from app.core.errors import DomainError, InvalidInput


class LastPasskey(DomainError):
    message = _l(
        "Đây là cách xác thực cuối cùng của tài khoản này. Hãy thêm khóa khác trước khi xóa."
    )


def add_passkey(
    session: Session, actor: Actor, ceremony: Ceremony, *, sent: str, name: str, now: datetime
) -> str:
    """Keep a new passkey; every other session ends. Returns the token of a new session.

    Raises PasskeyRefused, TooManyPasskeys.
    """
    user = session.scalars(select(User).where(User.id == actor.id).with_for_update(of=User)).one()
    passkeys.enrol(session, ceremony, user, sent=sent, name=name, now=now)
    _note(session, actor, "added", now)
    return replace_sessions(session, actor, now=now)


def remove_passkey(
    session: Session, actor: Actor, passkey_id: uuid.UUID, *, is_demo: bool, now: datetime
) -> bool:
    """It opens nothing any more, and what it may have opened ends. False where there is none of
    this id. Raises LastPasskey where the account would be left without what its role must have."""
    user = session.scalars(select(User).where(User.id == actor.id).with_for_update(of=User)).one()
    mine = (Passkey.id == passkey_id) & (Passkey.user_id == actor.id)
    removed = session.execute(delete(Passkey).where(mine).returning(Passkey.id)).first()
    if removed is None:
        return False
    is_last = passkeys.count_of(session, actor.id) == 0
    has_code = user.totp_secret_sealed is not None
    must_stay = needs_passkey(actor.role, actor.unit_kind) or not has_code
    if is_last and must_stay and not is_demo:
        raise LastPasskey
    end_other_sessions(session, user_id=actor.id, session_id=actor.session_id, now=now)
    _note(session, actor, "removed", now)
    return True


def own_passkeys(session: Session, user_id: uuid.UUID) -> list[Passkey]:
    by_age = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at)
    return list(session.scalars(by_age))


def passkey_user(
    session: Session,
    ceremony: Ceremony,
    *,
    sent: str,
    user: User | None,
    bucket: Bucket,
    now: datetime,
) -> User:
    """Who signed: `user`, where it is known who must. Raises TooManyAttempts, PasskeyRefused."""
    check_throttle(session, bucket, now)
    try:
        passkey = passkeys.verify(
            session, ceremony, sent=sent, user_id=user.id if user else None, now=now
        )
    except PasskeyRefused:
        note_failure(bucket, user, f"passkey {ceremony.purpose}", now)
        raise
    forgive(session, bucket)
    end_waiting(session, passkey.user)
    return passkey.user


def confirm_by_passkey(
    session: Session, actor: Actor, ceremony: Ceremony, *, sent: str, bucket: Bucket, now: datetime
) -> str:
    """As services.confirm_identity. Raises TooManyAttempts, PasskeyRefused, PendingExpired."""
    _signed(session, actor, ceremony, sent, bucket, now)
    return confirmed_now(session, actor, way="passkey", now=now)


def unlock_by_passkey(
    session: Session, actor: Actor, ceremony: Ceremony, *, sent: str, bucket: Bucket, now: datetime
) -> str:
    """The session's new token. Raises TooManyAttempts, PasskeyRefused, PendingExpired."""
    _signed(session, actor, ceremony, sent, bucket, now)
    return _unlocked(session, actor, "passkey", now)


def unlock_by_password(
    session: Session, actor: Actor, password: str, *, bucket: Bucket, now: datetime
) -> str:
    """The session's new token; it is no confirmation for what needs one. Guesses count with those
    of the sign-in. Raises TooManyAttempts, InvalidInput("password"), PendingExpired."""
    user = session.scalars(select(User).where(User.id == actor.id)).one()
    check_throttle(session, bucket, now)
    is_right = verify_password(user.password_hash, password)
    check_throttle(session, bucket, now)
    if not is_right:
        note_failure(bucket, user, "unlock password", now)
        raise InvalidInput("password", _l("Mật khẩu không đúng."))
    forgive(session, bucket)
    return _unlocked(session, actor, "password", now)


def forget_factors(session: Session, user: User, *, now: datetime) -> None:
    """Passkeys, the codes of the phone and what is open: all of it is set up anew."""
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    user.totp_secret = user.totp_last_step = None
    end_sessions(session, user_id=user.id, now=now)


def _signed(
    session: Session, actor: Actor, ceremony: Ceremony, sent: str, bucket: Bucket, now: datetime
) -> None:
    user = session.scalars(select(User).where(User.id == actor.id)).one()
    passkey_user(session, ceremony, sent=sent, user=user, bucket=bucket, now=now)


def _unlocked(session: Session, actor: Actor, way: str, now: datetime) -> str:
    if actor.session_id is None:
        raise PendingExpired
    token = unlock_session(session, session_id=actor.session_id, now=now)
    if token is None:
        raise PendingExpired
    data = {"way": way}
    record(session, actor, AuditAction.UNLOCKED, at=now, subject_id=actor.id, data=data)
    return token


def _note(session: Session, actor: Actor, step: str, now: datetime) -> None:
    data = {"factor": "passkey", "step": step}
    record(session, actor, AuditAction.FACTOR_CHANGED, at=now, subject_id=actor.id, data=data)
