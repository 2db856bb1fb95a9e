"""One obligation as its page shows it: who was told, what was answered."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session, aliased, raiseload

from app.auth.actor import Actor
from app.auth.models import Role, User
from app.auth.permissions import Section, sections_of
from app.cases import policy as cases
from app.cases.models import Case, ConferenceAction, PlanActivity
from app.core.sealed import DataKey, open_field
from app.referrals.models import RoomTask
from app.reminders.models import (
    Channel,
    Delivery,
    Obligation,
    ObligationAnswer,
    PersonalReminder,
)
from app.reminders.policy import PERSONAL, RECEIVED
from app.reminders.queries.numbers import number_of, service_of, unit_of, with_referral

MOST_TOLD = 100


class Told(NamedTuple):
    """One person was told in the application."""

    occurrence: str
    at: datetime
    name: str
    role: Role
    read_at: datetime | None


class Answered(NamedTuple):
    """`reason` is None for who may not read the plan of the case."""

    id: uuid.UUID
    answer: str
    at: datetime
    by_id: uuid.UUID
    by_name: str
    until: datetime | None
    to_name: str | None
    reason: str | None
    decided_at: datetime | None
    decided_name: str | None
    is_approved: bool | None

    @property
    def is_pending(self) -> bool:
        return self.answer == "not_needed" and self.decided_at is None


class About(NamedTuple):
    """Who does it, of which case, and for the sender of a referral what is asked of whom."""

    who: str | None
    number: str | None
    report_id: uuid.UUID | None
    other_unit: str | None
    service: str | None


def about(session: Session, obligation: Obligation) -> About:
    kind = Obligation.kind
    columns: tuple[Any, ...] = (User.name, number_of(kind, Obligation.unit_id), Case.report_id)
    wanted: Select[Any] = (
        select(*columns, unit_of(), service_of(kind))
        .select_from(Obligation)
        .join(Case, Case.id == Obligation.case_id, isouter=True)
        .join(User, User.id == obligation.answers_id, isouter=True)
        .where(Obligation.id == obligation.id)
    )
    return About(*session.execute(with_referral(wanted, kind, Obligation.subject_id)).one())


def told_of(session: Session, obligation_id: uuid.UUID) -> list[Told]:
    """The first to be told comes first."""
    rows = session.execute(
        select(Delivery.occurrence, Delivery.created_at, User.name, User.role, Delivery.read_at)
        .join(User, User.id == Delivery.recipient_id)
        .where(Delivery.obligation_id == obligation_id, Delivery.channel == Channel.APP)
        .order_by(Delivery.created_at, Delivery.id)
        .limit(MOST_TOLD)
    )
    return [Told(*row) for row in rows]


def answers_of(session: Session, actor: Actor, obligation: Obligation) -> Sequence[Answered]:
    """What people answered, the newest first. Words about a case are of its plan; what a unit was
    asked, that unit reads."""
    by, to, decided = aliased(User), aliased(User), aliased(User)
    rows = session.execute(
        select(ObligationAnswer, by.name, to.name, decided.name, DataKey.id, DataKey.wrapped)
        .join(by, by.id == ObligationAnswer.by_id)
        .join(DataKey, DataKey.id == ObligationAnswer.key_id)
        .join(to, to.id == ObligationAnswer.to_id, isouter=True)
        .join(decided, decided.id == ObligationAnswer.decided_by, isouter=True)
        .where(ObligationAnswer.obligation_id == obligation.id)
        .order_by(ObligationAnswer.at.desc())
        .limit(MOST_TOLD)
        .options(raiseload(ObligationAnswer.key))
    )
    is_asked = obligation.kind in RECEIVED and obligation.unit_id == actor.unit_id
    may_read = is_asked or Section.PLAN in sections_of(actor)
    return [
        Answered(
            id=one.id,
            answer=one.answer,
            at=one.at,
            by_id=one.by_id,
            by_name=by_name,
            until=one.until,
            to_name=to_name,
            reason=_reason(one, key_id, wrapped) if may_read or one.by_id == actor.id else None,
            decided_at=one.decided_at,
            decided_name=decided_name,
            is_approved=one.is_approved,
        )
        for one, by_name, to_name, decided_name, key_id, wrapped in rows
    ]


def _reason(one: ObligationAnswer, key_id: uuid.UUID, wrapped: bytes | None) -> str | None:
    key = (key_id, wrapped)
    return open_field(ObligationAnswer, "reason", one.id, key, one.reason_sealed)


# What is to be done in words, where it stands: in the plan, in minutes, in a shared room.
_TASKS: dict[str, type[PlanActivity] | type[ConferenceAction] | type[RoomTask]] = {
    "activity": PlanActivity,
    "meeting_action": ConferenceAction,
    "room_task": RoomTask,
}


def words_of(session: Session, actor: Actor, obligation: Obligation) -> str | None:
    """What one wrote for oneself; nobody else reads it."""
    if obligation.kind != PERSONAL:
        return None
    return texts_of(session, actor, [obligation.subject_id]).get(obligation.subject_id)


def task_of(session: Session, actor: Actor, obligation: Obligation) -> str | None:
    """What is to be done, for who reads the plan of the case, or was asked in a room."""
    table = _TASKS.get(obligation.kind)
    is_asked = obligation.kind == "room_task" and obligation.unit_id == actor.unit_id
    if table is None or not (is_asked or Section.PLAN in sections_of(actor)):
        return None
    wanted = (
        select(table.id, table.what_sealed, DataKey.id, DataKey.wrapped)
        .join(DataKey, DataKey.id == table.key_id)
        .where(table.id == obligation.subject_id)
    )
    if not is_asked:
        seen = cases.visible_ids(actor)
        wanted = wanted.where(literal(obligation.case_id).in_(seen))
    row = session.execute(wanted).first()
    return row and open_field(table, "what", row[0], (row[2], row[3]), row[1])


def newer_of(session: Session, obligation: Obligation) -> tuple[uuid.UUID, datetime] | None:
    """(id, due at) of the same thing with a later end: its time was extended."""
    row = session.execute(
        select(Obligation.id, Obligation.due_at)
        .where(
            Obligation.kind == obligation.kind,
            Obligation.subject_id == obligation.subject_id,
            Obligation.closed_at.is_(None),
            Obligation.due_at > obligation.due_at,
        )
        .order_by(Obligation.due_at.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def texts_of(
    session: Session, actor: Actor, reminder_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, str | None]:
    """Of one's own reminders among these; one statement, none where there is nothing to read."""
    if not reminder_ids:
        return {}
    one = PersonalReminder
    rows = session.execute(
        select(one.id, one.text_sealed, DataKey.id, DataKey.wrapped)
        .join(DataKey, DataKey.id == one.key_id)
        .where(one.id.in_(reminder_ids), one.user_id == actor.id)
    )
    return {row[0]: open_field(one, "text", row[0], (row[2], row[3]), row[1]) for row in rows}
