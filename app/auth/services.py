"""Signing in and out, passwords, and the second factor of one's own account."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, contains_eager

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth import browsers, factors, passkeys, recovery, throttle
from app.auth.actor import Actor
from app.auth.attempts import check_throttle, note_failure
from app.auth.browsers import Seen
from app.auth.login import (
    agent_of_session,
    confirm_session,
    end_other_sessions,
    end_session,
    end_sessions,
    open_session,
    token_hash,
)
from app.auth.models import PendingSignIn, Unit, User
from app.auth.passwords import check_rules, hash_password, needs_rehash, verify_password
from app.auth.policy import needs_passkey
from app.auth.settings import settings
from app.auth.signer import Signer
from app.auth.throttle import Bucket
from app.auth.user_agents import Agent
from app.core.errors import DomainError, InvalidInput

PENDING_FOR = timedelta(minutes=5)


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


class PasskeyNeeded(DomainError):
    """This role must have a passkey: a code from the phone is not enough."""

    message = _l("Tài khoản này cần khóa truy cập, mã trên điện thoại chưa đủ.")


@dataclass(frozen=True, slots=True)
class Ways:
    """By which second step an account may go on after the password."""

    passkey: bool
    code: bool
    recovery: bool

    @property
    def any(self) -> bool:
        return self.passkey or self.code


def check_password(
    session: Session, *, username: str, password: str, bucket: Bucket, now: datetime
) -> User:
    """The user with this name and password. Raises TooManyAttempts, SignInRefused.

    The throttle is asked before (no hash for nothing) and again after, so that guesses sent all at
    once get no more answers than guesses sent one by one.
    """
    check_throttle(session, bucket, now)
    named = select(User).join(User.unit).options(contains_eager(User.unit))
    user = session.scalars(named.where(User.username == username)).one_or_none()
    usable = user if user is not None and user.is_active and user.unit.is_active else None
    is_right = verify_password(usable.password_hash if usable else None, password)
    check_throttle(session, bucket, now)
    if not is_right or usable is None:
        note_failure(bucket, user, "password", now)
        raise SignInRefused
    throttle.forgive(session, bucket)
    if usable.password_hash and needs_rehash(usable.password_hash):
        usable.password_hash = hash_password(password)
    return usable


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody signed in, and from which browser: `device` is the number in its cookie."""

    way: str  # "password", "code", "recovery", "passkey"
    device: str
    agent: Agent
    request_id: str | None


def start_session(
    session: Session, user: User, arrival: Arrival, *, now: datetime
) -> tuple[str, Seen]:
    """A new session for a user who has shown who they are: its token, and what its owner is to be
    told of browsers."""
    token, session_id = open_session(
        session,
        user_id=user.id,
        now=now,
        has_second_factor=arrival.way != "password" and is_enough(session, user),
        agent=arrival.agent,
    )
    seen = browsers.note_sign_in(
        session, user.id, device=arrival.device, agent=arrival.agent, now=now
    )
    signer = Signer(user.id, session_id, arrival.request_id)
    data = {"way": arrival.way, "new_browser": seen.is_new}
    record(session, signer, AuditAction.SIGNED_IN, at=now, subject_id=user.id, data=data)
    return token, seen


def is_enough(session: Session, user: User) -> bool:
    """Has the account the kind of factor that its role must have? `user.unit` is loaded."""
    if not needs_passkey(user.role, user.unit.kind):
        return True
    return passkeys.count_of(session, user.id) > 0


def ways_of(session: Session, user: User) -> Ways:
    """Who must have a passkey, and has one, is not let in by a code that a false page could ask
    for. `user.unit` is loaded."""
    has_passkey = passkeys.count_of(session, user.id) > 0
    is_bound = has_passkey and needs_passkey(user.role, user.unit.kind)
    return Ways(
        passkey=has_passkey,
        code=user.totp_secret_sealed is not None and not is_bound,
        recovery=recovery.left_of(session, user.id) > 0,
    )


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
        waiting.options(contains_eager(User.unit)).where(
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
    check_throttle(session, bucket, now)
    step = factors.matching_step(user.totp_secret or "", code, now)
    if step is None or not factors.accept_step(session, user.id, step):
        note_failure(bucket, user, "code", now)
        raise CodeRefused
    check_throttle(session, bucket, now)
    throttle.forgive(session, bucket)
    end_waiting(session, user)


def end_waiting(session: Session, user: User) -> None:
    """The second step is done: the wait for it opens nothing any more."""
    session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user.id))


