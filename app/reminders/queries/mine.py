"""Whose obligations a person has to do: their own, those of whom they stand in for, what was handed
to them, and what nobody of the unit has."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Exists,
    ScalarSelect,
    Select,
    Uuid,
    and_,
    any_,
    cast,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from app.auth.actor import Actor
from app.auth.models import Absence, Role, User
from app.reminders.models import Channel, Delivery, Obligation, ObligationAnswer
from app.reminders.policy import APPROVE, DOERS, PERSONAL, ROUTE


def people_of(actor: Actor, today: date) -> ColumnElement[Any]:
    """An array, for `= ANY`: the actor, whom they stand in for, and closed accounts of the unit,
    so that what these had to do is nobody's but the unit's."""
    people = [
        select(cast(actor.id, Uuid)),
        select(Absence.user_id).where(
            Absence.deputy_id == actor.id,
            Absence.cancelled_at.is_(None),
            Absence.since_on <= today,
            Absence.until_on >= today,
        ),
    ]
    if actor.role in DOERS | {Role.INTAKE}:
        closed = User.is_active.is_(False) & (User.unit_id == actor.unit_id)
        people.append(select(User.id).where(closed))
    listed = union_all(*people).scalar_subquery()
    return func.array(listed, type_=ARRAY(Uuid))


def is_mine(actor: Actor, today: date) -> ColumnElement[bool]:
    """Of an Obligation: it is this person's to do. What one set for oneself is nobody else's."""
    people = people_of(actor, today)
    named = or_(
        Obligation.user_id == actor.id,
        and_(Obligation.user_id == any_(people), Obligation.kind != PERSONAL),
    )
    mine: list[ColumnElement[bool]] = [
        Obligation.handed_to_id == any_(people),
        and_(Obligation.handed_to_id.is_(None), named),
    ]
    nobody = and_(
        Obligation.unit_id == actor.unit_id,
        Obligation.handed_to_id.is_(None),
        Obligation.user_id.is_(None),
    )
    if actor.role in DOERS:
        mine.append(nobody & (Obligation.kind != APPROVE))
    elif actor.role is Role.COMMUNE_CHAIR:
        mine.append(nobody & (Obligation.kind == APPROVE))
    elif actor.role is Role.INTAKE:
        mine.append(nobody & (Obligation.kind == ROUTE))
    return or_(*mine)


def is_told(user_id: UUID) -> ColumnElement[bool]:
    """Of an Obligation: told to this person, who has not acted on it."""
    told = select(Delivery.obligation_id).where(
        Delivery.recipient_id == user_id,
        Delivery.channel == Channel.APP,
        Delivery.acted_at.is_(None),
    )
    return Obligation.id.in_(told)


def pending_of(obligation_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> Exists:
    """Somebody says that it is not needed, and nobody has agreed or refused yet."""
    return _asked(obligation_id).exists()


def asker_of(
    obligation_id: ColumnElement[UUID] | InstrumentedAttribute[UUID],
) -> ScalarSelect[UUID]:
    """Who says so; NULL where nobody does."""
    return _asked(obligation_id).limit(1).scalar_subquery()


def _asked(
    obligation_id: ColumnElement[UUID] | InstrumentedAttribute[UUID],
) -> Select[UUID]:
    return select(ObligationAnswer.by_id).where(
        ObligationAnswer.obligation_id == obligation_id,
        ObligationAnswer.answer == "not_needed",
        ObligationAnswer.decided_at.is_(None),
    )
