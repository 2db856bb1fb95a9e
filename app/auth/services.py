"""Signing in and out, passwords, and the second factor of one's own account."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth import factors, throttle
from app.auth.actor import Actor
from app.auth.login import (
    confirm_session,
    end_session,
    end_sessions,
    open_session,
    token_hash,
)
from app.auth.models import PendingSignIn, Unit, User
from app.auth.passwords import check_rules, hash_password, needs_rehash, verify_password
from app.auth.settings import settings
from app.auth.throttle import Bucket
from app.core.db import db
from app.core.errors import DomainError, InvalidInput

PENDING_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Signer:
    """Who signs in, for the log: not an Actor yet."""

    id: uuid.UUID
    session_id: uuid.UUID | None
    request_id: str | None


class SignInRefused(DomainError):
    """The name or the password is wrong, or the account or its unit is disabled: which one is not
    said."""

    status = 422
    message = _l("Tên đăng nhập hoặc mật khẩu không đúng.")


class CodeRefused(DomainError):
    """The code is wrong, was used already, or the sign-in took too long."""

    status = 422
    message = _l("Mã không đúng hoặc đã dùng. Chờ mã mới trên điện thoại rồi nhập lại.")


class PendingExpired(DomainError):
    status = 410
    message = _l("Đã quá lâu từ khi nhập mật khẩu. Hãy đăng nhập lại từ đầu.")


class TooManyAttempts(DomainError):
    """Wrong too often, whether or not the account exists. `wait` is how long to wait."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait

    message: LazyString | str = _l("Đã nhập sai nhiều lần. Chờ một lúc rồi thử lại.")


def check_password(
    session: Session, *, username: str, password: str, bucket: Bucket, now: datetime
) -> User:
    """The user with this name and password. Raises TooManyAttempts, SignInRefused.

    The throttle is asked before (no hash for nothing) and again after, so that guesses sent all at
    once get no more answers than guesses sent one by one.
    """
    _check_throttle(session, bucket, now)
    named = select(User, Unit.is_active).join(Unit, Unit.id == User.unit_id)
    found = session.execute(named.where(User.username == username)).one_or_none()
    user, is_unit_active = found or (None, False)
    usable = user if user is not None and user.is_active and is_unit_active else None
    is_right = verify_password(usable.password_hash if usable else None, password)
    _check_throttle(session, bucket, now)
    if not is_right or usable is None:
        _note_failure(bucket, user, "password", now)
        raise SignInRefused
    throttle.forgive(session, bucket)
    if usable.password_hash and needs_rehash(usable.password_hash):
        usable.password_hash = hash_password(password)
    return usable


def start_session(
    session: Session, user: User, *, request_id: str | None, has_second_factor: bool, now: datetime
) -> str:
    """A new session for a user whose password (and code, if asked) was right; its token."""
    token, session_id = open_session(
        session, user_id=user.id, now=now, has_second_factor=has_second_factor
    )
    signer = Signer(user.id, session_id, request_id)
    record(session, signer, AuditAction.SIGNED_IN, at=now, subject_id=user.id)
    return token


