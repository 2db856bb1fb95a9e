"""Who opened a file, by person and day, from the log of that file alone."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Date, Select, cast, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.models import Role, Unit, User
from app.cases.models import Case
from app.core import clock
from app.oversight.models import BreakGlass
from app.oversight.queries.relations import OTHER, Reader, Relations
from app.referrals.models import Referral

A = AuditAction
PRINTS = (A.DOCUMENT_PRINTED.value, A.DOSSIER_READ.value)
# Something of one file was shown, and is on that file's chain.
OPENED = (
    A.CASE_READ.value,
    A.FILE_READ.value,
    A.INFORMANT_READ.value,
    A.SHELTER_READ.value,
    A.REFERRAL_READ.value,
    *PRINTS,
)
CHILD_SHOWN = A.CHILD_READ.value  # on the reader's own chain, with the child as its subject
PAGE = 40


class ReadersFilter(NamedTuple):
    """`show`: "", "others" (of other units), "glass" or "prints". `day`: up to this day.
    `before`: the last reading and the person of the last line of the page before."""

    show: str = ""
    day: date | None = None
    before: tuple[datetime, uuid.UUID] | None = None


class ReaderLine(NamedTuple):
    """One person on one day."""

    user_id: uuid.UUID
    name: str
    unit: str
    role: Role
    relation: str
    referral: str | None  # its number
    first_at: datetime
    last_at: datetime
    times: int
    prints: int


def local_day(moment: Any) -> Any:
    """The day in Vietnam of a column of times."""
    return cast(func.timezone(str(clock.LOCAL), moment), Date)


def start_of(day: date) -> datetime:
    """When a day begins in Vietnam."""
    return datetime.combine(day, time(), clock.LOCAL).astimezone(UTC)


def readers(
    session: Session, case: Case, wanted: ReadersFilter, *, limit: int = PAGE
) -> tuple[list[ReaderLine], tuple[datetime, uuid.UUID] | None]:
    """(the lines, the newest first; the key of the next page). Five statements, each by an index of
    this one file: the log is not read beyond it."""
    rows = session.execute(_grouped(case, wanted).limit(limit + 1)).all()
    more = (rows[limit - 1].last_at, rows[limit - 1].actor_id) if len(rows) > limit else None
    shown = rows[:limit]
    relations = Relations(session, {case.id})
    numbers = _referrals(session, case.id, {row.unit_id for row in shown})
    elsewhere = _readers_elsewhere(session, case)
    lines = []
    for row in shown:
        reader = Reader(row.actor_id, row.unit_id, row.role)
        relation = relations.of(case.id, reader, row.first_at, row.last_at)
        # who read of the child in another file of theirs had to do with that one
        if relation == OTHER and not row.of_case and {reader.user_id, reader.unit_id} & elsewhere:
            continue
        lines.append(
            ReaderLine(
                row.actor_id,
                row.name,
                row.short_name,
                row.role,
                relation,
                numbers.get(row.unit_id) if relation == "referral" else None,
                row.first_at,
                row.last_at,
                row.times,
                row.prints,
            )
        )
    return lines, more


def _grouped(case: Case, wanted: ReadersFilter) -> Select[*tuple[Any, ...]]:
    columns = (AuditEvent.actor_id, AuditEvent.at, AuditEvent.action)
    of_case = select(*columns).where(AuditEvent.chain_id == case.id, AuditEvent.action.in_(OPENED))
    of_child = select(*columns).where(
        AuditEvent.subject_id == case.child_id, AuditEvent.action == CHILD_SHOWN
    )
    read = union_all(of_case, of_child).subquery("read")
    last, times = func.max(read.c.at), func.count()
    prints = func.count().filter(read.c.action.in_(PRINTS))
    rows = (
        select(
            read.c.actor_id,
            User.name,
            User.role,
            User.unit_id,
            Unit.short_name,
            func.min(read.c.at).label("first_at"),
            last.label("last_at"),
            times.label("times"),
            prints.label("prints"),
            func.count().filter(read.c.action != CHILD_SHOWN).label("of_case"),
        )
        .join(User, User.id == read.c.actor_id)
        .join(Unit, Unit.id == User.unit_id)
        .group_by(
            read.c.actor_id, local_day(read.c.at), User.name, User.role, User.unit_id,
            Unit.short_name,
        )
        .order_by(last.desc(), read.c.actor_id.desc())
    )  # fmt: skip
    if wanted.day is not None:
        rows = rows.where(read.c.at < start_of(wanted.day + timedelta(days=1)))
    if wanted.before is not None:
        moment, user_id = wanted.before
        rows = rows.having(tuple_(last, read.c.actor_id) < tuple_(literal(moment), user_id))
    if wanted.show == "others":
        rows = rows.where(or_(literal(case.unit_id is None), User.unit_id != case.unit_id))
    if wanted.show == "glass":
        opened = select(BreakGlass.by_id).where(BreakGlass.case_id == case.id)
        rows = rows.where(read.c.actor_id.in_(opened))
    if wanted.show == "prints":
        rows = rows.having(prints > 0)
    return rows


def _referrals(session: Session, case_id: uuid.UUID, units: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The number of the newest referral of this file to each unit."""
    found = session.execute(
        select(Referral.to_unit_id, Referral.serial, Referral.created_at)
        .where(Referral.case_id == case_id, Referral.to_unit_id.in_(units))
        .order_by(Referral.id)
    )
    return {row.to_unit_id: Referral.numbered(row.created_at, row.serial) for row in found}


def _readers_elsewhere(session: Session, case: Case) -> set[uuid.UUID]:
    """Units and people with a reason to open another file of this child."""
    held = select(CaseAccess.holder_id).where(
        CaseAccess.child_id == case.child_id, CaseAccess.case_id != case.id
    )
    return set(session.scalars(held))


class Opened(NamedTuple):
    action: str
    times: int


def opened_between(
    session: Session, case: Case, user_id: uuid.UUID, since: datetime, until: datetime
) -> Sequence[Opened]:
    """What one person opened of a file in this time, from the file's chain."""
    rows = session.execute(
        select(AuditEvent.action, func.count())
        .where(
            AuditEvent.chain_id == case.id,
            AuditEvent.actor_id == user_id,
            AuditEvent.action.in_(OPENED),
            AuditEvent.at.between(since, until),
        )
        .group_by(AuditEvent.action)
        .order_by(AuditEvent.action)
    )
    return [Opened(*row) for row in rows]
