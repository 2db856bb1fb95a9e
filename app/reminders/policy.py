"""Whose obligation it is, and who may answer it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select

from app.auth.actor import Actor
from app.auth.grants import denied_cases, sees_whole_area
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

PERSONAL, ROUTE = "personal", "clock.T_ROUTE"
APPROVE = "clock.T_APPROVE"  # the Chair's, and nobody else's of the unit
RECEIVED = frozenset({"referral_new", "referral_service", "room_task"})  # by the unit that is asked
ASKED = frozenset({"referral_new", "referral_service"})  # of a unit; ended by its answer
# An answer elsewhere ends these, and nothing else: nobody says here that they are not needed.
ENDED_ELSEWHERE = ASKED | {
    "dispute",
    "procuracy",
    "glass_review",
    "reading_question",
    "periodic_report",
    "board_values",
}
LONGEST_SNOOZE, LATE_SNOOZE = timedelta(days=14), timedelta(hours=24)
NOBODY = frozenset({Role.ANALYST, Role.ADMINISTRATOR})  # they see no case data at all
# who does what their unit has to do; the Chair sees it, a supervisor only what was told to them
DOERS = frozenset({Role.CP_WORKER, Role.AGENCY_OFFICER, Role.UNIT_LEAD})
OF_UNIT = DOERS | {Role.COMMUNE_CHAIR}
_AGENCY = (Role.AGENCY_OFFICER, Role.UNIT_LEAD)
# to whom of the unit a role may give one thing to do
COLLEAGUES: Mapping[Role, tuple[Role, ...]] = {
    Role.CP_WORKER: (Role.CP_WORKER,),
    Role.COMMUNE_CHAIR: (Role.CP_WORKER,),
    Role.AGENCY_OFFICER: _AGENCY,
    Role.UNIT_LEAD: _AGENCY,
    Role.INTAKE: (Role.INTAKE,),
}


def visible_to(actor: Actor) -> Select[Obligation]:
    """What this person has to do, their unit has, or was told of; never of a child from whom they
    are kept out."""
    if actor.role in NOBODY:
        return select(Obligation).where(false())
    told = select(Delivery.id).where(
        Delivery.obligation_id == Obligation.id,
        Delivery.recipient_id == actor.id,
        Delivery.channel == Channel.APP,
    )
    mine = [
        Obligation.user_id == actor.id,
        Obligation.handed_to_id == actor.id,
        told.exists(),
    ]
    if actor.role in OF_UNIT:
        mine.append((Obligation.unit_id == actor.unit_id) & (Obligation.kind != PERSONAL))
    if actor.role is Role.INTAKE:
        mine.append((Obligation.unit_id == actor.unit_id) & (Obligation.kind == ROUTE))
    return select(Obligation).where(
        or_(*mine),
        or_(Obligation.case_id.is_(None), Obligation.case_id.not_in(denied_cases(actor))),
        in_reach(actor),
    )


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """What was told to somebody is theirs only as long as it could be told to them today: of their
    unit, of a supervisor's area; what one set for oneself, on a case one may still open."""
    if actor.role in NOBODY:
        return false()
    seen = cases.visible_ids(actor)
    is_open = or_(Obligation.case_id.is_(None), Obligation.case_id.in_(seen))
    if actor.role is Role.SUPERVISOR:
        return is_open
    of_nobody = Obligation.unit_id.is_(None) & is_open
    return or_(Obligation.unit_id == actor.unit_id, of_nobody)


def open_to(actor: Actor) -> Select[Obligation]:
    return visible_to(actor).where(Obligation.closed_at.is_(None))


def done_by(actor: Actor) -> Select[Obligation]:
    """What this person has to do, or may do for a colleague of the unit: `does_it`."""
    return visible_to(actor).where(_is_done_by(actor))


def put_off_by(actor: Actor) -> Select[Obligation]:
    """`may_put_off`."""
    named = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
    asked = or_(named.is_(None), named == actor.id, Obligation.stand_in_id == actor.id)
    return done_by(actor).where(asked)


def dropped_by(actor: Actor) -> Select[Obligation]:
    """`may_drop`."""
    return _settled_by(actor).where(Obligation.kind.not_in(ENDED_ELSEWHERE))


def handed_by(actor: Actor) -> Select[Obligation]:
    """`may_hand_over`."""
    return _settled_by(actor).where(
        Obligation.unit_id == actor.unit_id,
        Obligation.kind.not_in((PERSONAL, APPROVE)),
        literal(actor.role in COLLEAGUES),
    )