def hold_sign_in(session: Session, user: User, *, now: datetime) -> str:
    """The password was right: wait for the code. The token names this waiting, not a session."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user.id))
    session.add(
        PendingSignIn(token_hash=token_hash(token), user_id=user.id, expires_at=now + PENDING_FOR)
    )
    return token


def pending_user(session: Session, token: str, now: datetime) -> User:
    """Who waits for the code. Raises PendingExpired."""
    waiting = select(User).join(PendingSignIn, PendingSignIn.user_id == User.id).join(User.unit)
    user = session.scalars(
        waiting.where(
            PendingSignIn.token_hash == token_hash(token),
            PendingSignIn.expires_at > now,
            User.is_active,
            Unit.is_active,
        )
    ).one_or_none()
    if user is None:
        raise PendingExpired
    return user


def check_code(session: Session, user: User, code: str, *, bucket: Bucket, now: datetime) -> None:
    """The second step. Raises TooManyAttempts, CodeRefused; a code is accepted once."""
    _check_throttle(session, bucket, now)
    step = factors.matching_step(user.totp_secret or "", code, now)
    if step is None or not factors.accept_step(session, user.id, step):
        _note_failure(bucket, user, "code", now)
        raise CodeRefused
    _check_throttle(session, bucket, now)
    throttle.forgive(session, bucket)
    session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user.id))


def enrol_factor(session: Session, actor: Actor, *, secret: str, code: str, now: datetime) -> str:
    """Keep the second factor; every other session ends. Returns the token of a new session.

    Raises CodeRefused; a factor that exists is not replaced.
    """
    user = session.scalars(select(User).where(User.id == actor.id).with_for_update()).one()
    step = factors.matching_step(secret, code, now)
    if step is None or user.totp_secret_sealed is not None:
        raise CodeRefused
    user.totp_secret, user.totp_last_step = secret, step
    record(session, actor, AuditAction.FACTOR_CHANGED, at=now, subject_id=user.id)
    end_sessions(session, user_id=user.id, now=now)
    return open_session(
        session,
        user_id=user.id,
        now=now,
        has_second_factor=True,
        confirmed_at=actor.confirmed_at,  # a code alone is no password
    )[0]


def set_password(
    session: Session, user: User, password: str, *, now: datetime, enforce_rules: bool = True
) -> None:
    """Keep the hash of a new password and end all sessions. Raises InvalidInput("password")."""
    if enforce_rules:
        unit = session.get(Unit, user.unit_id)
        context = (user.username, user.name, *((unit.name, unit.short_name) if unit else ()))
        check_rules(password, context=context, breached=settings().breached_passwords)
    user.password_hash = hash_password(password)
    end_sessions(session, user_id=user.id, now=now)


def change_password(
    session: Session, actor: Actor, *, old: str, new: str, bucket: Bucket, now: datetime
) -> str:
    """Change one's own password; returns the token of a new session, all others end.

    Raises TooManyAttempts; InvalidInput for a wrong old or an unfit new password.
    """
    _check_throttle(session, bucket, now)
    user = session.scalars(select(User).where(User.id == actor.id)).one()
    if not verify_password(user.password_hash, old):
        _note_failure(bucket, user, "old password", now)
        raise InvalidInput("old_password", _l("Mật khẩu đang dùng không đúng."))
    if old == new:
        raise InvalidInput("password", _l("Mật khẩu mới phải khác mật khẩu đang dùng."))
    had_factor = user.totp_secret_sealed is not None
    set_password(session, user, new, now=now)
    record(session, actor, AuditAction.PASSWORD_CHANGED, at=now, subject_id=user.id)
    return open_session(session, user_id=user.id, now=now, has_second_factor=had_factor)[0]


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody typed to show again who they are; `code` is None where none is asked for."""

    password: str
    code: str | None
    password_bucket: Bucket
    code_bucket: Bucket


def confirm_identity(session: Session, actor: Actor, proof: Proof, *, now: datetime) -> str:
    """The person of this session has shown again who they are; returns the session's new token.

    The failures count with those of signing in. Raises TooManyAttempts; InvalidInput("password"
    or "code"); PendingExpired for a session that has just ended.
    """
    user = session.scalars(select(User).where(User.id == actor.id)).one()
    _check_throttle(session, proof.password_bucket, now)
    is_right = verify_password(user.password_hash, proof.password)
    _check_throttle(session, proof.password_bucket, now)
    if not is_right:
        _note_failure(proof.password_bucket, user, "step-up password", now)
        raise InvalidInput("password", _l("Mật khẩu không đúng."))
    if proof.code is not None:
        _confirm_code(session, user, proof, now)
    throttle.forgive(session, proof.password_bucket)
    if actor.session_id is None:
        raise PendingExpired
    token = confirm_session(session, session_id=actor.session_id, now=now)
    if token is None:
        raise PendingExpired
    record(session, actor, AuditAction.CONFIRMED, at=now, subject_id=actor.id)
    return token


def _confirm_code(session: Session, user: User, proof: Proof, now: datetime) -> None:
    try:
        check_code(session, user, proof.code or "", bucket=proof.code_bucket, now=now)
    except CodeRefused as error:
        raise InvalidInput("code", error.message) from None


def sign_out(session: Session, actor: Actor, *, now: datetime) -> None:
    if actor.session_id is not None:
        end_session(session, user_id=actor.id, session_id=actor.session_id, now=now)
    record(session, actor, AuditAction.SIGNED_OUT, at=now, subject_id=actor.id)


def _check_throttle(session: Session, bucket: Bucket, now: datetime) -> None:
    wait = throttle.waiting_time(session, bucket, now)
    if wait:
        raise TooManyAttempts(wait)


def _note_failure(bucket: Bucket, user: User | None, reason: str, now: datetime) -> None:
    """Count and log the failure in a transaction of its own: it survives the refusal."""
    with db.sessionmaker.begin() as session:
        throttle.note_failure(session, bucket, now)
        record(
            session,
            None,
            AuditAction.SIGN_IN_FAILED,
            at=now,
            subject_id=user.id if user else None,
            outcome="denied",
            data={"reason": reason, "known": user is not None},
        )
