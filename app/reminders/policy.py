"""Whose obligation it is, and who may answer it."""

from sqlalchemy import Select, false, or_, select

from app.auth.actor import Actor
from app.auth.grants import denied_children
from app.auth.models import Role
from app.auth.permissions import Permission, rule
from app.cases import policy as cases
from app.cases.models import Case
from app.reminders.models import (
    Channel,
    Delivery,
    Message,
    Obligation,
    PersonalReminder,
    PushSubscription,
)

# who answers for what their unit has to do; a supervisor only for what was told to them
OF_UNIT = frozenset({Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.AGENCY_OFFICER, Role.UNIT_LEAD})


def visible_to(actor: Actor) -> Select[Obligation]:
    """What this person has to do, their unit has, or was told of; never of a child from whom they
    are kept out."""
    if actor.role in (Role.ANALYST, Role.ADMINISTRATOR):
        return select(Obligation).where(false())
    told = select(Delivery.obligation_id).where(
        Delivery.recipient_id == actor.id, Delivery.channel == Channel.APP
    )
    mine = [
        Obligation.user_id == actor.id,
        Obligation.handed_to_id == actor.id,
        Obligation.id.in_(told),
    ]
    if actor.role in OF_UNIT:
        mine.append((Obligation.unit_id == actor.unit_id) & (Obligation.kind != "personal"))
    closed = select(Case.id).where(Case.child_id.in_(denied_children(actor)))
    return select(Obligation).where(
        or_(*mine), or_(Obligation.case_id.is_(None), Obligation.case_id.not_in(closed))
    )


def open_to(actor: Actor) -> Select[Obligation]:
    return visible_to(actor).where(Obligation.closed_at.is_(None))


def own_reminders(actor: Actor) -> Select[PersonalReminder]:
    """What one set for oneself, on cases that one may still open."""
    seen = cases.visible_to(actor).with_only_columns(Case.id)
    return select(PersonalReminder).where(
        PersonalReminder.user_id == actor.id, PersonalReminder.case_id.in_(seen)
    )


def messages(_actor: Actor) -> Select[Message]:
    """Mails and the like hold no case data: an administrator sees all of them."""
    return select(Message)


def own_browsers(actor: Actor) -> Select[PushSubscription]:
    return select(PushSubscription).where(PushSubscription.user_id == actor.id)


@rule(Permission.REMINDER_OWN)
def can_answer(
    actor: Actor, subject: Obligation | PersonalReminder | PushSubscription | Case
) -> bool:
    """What could be loaded may be answered; a reminder is set on a case one may open."""
    return not isinstance(subject, PersonalReminder) or subject.user_id == actor.id


@rule(Permission.SYSTEM_HEALTH)
def can_mend(_actor: Actor, _subject: Message) -> bool:
    """The role says it all: what did not arrive belongs to nobody's case."""
    return True
