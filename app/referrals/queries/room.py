"""The shared room of a case: who is in it, what each of them may read there."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Subquery, func, or_, select
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Unit, UnitKind, User
from app.cases.models import Case, CaseConference, Plan, PlanActivity
from app.cases.models.plans import PlanState
from app.reference.names import search_key
from app.referrals.models import Referral, RoomNote, RoomTask

_PARTS = re.compile(r"[,;(]| - ")
STILL_SHOWN = timedelta(hours=12)  # a meeting, after the hour it is called for


@dataclass(frozen=True, slots=True)
class Member:
    """A unit with an open packet, or the unit that works the case. `tells_others`: its packet says
    that other agencies are involved, so it may know of them and they of it."""

    unit_id: uuid.UUID
    name: str
    kind: UnitKind
    is_case_unit: bool
    tells_others: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """A joint meeting as an invited agency sees it: nothing of what is said there."""

    happened_at: datetime
    place: str | None


def members_of(session: Session, case: Case, *, now: datetime) -> list[Member]:
    """Who is in the room at this moment; one statement."""
    told = _open_packets(case.id, now)
    rows = session.execute(
        select(Unit.id, Unit.short_name, Unit.kind, told.c.tells)
        .outerjoin(told, told.c.unit_id == Unit.id)
        .where(or_(Unit.id == case.unit_id, told.c.unit_id.is_not(None)))
        .order_by(Unit.short_name)
    )
    return [
        Member(row.id, row.short_name, row.kind, row.id == case.unit_id, bool(row.tells))
        for row in rows
    ]


def _open_packets(case_id: uuid.UUID, now: datetime) -> Subquery:
    return (
        select(
            Referral.to_unit_id.label("unit_id"), func.bool_or(Referral.tells_others).label("tells")
        )
        .join(CaseAccess, CaseAccess.id == Referral.access_id)
        .where(
            Referral.case_id == case_id,
            CaseAccess.holder_id == Referral.to_unit_id,
            CaseAccess.reason == AccessReason.REFERRAL,
            CaseAccess.since <= now,
            or_(CaseAccess.until.is_(None), CaseAccess.until > now),
        )
        .group_by(Referral.to_unit_id)
        .subquery()
    )


def known_to(members: Sequence[Member], unit_id: uuid.UUID) -> list[Member]:
    """The others of whom this unit may know: the unit that works the case knows all and is known
    by all; two agencies know each other only where both packets say so."""
    me = next((one for one in members if one.unit_id == unit_id), None)
    if me is None:
        return []
    return [one for one in members if one is not me and _may_meet(me, one)]


def _may_meet(me: Member, other: Member) -> bool:
    if me.is_case_unit or other.is_case_unit:
        return True
    return me.tells_others and other.tells_others


def notes_of(
    session: Session, case_id: uuid.UUID, *, reader: uuid.UUID | None, limit: int
) -> Sequence[RoomNote]:
    """The newest notes with their units. `reader`: only what this unit wrote, or may read; None:
    all, for who works the case."""
    wanted = (
        select(RoomNote)
        .where(RoomNote.case_id == case_id)
        .options(
            joinedload(RoomNote.unit, innerjoin=True),
            joinedload(RoomNote.by, innerjoin=True)
            .load_only(User.name)
            .options(raiseload(User.key)),
        )
        .order_by(RoomNote.at.desc(), RoomNote.id.desc())
        .limit(limit)
    )
    if reader is not None:
        shown = RoomNote.unit_ids.contains([str(reader)])
        wanted = wanted.where(or_(RoomNote.unit_id == reader, shown))
    return session.scalars(wanted).unique().all()


def tasks_of(
    session: Session, case_id: uuid.UUID, *, reader: uuid.UUID | None, limit: int
) -> Sequence[RoomTask]:
    """What units ask of each other, the open ones first. `reader`: only its own, given or taken."""
    wanted = (
        select(RoomTask)
        .where(RoomTask.case_id == case_id)
        .options(
            joinedload(RoomTask.from_unit, innerjoin=True),
            joinedload(RoomTask.to_unit, innerjoin=True),
        )
        .order_by(RoomTask.done_at.is_not(None), RoomTask.due_on, RoomTask.id)
        .limit(limit)
    )
    if reader is not None:
        wanted = wanted.where(or_(RoomTask.from_unit_id == reader, RoomTask.to_unit_id == reader))
    return session.scalars(wanted).unique().all()


def task_for(
    session: Session, case_id: uuid.UUID, task_id: uuid.UUID, *, unit_id: uuid.UUID
) -> RoomTask | None:
    """A task that this unit is to do; None for another's, or of another case."""
    return (
        session.scalars(
            select(RoomTask)
            .where(
                RoomTask.id == task_id,
                RoomTask.case_id == case_id,
                RoomTask.to_unit_id == unit_id,
            )
            .options(joinedload(RoomTask.from_unit, innerjoin=True))
        )
        .unique()
        .one_or_none()
    )


def own_activities(
    session: Session, case: Case, *, unit_id: uuid.UUID, only: uuid.UUID | None = None
) -> Sequence[PlanActivity]:
    """The activities of the approved plan of this cycle for which this unit is responsible."""
    wanted = (
        select(PlanActivity)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(
            PlanActivity.case_id == case.id,
            PlanActivity.responsible_unit_id == unit_id,
            Plan.cycle == case.cycle,
            Plan.state == PlanState.APPROVED,
        )
        .order_by(PlanActivity.position)
    )
    if only is not None:
        wanted = wanted.where(PlanActivity.id == only)
    return session.scalars(wanted).unique().all()


def invitations_of(
    session: Session, case: Case, *, unit_id: uuid.UUID, now: datetime
) -> list[Invitation]:
    """The coming meetings to which this unit is invited, under its full or its short name; three
    statements."""
    unit = session.get_one(Unit, unit_id)
    names = {search_key(unit.name), search_key(unit.short_name)}
    called = session.scalars(
        select(CaseConference)
        .where(
            CaseConference.case_id == case.id,
            CaseConference.held_at.is_(None),
            CaseConference.happened_at > now - STILL_SHOWN,
        )
        .options(selectinload(CaseConference.people))
        .order_by(CaseConference.happened_at)
    ).unique()
    return [
        Invitation(one.happened_at, one.place)
        for one in called
        if any(_is_of(person.agency, names) for person in one.people)
    ]


def _is_of(agency: str | None, names: set[str]) -> bool:
    """“Bệnh viện A, trưởng khoa Nhi” is of Bệnh viện A."""
    return any(search_key(part) in names for part in _PARTS.split(agency or ""))
