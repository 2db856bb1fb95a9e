"""Flask-Login over our own session table: the cookie's token is looked up once a request."""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from flask import Flask, Request, current_app, g
from flask_login import LoginManager, current_user
from sqlalchemy import ColumnElement, bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.factor_models import Passkey
from app.auth.grants import is_guest, said_of_account
from app.auth.models import PendingSignIn, Unit, User, UserSession
from app.auth.settings import lock_after
from app.auth.user_agents import Agent
from app.core import clock
from app.core.db import UtcDateTime, db
from app.core.row_scope import already_said
from app.web.headers import request_id

login_manager = LoginManager()
View = TypeVar("View", bound=Callable[..., object])

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
_TOUCH = timedelta(minutes=1)  # how stale `last_seen_at` may get before it is written again
_PAGE_LOCKS = timedelta(minutes=2)  # an open page locks by itself; without one the session does so


def init_app(app: Flask) -> None:
    login_manager.init_app(app)


def cookie_name() -> str:
    return "__Host-vt" if current_app.config["SESSION_COOKIE_SECURE"] else "vt"


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_session(
    session: Session,
    *,
    user_id: uuid.UUID,
    now: datetime,
    has_second_factor: bool,
    confirmed_at: datetime | None = None,
    agent: Agent | None = None,
) -> tuple[str, uuid.UUID]:
    """A new session row; returns (the token for the cookie, the id of the row).

    `has_second_factor`: of the kind that the role asks for. `confirmed_at` is given where the
    person was asked at another time than now.
    """
    token = secrets.token_urlsafe(32)
    row = UserSession(
        token_hash=token_hash(token),
        user_id=user_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE,
        confirmed_at=confirmed_at or now,
        has_second_factor=has_second_factor,
        browser=agent.browser if agent else None,
        system=agent.system if agent else None,
    )
    session.add(row)
    session.flush()
    return token, row.id


def agent_of_session(session: Session, session_id: uuid.UUID | None) -> Agent | None:
    """The browser of a session, for the one that takes its place."""
    found = session.execute(
        select(UserSession.browser, UserSession.system).where(UserSession.id == session_id)
    ).first()
    return Agent(found.browser, found.system) if found and found.browser else None


def confirm_session(session: Session, *, session_id: uuid.UUID, now: datetime) -> str | None:
    """Its person was asked again: the session gets a new token. None for one that has ended."""
    return _renew(session, session_id, confirmed_at=now)


def unlock_session(session: Session, *, session_id: uuid.UUID, now: datetime) -> str | None:
    """Somebody is at the screen again: a new token. None for a session that has ended."""
    return _renew(session, session_id, locked_at=None, last_seen_at=now)


def _renew(session: Session, session_id: uuid.UUID, **values: datetime | None) -> str | None:
    token = secrets.token_urlsafe(32)
    running = (UserSession.id == session_id) & UserSession.ended_at.is_(None)
    renewed = update(UserSession).where(running).values(token_hash=token_hash(token), **values)
    return token if session.execute(renewed.returning(UserSession.id)).first() else None


def lock_session(session: Session, *, session_id: uuid.UUID | None, now: datetime) -> None:
    """From now on the unlock form is all that this session is answered with."""
    open_one = (UserSession.id == session_id) & UserSession.locked_at.is_(None)
    session.execute(update(UserSession).where(open_one).values(locked_at=now))


def end_sessions(session: Session, *, user_id: uuid.UUID, now: datetime) -> None:
    """End every session of a user at once (password, role or account changed), and with them a
    sign-in that waits for its code."""
    _end(session, now, UserSession.user_id == user_id)
    session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user_id))


def end_unit_sessions(session: Session, *, unit_id: uuid.UUID, now: datetime) -> None:
    """End every session of a unit's people, and the sign-ins that wait for a code."""
    people = select(User.id).where(User.unit_id == unit_id)
    _end(session, now, UserSession.user_id.in_(people))
    session.execute(delete(PendingSignIn).where(PendingSignIn.user_id.in_(people)))


