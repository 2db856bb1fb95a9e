"""Reads for the account and administrator pages: columns, not entities."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.audit.models import AuditCheckpoint, AuditEvent
from app.auth.factor_models import FactorReset, Passkey, RecoveryCode
from app.auth.grants import AccessReason, CaseAccess
from app.auth.invitations import SHOWN_FOR, VALID_FOR
from app.auth.login import IDLE
from app.auth.models import Invitation, Role, Unit, User, UserSession
from app.core import clock

MAX_FOUND = 50
AnyRow = Row[*tuple[Any, ...]]

_USER_ROWS = select(
    User.id,
    User.username,
    User.name,
    User.role,
    User.is_active,
    User.password_hash.is_not(None).label("has_password"),
    Unit.short_name.label("unit"),
).join(Unit, Unit.id == User.unit_id)


@dataclass(frozen=True)
class Page:
    """Some rows of a list; `next_after` is the id behind which the next page begins."""

    rows: Sequence[AnyRow]
    next_after: uuid.UUID | None


def users_page(
    session: Session,
    *,
    unit_id: uuid.UUID | None,
    role: Role | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """Users by username."""
    rows = _USER_ROWS.order_by(User.username)
    if unit_id is not None:
        rows = rows.where(User.unit_id == unit_id)
    if role is not None:
        rows = rows.where(User.role == role)
    if after is not None:
        rows = rows.where(
            User.username > select(User.username).where(User.id == after).scalar_subquery()
        )
    return _page(session, rows, limit)


def find_users(session: Session, text: str) -> Sequence[AnyRow]:
    """Users whose username or name holds `text`, at most MAX_FOUND."""
    held = or_(
        User.username.icontains(text, autoescape=True), User.name.icontains(text, autoescape=True)
    )
    return session.execute(_USER_ROWS.where(held).order_by(User.username).limit(MAX_FOUND)).all()


def units_page(session: Session, *, after: uuid.UUID | None, limit: int) -> Page:
    """Units by name."""
    rows = select(
        Unit.id,
        Unit.name,
        Unit.short_name,
        Unit.kind,
        Unit.level,
        Unit.commune_code,
        Unit.is_active,
    ).order_by(Unit.name, Unit.id)
    if after is not None:
        last = select(Unit.name).where(Unit.id == after).scalar_subquery()
        rows = rows.where(tuple_(Unit.name, Unit.id) > tuple_(last, after))
    return _page(session, rows, limit)


def _page(session: Session, rows: Select[*tuple[Any, ...]], limit: int) -> Page:
    found = session.execute(rows.limit(limit + 1)).all()
    shown = found[:limit]
    return Page(shown, shown[-1].id if len(found) > limit else None)


def unit_choices(session: Session, *, keep: uuid.UUID | None = None) -> list[tuple[str, str]]:
    """(id, name) of the active units, and of `keep`, which a record already has."""
    offered: ColumnElement[bool] = or_(Unit.is_active, Unit.id == keep)
    rows = session.execute(select(Unit.id, Unit.name).where(offered).order_by(Unit.name))
    return [(str(row.id), row.name) for row in rows]


def unit_name(session: Session, unit_id: uuid.UUID) -> str:
    return session.scalar(select(Unit.name).where(Unit.id == unit_id)) or ""


def last_change(session: Session, subject_id: uuid.UUID) -> str:
    """Who changed it last and when, in words."""
    row = session.execute(
        select(AuditEvent.at, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return ""
    return f"{row.name or _('hệ thống')}, {clock.local(row.at):%H:%M %d/%m/%Y}"


def access_counts(
    session: Session, user_id: uuid.UUID, unit_id: uuid.UUID, now: datetime
) -> list[tuple[AccessReason, int]]:
    """How many cases each reason opens to this user now: numbers, never which ones."""
    rows = session.execute(
        select(CaseAccess.reason, func.count(CaseAccess.case_id.distinct()))
        .where(
            CaseAccess.holder_id.in_((unit_id, user_id)),
            CaseAccess.since <= now,
            or_(CaseAccess.until.is_(None), CaseAccess.until > now),
        )
        .group_by(CaseAccess.reason)
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda row: row[0].value)


def own_sessions(session: Session, user_id: uuid.UUID, now: datetime) -> Sequence[AnyRow]:
    """The sessions of a user that run, newest first."""
    return session.execute(
        select(
            UserSession.id,
            UserSession.created_at,
            UserSession.last_seen_at,
            UserSession.browser,
            UserSession.system,
        )
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - IDLE,
        )
        .order_by(UserSession.created_at.desc())
    ).all()


@dataclass(frozen=True)
class FactorCounts:
    """How somebody shows who they are; `reset_id`: that this be set up anew waits for a second
    person."""

    passkeys: int
    recovery_codes: int
    reset_id: uuid.UUID | None


def factor_counts(session: Session, user_id: uuid.UUID, now: datetime) -> FactorCounts:
    own = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
    unused = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_(None)
    codes = select(func.count()).select_from(RecoveryCode).where(unused)
    waiting = select(FactorReset.id).where(
        FactorReset.user_id == user_id,
        FactorReset.decided_at.is_(None),
        FactorReset.expires_at > now,
    )
    scalars = (row.scalar_subquery() for row in (own, codes, waiting.limit(1)))
    return FactorCounts(*session.execute(select(*scalars)).one())


@dataclass(frozen=True)
class OpenInvitation:
    """`is_shown`: the reader made it a few minutes ago and may copy the link."""

    id: uuid.UUID
    expires_at: datetime
    is_shown: bool


def open_invitation(
    session: Session, user_id: uuid.UUID, reader_id: uuid.UUID, now: datetime
) -> OpenInvitation | None:
    row = session.execute(
        select(Invitation.id, Invitation.expires_at, Invitation.created_by)
        .where(
            Invitation.user_id == user_id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.expires_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    made_at = row.expires_at - VALID_FOR
    shown = row.created_by == reader_id and now < made_at + SHOWN_FOR
    return OpenInvitation(row.id, row.expires_at, shown)


@dataclass(frozen=True)
class SystemFacts:
    events: int
    checkpoint_at: datetime | None
    database_bytes: int
    users: int
    units: int


def system_facts(session: Session) -> SystemFacts:
    """Sizes for the system page. Events are counted from the last checkpoint on."""
    last = session.execute(
        select(AuditCheckpoint.at, AuditCheckpoint.last_event_id, AuditCheckpoint.event_count)
        .order_by(AuditCheckpoint.id.desc())
        .limit(1)
    ).first()
    counts = session.execute(
        select(
            select(func.count())
            .select_from(AuditEvent)
            .where(AuditEvent.id > (last.last_event_id if last else 0))
            .scalar_subquery(),
            func.pg_database_size(func.current_database()),
            select(func.count()).select_from(User).where(User.is_active).scalar_subquery(),
            select(func.count()).select_from(Unit).where(Unit.is_active).scalar_subquery(),
        )
    ).one()
    before = last.event_count if last else 0
    return SystemFacts(before + counts[0], last and last.at, counts[1], counts[2], counts[3])
