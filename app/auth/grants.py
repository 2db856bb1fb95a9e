"""Access is data: why a unit or a person sees a case and its child, from when, until when."""

import uuid
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Label,
    LargeBinary,
    Select,
    Uuid,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from app.auth.actor import Actor
from app.auth.models import Role, Unit, User
from app.auth.permissions import SECTIONS
from app.core import clock
from app.core.db import Base, UtcDateTime
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.row_scope import said_for, say_who_reads
from app.core.sealed import Sealed, SealedRow


class AccessReason(StrEnum):
    UNIT_WORKS = "unit_works"  # the unit works the case
    ASSIGNED = "assigned"  # the person is assigned to it
    REPORTED = "reported"  # the unit took the report: its state, never its content
    REFERRAL = "referral"  # the packet of an accepted referral, never the file
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
        Index(
            "ix_case_access_opens",  # what the rules of the rows ask (migration 0042)
            "case_id",
            postgresql_include=["holder_id", "child_id", "since", "until"],
            postgresql_where=text("reason IN ('unit_works', 'assigned', 'break_glass')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID]
    child_id: Mapped[uuid.UUID]
    holder_id: Mapped[uuid.UUID]
    reason: Mapped[AccessReason]
    sections: Mapped[list[str] | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class CaseDenial(SealedRow, Base):
    """A person who is kept out of a case and of its child, whatever the role (a conflict of
    interest). The case and the child are in packages above: no foreign key."""

    __tablename__ = "case_denials"
    __table_args__ = (
        Index("ix_case_denials_user", "user_id", postgresql_include=["case_id", "child_id"]),
        Index("ix_case_denials_case", "case_id"),
    )

    case_id: Mapped[uuid.UUID]
    child_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    since: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    until: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    def end(self, *, by: uuid.UUID, now: datetime) -> None:
        """Raises DenialEnded the second time."""
        if self.until is not None:
            raise DenialEnded
        self.until, self.ended_by = now, by


class DenialEnded(DomainError):
    message = _l("Người này không còn bị chặn khỏi hồ sơ.")


# The reasons that open a file, to the sections of the reader's role.
OPENS_FILE = (AccessReason.UNIT_WORKS, AccessReason.ASSIGNED, AccessReason.BREAK_GLASS)
# … and of these the reasons to write in it. What was opened in an emergency is read only.
WORKS_FILE = (AccessReason.UNIT_WORKS, AccessReason.ASSIGNED)
WHOLE_AREA = frozenset({Role.SUPERVISOR})


def sees_whole_area(actor: Actor) -> bool:
    """A supervisor sees every file of the area; others only what a row grants."""
    return actor.role in WHOLE_AREA


def is_guest(user_id: InstrumentedAttribute[uuid.UUID], now: Any) -> ColumnElement[bool]:
    """Has this person a file open in an emergency?"""
    return exists().where(
        CaseAccess.holder_id == user_id,
        CaseAccess.reason == AccessReason.BREAK_GLASS,
        CaseAccess.since <= now,
        or_(CaseAccess.until.is_(None), CaseAccess.until > now),
    )


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
    denied = select(CaseDenial.id).where(
        CaseDenial.user_id == bindparam("access_user", type_=Uuid),
        CaseDenial.child_id == CaseAccess.child_id,
        CaseDenial.until.is_(None),
    )
    rows = select(column).where(
        ~denied.exists(),
        CaseAccess.holder_id.in_(
            [bindparam("access_unit", type_=Uuid), bindparam("access_user", type_=Uuid)]
        ),
        CaseAccess.since <= now,
        or_(CaseAccess.until.is_(None), CaseAccess.until > now),
    )
    if role in (Role.ANALYST, Role.ADMINISTRATOR):
        return rows.where(false())
    if role in SECTIONS:
        return rows.where(CaseAccess.reason.in_(OPENS_FILE))
    return rows.where(CaseAccess.reason == AccessReason.REPORTED)


def read_as(session: Session, actor: Actor) -> None:
    """Until the transaction ends the database shows what this person may know of, no more."""
    say_who_reads(
        session,
        now=clock.now(),
        user=actor.id,
        unit=actor.unit_id,
        role=actor.role,
        commune=actor.commune_code,
        kept_out=is_kept_out(actor.id),
    )


def said_of_account(now: Any) -> list[Label[str]]:
    """`said_for` of the user whose row a statement finds beside the unit's."""
    return said_for(
        now=now,
        user=User.id,
        unit=Unit.id,
        role=User.role,
        commune=Unit.commune_code,
        kept_out=is_kept_out(User.id),
    )


def works_for(session: Session, actor: Actor, child_id: uuid.UUID) -> bool:
    """Does the actor's unit, or the actor, work a case of this child now? Who only opened it in an
    emergency does not."""
    works = granted(actor, CaseAccess.id).where(
        CaseAccess.child_id == child_id, CaseAccess.reason.in_(WORKS_FILE)
    )
    return session.scalar(works.limit(1)) is not None


def opened_to(user_id: Any, unit_id: Any, case_id: Any, now: datetime) -> ColumnElement[bool]:
    """A row opens the file of this case to this person or their unit: columns, for statements about
    people who are not the actor."""
    return (
        select(CaseAccess.id)
        .where(
            CaseAccess.case_id == case_id,
            or_(CaseAccess.holder_id == user_id, CaseAccess.holder_id == unit_id),
            CaseAccess.reason.in_(OPENS_FILE),
            CaseAccess.since <= now,
            or_(CaseAccess.until.is_(None), CaseAccess.until > now),
        )
        .exists()
    )


def denied_children(actor: Actor) -> Select[uuid.UUID]:
    """The children of the cases this person is kept out of: for who needs no row to see a case."""
    return select(CaseDenial.child_id).where(
        CaseDenial.user_id == actor.id, CaseDenial.until.is_(None)
    )


def denied_cases(actor: Actor) -> Select[uuid.UUID]:
    """Every case of those children, also the ones that the database does not show to the actor: to
    be left out of what is no file (an offer, a packet, something due)."""
    return select(func.vt_denied_cases(actor.id, type_=Uuid).column_valued("case_id"))


def denied_reports(actor: Actor) -> Select[uuid.UUID]:
    """Every report of such a child."""
    return select(func.vt_denied_reports(actor.id, type_=Uuid).column_valued("report_id"))


def is_kept_out(user_id: Any) -> ColumnElement[bool]:
    """Of anybody at all; most people never are."""
    return exists().where(CaseDenial.user_id == user_id, CaseDenial.until.is_(None))


def kept_out_of(child_id: uuid.UUID) -> Select[uuid.UUID]:
    """The people who are kept out of a child: whoever answers for it must not be among them."""
    return select(CaseDenial.user_id).where(
        CaseDenial.child_id == child_id, CaseDenial.until.is_(None)
    )


def end_own_access(session: Session, *, user_id: uuid.UUID, now: datetime) -> None:
    """What this person may see as a person ends: another role or unit has other reasons."""
    running = or_(CaseAccess.until.is_(None), CaseAccess.until > now)
    session.execute(
        update(CaseAccess).where(CaseAccess.holder_id == user_id, running).values(until=now)
    )