def end_session(
    session: Session, *, user_id: uuid.UUID, session_id: uuid.UUID, now: datetime
) -> bool:
    """End one session of this user; False where there is none that runs."""
    return _end(session, now, UserSession.user_id == user_id, UserSession.id == session_id)


def end_other_sessions(
    session: Session, *, user_id: uuid.UUID, session_id: uuid.UUID | None, now: datetime
) -> bool:
    """End every session of this user but the given one; False where there was no other."""
    return _end(session, now, UserSession.user_id == user_id, UserSession.id != session_id)


def _end(session: Session, now: datetime, *which: ColumnElement[bool]) -> bool:
    ended = update(UserSession).where(*which, UserSession.ended_at.is_(None))
    return bool(session.execute(ended.values(ended_at=now).returning(UserSession.id)).all())


_NOW, _IDLE_SINCE = bindparam("now", type_=UtcDateTime), bindparam("idle", type_=UtcDateTime)
_LOOK_UP = (
    select(
        User.id,
        User.username,
        User.name,
        User.role,
        Unit.id.label("unit_id"),
        Unit.name.label("unit_name"),
        Unit.kind,
        Unit.level,
        Unit.commune_code,
        UserSession.id.label("session_id"),
        UserSession.has_second_factor,
        UserSession.last_seen_at,
        UserSession.confirmed_at,
        UserSession.locked_at,
        exists().where(Passkey.user_id == User.id).label("has_passkey"),
        is_guest(User.id, _NOW).label("is_guest"),
        *said_of_account(_NOW),
    )
    .join(User, User.id == UserSession.user_id)
    .join(Unit, Unit.id == User.unit_id)
    .where(
        UserSession.token_hash == bindparam("token"),
        UserSession.ended_at.is_(None),
        UserSession.expires_at > _NOW,
        UserSession.last_seen_at > _IDLE_SINCE,
        User.is_active,
        Unit.is_active,
    )
)


@login_manager.request_loader  # type: ignore[untyped-decorator]  # it ships no types
def load_actor(request: Request) -> Actor | None:
    """The actor behind the request's cookie, in one statement; None when signed out or expired. The
    same statement tells the database who reads."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    now = clock.now()
    asked = {"token": token_hash(token), "now": now, "idle": now - IDLE}
    row = db.session.execute(_LOOK_UP, asked | already_said(db.session)).first()
    if row is None:
        return None
    is_locked = row.locked_at is not None or row.last_seen_at + lock_after() + _PAGE_LOCKS <= now
    if row.last_seen_at + _TOUCH <= now and not is_locked and not _is_unattended(request):
        db.session.execute(
            update(UserSession)
            .where(UserSession.id == row.session_id, UserSession.ended_at.is_(None))
            .values(last_seen_at=now)
        )
    return Actor(
        id=row.id,
        username=row.username,
        name=row.name,
        role=row.role,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_kind=row.kind,
        unit_level=row.level,
        commune_code=row.commune_code,
        session_id=row.session_id,
        request_id=request_id(),
        must_enrol_factor=not row.has_second_factor and not current_app.config["DEMO"],
        confirmed_at=row.confirmed_at,
        is_locked=is_locked,
        has_passkey=row.has_passkey,
        is_guest=row.is_guest,
    )


def act_as(actor: Actor) -> None:
    """For the rest of this request."""
    g._login_user = actor


def unattended(view: View) -> View:
    """Mark a view that an open page asks by itself: it does not keep the session awake."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view


def _is_unattended(request: Request) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "is_unattended", False))


def current_actor() -> Actor:
    """The Actor of this request; only behind a permission that needs sign-in."""
    return cast(Actor, current_user._get_current_object())


def maybe_actor() -> Actor | None:
    """The Actor, or None when nobody is signed in."""
    return current_actor() if current_user.is_authenticated else None
