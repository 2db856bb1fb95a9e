"""The browsers in which somebody has signed in: recognised, listed, forgotten, and told of."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.factor_models import KnownBrowser
from app.auth.models import User
from app.auth.notices import Notice, tell
from app.auth.user_agents import Agent
from app.core.crypto import keyring

KEPT_FOR = timedelta(days=180)  # as long as the cookie


@dataclass(frozen=True, slots=True)
class Seen:
    """`device` is what the browser's cookie is to hold; `untold` are browsers that signed in since
    its owner was here last, and that were new."""

    device: str
    is_new: bool
    untold: Sequence[KnownBrowser]


def is_known(session: Session, username: str, device: str) -> bool:
    """Has this browser signed in to this account, and was it not forgotten since?"""
    if not device:
        return False
    row = (
        select(KnownBrowser.id)
        .join(User, User.id == KnownBrowser.user_id)
        .where(
            User.username == username,
            KnownBrowser.device_hash == _hash(device),
            KnownBrowser.forgotten_at.is_(None),
        )
    )
    return session.scalar(row) is not None


def note_sign_in(
    session: Session, user_id: uuid.UUID, *, device: str, agent: Agent, now: datetime
) -> Seen:
    """Keep that this browser signed in. Of one that was not seen before its owner is told by mail,
    and in the application by the next sign-in elsewhere; not of the very first."""
    known = list_of(session, user_id)
    own = next((one for one in known if device and one.device_hash == _hash(device)), None)
    others = [one for one in known if one is not own]
    untold = [one for one in others if one.told_at is None] if own else []
    for one in untold:
        one.told_at = now
    if own is not None:
        own.last_seen_at, own.browser, own.system = now, agent.browser, agent.system
        own.told_at = own.told_at or now
        return Seen(device, False, untold)
    device = secrets.token_urlsafe(12)
    session.add(
        KnownBrowser(
            user_id=user_id,
            device_hash=_hash(device),
            browser=agent.browser,
            system=agent.system,
            first_seen_at=now,
            last_seen_at=now,
            told_at=None if others else now,
        )
    )
    if others:
        tell(session, user_id, Notice.NEW_BROWSER, now=now)
    return Seen(device, bool(others), untold)


def list_of(session: Session, user_id: uuid.UUID) -> Sequence[KnownBrowser]:
    """Those that are known, last used first."""
    known = (KnownBrowser.user_id == user_id) & KnownBrowser.forgotten_at.is_(None)
    by_use = KnownBrowser.last_seen_at.desc()
    return session.scalars(select(KnownBrowser).where(known).order_by(by_use)).all()


def forget(session: Session, actor: Actor, known_id: uuid.UUID, *, now: datetime) -> bool:
    """It counts as a stranger's from now on; False where there is none of this id."""
    mine = (KnownBrowser.id == known_id) & (KnownBrowser.user_id == actor.id)
    known = update(KnownBrowser).where(mine, KnownBrowser.forgotten_at.is_(None))
    if session.execute(known.values(forgotten_at=now).returning(KnownBrowser.id)).first() is None:
        return False
    record(session, actor, AuditAction.BROWSER_FORGOTTEN, at=now, subject_id=actor.id)
    return True


def is_this(row: KnownBrowser, device: str) -> bool:
    return bool(device) and row.device_hash == _hash(device)


def forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(KnownBrowser).where(KnownBrowser.last_seen_at <= now - KEPT_FOR))


def _hash(device: str) -> bytes:
    return keyring().lookup("known browser", device)