def check_recovery(
    session: Session,
    user: User,
    typed: str,
    *,
    bucket: Bucket,
    request_id: str | None,
    now: datetime,
) -> int:
    """The second step by a recovery code; returns how many are left. Raises TooManyAttempts,
    RecoveryRefused."""
    check_throttle(session, bucket, now)
    try:
        left = recovery.use_code(session, user.id, typed, request_id=request_id, now=now)
    except recovery.RecoveryRefused:
        note_failure(bucket, user, "recovery code", now)
        raise
    check_throttle(session, bucket, now)
    throttle.forgive(session, bucket)
    end_waiting(session, user)
    return left


def enrol_factor(session: Session, actor: Actor, *, secret: str, code: str, now: datetime) -> str:
    """Keep the codes of a phone; every other session ends. Returns the token of a new session.

    Raises CodeRefused, PasskeyNeeded; a factor that exists is not replaced.
    """
    user = session.scalars(select(User).where(User.id == actor.id).with_for_update()).one()
    if needs_passkey(actor.role, actor.unit_kind):
        raise PasskeyNeeded
    step = factors.matching_step(secret, code, now)
    if step is None or user.totp_secret_sealed is not None:
        raise CodeRefused
    user.totp_secret, user.totp_last_step = secret, step
    data = {"factor": "code", "step": "added"}
    record(session, actor, AuditAction.FACTOR_CHANGED, at=now, subject_id=user.id, data=data)
    return replace_sessions(session, actor, now=now)


def replace_sessions(session: Session, actor: Actor, *, now: datetime) -> str:
    """All sessions end; the token of a new one here, that has what the role asks for. A new factor
    alone is no proof of who sits here: when that was last shown stays."""
    agent = agent_of_session(session, actor.session_id)
    end_sessions(session, user_id=actor.id, now=now)
    return open_session(
        session,
        user_id=actor.id,
        now=now,
        has_second_factor=True,
        confirmed_at=actor.confirmed_at,
        agent=agent,
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
    check_throttle(session, bucket, now)
    user = session.scalars(select(User).where(User.id == actor.id)).one()
    if not verify_password(user.password_hash, old):
        note_failure(bucket, user, "old password", now)
        raise InvalidInput("old_password", _l("Mật khẩu đang dùng không đúng."))
    if old == new:
        raise InvalidInput("password", _l("Mật khẩu mới phải khác mật khẩu đang dùng."))
    agent = agent_of_session(session, actor.session_id)
    set_password(session, user, new, now=now)
    record(session, actor, AuditAction.PASSWORD_CHANGED, at=now, subject_id=user.id)
    met = not actor.must_enrol_factor
    return open_session(session, user_id=user.id, now=now, has_second_factor=met, agent=agent)[0]


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
    check_throttle(session, proof.password_bucket, now)
    is_right = verify_password(user.password_hash, proof.password)
    check_throttle(session, proof.password_bucket, now)
    if not is_right:
        note_failure(proof.password_bucket, user, "step-up password", now)
        raise InvalidInput("password", _l("Mật khẩu không đúng."))
    if proof.code is not None:
        _confirm_code(session, user, proof, now)
    throttle.forgive(session, proof.password_bucket)
    return confirmed_now(session, actor, way="password", now=now)


def confirmed_now(session: Session, actor: Actor, *, way: str, now: datetime) -> str:
    """The session's new token, now that its person was asked. Raises PendingExpired."""
    if actor.session_id is None:
        raise PendingExpired
    token = confirm_session(session, session_id=actor.session_id, now=now)
    if token is None:
        raise PendingExpired
    data = {"way": way}
    record(session, actor, AuditAction.CONFIRMED, at=now, subject_id=actor.id, data=data)
    return token


def _confirm_code(session: Session, user: User, proof: Proof, now: datetime) -> None:
    try:
        check_code(session, user, proof.code or "", bucket=proof.code_bucket, now=now)
    except CodeRefused as error:
        raise InvalidInput("code", error.message) from None


def end_own_session(
    session: Session, actor: Actor, session_id: uuid.UUID, *, now: datetime
) -> bool:
    """One that was left open elsewhere; False where there is none of this id that runs."""
    if not end_session(session, user_id=actor.id, session_id=session_id, now=now):
        return False
    record(session, actor, AuditAction.SESSIONS_ENDED, at=now, subject_id=actor.id)
    return True


def end_others(session: Session, actor: Actor, *, now: datetime) -> None:
    """All but the one that asks."""
    if end_other_sessions(session, user_id=actor.id, session_id=actor.session_id, now=now):
        record(session, actor, AuditAction.SESSIONS_ENDED, at=now, subject_id=actor.id)


def sign_out(session: Session, actor: Actor, *, now: datetime) -> None:
    if actor.session_id is not None:
        end_session(session, user_id=actor.id, session_id=actor.session_id, now=now)
    record(session, actor, AuditAction.SIGNED_OUT, at=now, subject_id=actor.id)