def _settled_by(actor: Actor) -> Select[Obligation]:
    """`_settles`."""
    of_unit = and_(Obligation.unit_id == actor.unit_id, literal(_is_chair(actor)))
    return visible_to(actor).where(or_(_is_done_by(actor), of_unit))


def told_to(actor: Actor) -> Select[Obligation]:
    """What others do, and this person knows of."""
    return visible_to(actor).where(~_is_done_by(actor))


def _is_done_by(actor: Actor) -> ColumnElement[bool]:
    named = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
    of_unit = Obligation.unit_id.is_not_distinct_from(actor.unit_id)
    own = named.is_not_distinct_from(actor.id)
    if _is_chair(actor):
        return or_(own, of_unit & (Obligation.kind == APPROVE))
    is_doer = actor.role in DOERS | {Role.INTAKE}
    return or_(own, of_unit & (Obligation.kind != APPROVE)) if is_doer else own


def _is_chair(actor: Actor) -> bool:
    return actor.role is Role.COMMUNE_CHAIR


def personal_of(actor: Actor) -> Select[Obligation]:
    """What became due of one's own reminders: done by a button."""
    return visible_to(actor).where(Obligation.kind == PERSONAL, Obligation.user_id == actor.id)


def own_reminders(actor: Actor) -> Select[PersonalReminder]:
    """What one set for oneself, on cases that one may still open."""
    seen = cases.visible_ids(actor)
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
    """What could be loaded may be answered; a reminder is set on a case that one may open, and did
    not only open in an emergency."""
    if isinstance(subject, Case):
        return subject.unit_id == actor.unit_id or sees_whole_area(actor)
    return not isinstance(subject, PersonalReminder) or subject.user_id == actor.id


@rule(Permission.REMINDER_DECIDE)
def can_decide(actor: Actor, obligation: Obligation) -> bool:
    """The Chair or lead of the unit, a supervisor of the area; not who asked
    (ObligationAnswer.decide)."""
    is_head = actor.role in (Role.COMMUNE_CHAIR, Role.UNIT_LEAD)
    return actor.role is Role.SUPERVISOR or (is_head and obligation.unit_id == actor.unit_id)


def does_it(actor: Actor, obligation: Obligation) -> bool:
    """It is this person's to do, or to do for a colleague of the unit."""
    if obligation.answers_id == actor.id:
        return True
    of_unit = obligation.unit_id is not None and obligation.unit_id == actor.unit_id
    if obligation.kind == APPROVE or _is_chair(actor):
        return of_unit and _is_chair(actor) and obligation.kind == APPROVE
    return of_unit and actor.role in DOERS | {Role.INTAKE}


def snoozed_at_most(obligation: Obligation, now: datetime) -> datetime:
    """Until when it may be put off: what the law or another unit waits for not beyond its time,
    and once it is late for a day."""
    if not (obligation.is_legal or obligation.kind in ASKED):
        return now + LONGEST_SNOOZE
    if obligation.due_at <= now:
        return now + LATE_SNOOZE
    return min(obligation.due_at, now + LONGEST_SNOOZE)


def may_put_off(actor: Actor, obligation: Obligation) -> bool:
    """Who is asked, or stands in: nobody makes another's reminder sleep."""
    asked = (None, actor.id)
    is_theirs = obligation.answers_id in asked or obligation.stand_in_id == actor.id
    return is_theirs and does_it(actor, obligation)


def may_drop(actor: Actor, obligation: Obligation) -> bool:
    """Say that it is not needed; not of what only an answer elsewhere ends."""
    return obligation.kind not in ENDED_ELSEWHERE and _settles(actor, obligation)


def may_hand_over(actor: Actor, obligation: Obligation) -> bool:
    of_unit = obligation.unit_id is not None and obligation.unit_id == actor.unit_id
    is_given = obligation.kind not in (PERSONAL, APPROVE) and actor.role in COLLEAGUES
    return of_unit and is_given and _settles(actor, obligation)


def _settles(actor: Actor, obligation: Obligation) -> bool:
    """Who does it, and the Chair of the unit."""
    is_chair = _is_chair(actor) and obligation.unit_id == actor.unit_id
    return is_chair or does_it(actor, obligation)


def is_own_reminder(actor: Actor, obligation: Obligation) -> bool:
    """Set by this person: said to be done by a button; all else is done by recording it."""
    return obligation.kind == PERSONAL and obligation.user_id == actor.id


@rule(Permission.SYSTEM_HEALTH)
def can_mend(_actor: Actor, _subject: Message) -> bool:
    """The role says it all: what did not arrive belongs to nobody's case."""
    return True
