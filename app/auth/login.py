"""Flask-Login over our own session table: the cookie's token is looked up once a request."""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from flask import Flask, Request, current_app
from flask_login import LoginManager, current_user
from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import PendingSignIn, Unit, User, UserSession
from app.core import clock
from app.core.db import db
from app.web.headers import request_id

login_manager = LoginManager()
View = TypeVar("View", bound=Callable[..., object])

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
_TOUCH = timedelta(minutes=1)  # how stale `last_seen_at` may get before it is written again


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
) -> tuple[str, uuid.UUID]:
    """A new session row; returns (the token for the cookie, the id of the row).

    `confirmed_at` is given where the password was typed at another time than now.
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
    )
    session.add(row)
    session.flush()
    return token, row.id


def confirm_session(session: Session, *, session_id: uuid.UUID, now: datetime) -> str | None:
    """The password was typed again: the session gets a new token. None for one that has ended."""
    token = secrets.token_urlsafe(32)
    running = (UserSession.id == session_id) & UserSession.ended_at.is_(None)
    renewed = (
        update(UserSession).where(running).values(token_hash=token_hash(token), confirmed_at=now)
    )
    return token if session.execute(renewed.returning(UserSession.id)).first() else None


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


def _end(session: Session, now: datetime, *which: ColumnElement[bool]) -> bool:
    ended = update(UserSession).where(*which, UserSession.ended_at.is_(None))
    return bool(session.execute(ended.values(ended_at=now).returning(UserSession.id)).all())


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
        UserSession.expires_at,
        UserSession.confirmed_at,
    )
    .join(User, User.id == UserSession.user_id)
    .join(Unit, Unit.id == User.unit_id)
    .where(
        UserSession.token_hash == bindparam("token"),
        UserSession.ended_at.is_(None),
        User.is_active,
        Unit.is_active,
    )
)


@login_manager.request_loader  # type: ignore[untyped-decorator]  # it ships no types
def load_actor(request: Request) -> Actor | None:
    """The actor behind the request's cookie, in one statement; None when signed out or expired."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    now = clock.now()
    row = db.session.execute(_LOOK_UP, {"token": token_hash(token)}).first()
    if row is None or row.expires_at <= now or row.last_seen_at + IDLE <= now:
        return None
    if row.last_seen_at + _TOUCH <= now and not _is_unattended(request):
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
    )


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
