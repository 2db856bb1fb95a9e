"""Access is data: why a unit or a person sees a case and its child, from when, until when."""

import uuid
from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlalchemy import Index, Select, Uuid, bindparam, false, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from app.auth.actor import Actor
from app.auth.models import Role
from app.auth.permissions import SECTIONS
from app.core import clock
from app.core.db import Base, UtcDateTime
from app.core.ids import new_id


class AccessReason(StrEnum):
    UNIT_WORKS = "unit_works"  # the unit works the case
    ASSIGNED = "assigned"  # the person is assigned to it
    REPORTED = "reported"  # the unit took the report: its state, never its content
    REFERRAL = "referral"
    BREAK_GLASS = "break_glass"


class CaseAccess(Base):
    """One reason of one holder (a unit or a user). `sections` None: those of the reader's role.

    The case and the child are in packages above: no foreign key. Rows are only ever ended.
    """

    __tablename__ = "case_access"
    __table_args__ = (
        Index("uq_case_access", "holder_id", "case_id", "reason", "since", unique=True),
        Index(
            "ix_case_access_holder",  # whom a reader sees is read from this index alone
            "holder_id",
            "child_id",
            postgresql_include=["case_id", "reason", "since", "until"],
        ),
        Index("ix_case_access_case", "case_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID]
    child_id: Mapped[uuid.UUID]
    holder_id: Mapped[uuid.UUID]
    reason: Mapped[AccessReason]
    sections: Mapped[list[str] | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]


WHOLE_AREA = frozenset({Role.SUPERVISOR})


def sees_whole_area(actor: Actor) -> bool:
    """A supervisor sees every file of the area; others only what a row grants."""
    return actor.role in WHOLE_AREA


def granted(actor: Actor, column: InstrumentedAttribute[uuid.UUID]) -> Select[uuid.UUID]:
    """The case ids (or child ids) that a row opens to this actor now.

    A role that opens sections reads files; one that opens none (a desk) gets what its unit
    reported.
    """
    return _granted(column, actor.role).params(
        access_unit=actor.unit_id, access_user=actor.id, access_now=clock.now()
    )


@cache
def _granted(column: InstrumentedAttribute[uuid.UUID], role: Role) -> Select[uuid.UUID]:
    """Built once for each role: every list, search and file starts from it."""
    now = bindparam("access_now", type_=UtcDateTime)
    rows = select(column).where(
        CaseAccess.holder_id.in_(
            [bindparam("access_unit", type_=Uuid), bindparam("access_user", type_=Uuid)]
        ),
        CaseAccess.since <= now,
        or_(CaseAccess.until.is_(None), CaseAccess.until > now),
    )
    if role in (Role.ANALYST, Role.ADMINISTRATOR):
        return rows.where(false())
    if role in SECTIONS:
        return rows.where(CaseAccess.reason != AccessReason.REPORTED)
    return rows.where(CaseAccess.reason == AccessReason.REPORTED)


def end_own_access(session: Session, *, user_id: uuid.UUID, now: datetime) -> None:
    """What this person may see as a person ends: another role or unit has other reasons."""
    running = or_(CaseAccess.until.is_(None), CaseAccess.until > now)
    session.execute(
        update(CaseAccess).where(CaseAccess.holder_id == user_id, running).values(until=now)
    )
