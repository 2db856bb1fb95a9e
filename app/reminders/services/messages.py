"""Mail, SMS and push: gathered into one message a person, written from the state when it leaves.

At least once: a process that dies between sending and writing that down sends again, under the
same id. Nothing of a child is in a message: a case number, what is due, when, and an address that
asks for sign-in.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.grants import CaseDenial, opened_to
from app.auth.models import Role, User
from app.cases.models import Case
from app.reminders.channels.answers import Down, Refused, Stalled, Unreachable
from app.reminders.models import Channel, Delivery, DeliveryState, Message, Obligation
from app.reminders.policy import NOBODY
from app.reminders.queries.numbers import number_of, with_referral
from app.reminders.rules import Limits
from app.reminders.services.choices import wishes_of

log = logging.getLogger("vongtay.reminders")
MOST_GATHERED = 2_000
GATHERING = 7305002  # the number of the advisory lock
MOST_ATTEMPTS = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
NOT_AT_NIGHT = (Channel.SMS, Channel.PUSH)
A_DAY = timedelta(days=1)  # nobody's quiet hours or digest are further away than that


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do, as it may leave the house: with the number of a referral, or of a case."""

    obligation_id: uuid.UUID
    kind: str
    number: str | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """What a channel carries to one person; what was due before `at` is late."""

    message_id: uuid.UUID
    user_id: uuid.UUID
    is_urgent: bool
    lines: tuple[Line, ...]
    at: datetime


Carrier = Callable[[Session, Letter], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The `number`-th to send one message: written down, and about to be made."""

    message_id: uuid.UUID
    channel: Channel
    number: int


@dataclass(frozen=True, slots=True)
class Handled:
    """One message, sent or not. `is_stalled`: no other of its channel should be tried now."""

    channel: Channel
    is_stalled: bool = False


def gather(session: Session, now: datetime) -> int:
    """Put what waits into messages: one for each person, channel and urgency, however much it is
    and however long the channel was down.

    Returns to how many people and channels; 0 when nothing waits. Where another process gathers at
    this moment it is left to do it: two would make two digests of one.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(GATHERING))):
        return 0
    waiting = session.scalars(
        select(Delivery)
        .where(
            Delivery.state == DeliveryState.WAITING,
            Delivery.message_id.is_(None),
            or_(Delivery.send_after <= now, Delivery.send_after > now + A_DAY),
        )
        .order_by(Delivery.recipient_id, Delivery.send_after)
        .limit(MOST_GATHERED)
        .with_for_update(skip_locked=True)
    ).all()
    groups: dict[tuple[uuid.UUID, Channel, bool], list[uuid.UUID]] = {}
    for one in waiting:
        key = (one.recipient_id, one.channel, one.is_urgent)
        groups.setdefault(key, []).append(one.id)
    for (user_id, channel, is_urgent), ids in groups.items():
        message = _untried(session, user_id, channel, is_urgent=is_urgent) or _begin(
            session, user_id, channel, is_urgent=is_urgent, now=now
        )
        session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(message_id=message.id))
    return len(groups)


def _untried(
    session: Session, user_id: uuid.UUID, channel: Channel, *, is_urgent: bool
) -> Message | None:
    """One that nobody can have received yet: what is new goes along."""
    return session.scalars(
        select(Message)
        .where(
            Message.state == DeliveryState.WAITING,
            Message.user_id == user_id,
            Message.channel == channel,
            Message.is_urgent == is_urgent,
            Message.attempts == 0,
        )
        .order_by(Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _begin(
    session: Session, user_id: uuid.UUID, channel: Channel, *, is_urgent: bool, now: datetime
) -> Message:
    message = Message(
        user_id=user_id, channel=channel, is_urgent=is_urgent, created_at=now, try_at=now
    )
    session.add(message)
    session.flush()
    return message


def send_one(
    make: sessionmaker[Session],
    carriers: Mapping[Channel, Carrier],
    limits: Limits,
    now: datetime,
) -> Handled | None:
    """Send the message that waits longest; None when none does.

    In transactions of its own: an attempt is written down before it is made, so that nothing new
    joins what somebody may have received; what was sent is written down before the next is begun,
    and only its own row is locked meanwhile.
    """
    with make.begin() as session:
        begun = _begin_attempt(session, carriers, limits, now)
    if not isinstance(begun, Attempt):
        return begun
    with make.begin() as session:
        return _make_attempt(session, carriers, begun, now)


def _begin_attempt(
    session: Session, carriers: Mapping[Channel, Carrier], limits: Limits, now: datetime
) -> Attempt | Handled | None:
    message = session.scalars(_waiting(carriers, now)).first()
    if message is None:
        return None
    if not lines_of(session, message, now):
        _end(session, message, DeliveryState.SKIPPED, now)
        return Handled(message.channel)
    message.try_at = _not_in_quiet_hours(session, message, limits, now)
    if message.try_at > now:
        return Handled(message.channel)
    if message.attempts >= MOST_ATTEMPTS:  # of none of them it is known how it ended
        _end(session, message, DeliveryState.DEAD, now)
        return Handled(message.channel)
    message.attempts += 1
    message.try_at = now + _wait(message.attempts)  # where nobody lives to say how it ended
    return Attempt(message.id, message.channel, message.attempts)


def _not_in_quiet_hours(
    session: Session, message: Message, limits: Limits, now: datetime
) -> datetime:
    """Now, or when the quiet hours of this person end: what had to wait may come into them."""
    if message.is_urgent or message.channel not in NOT_AT_NIGHT:
        return now
    wishes = wishes_of(session, [message.user_id], limits)[message.user_id]
    return wishes.send_after(message.channel, now, is_urgent=False)


def _make_attempt(
    session: Session, carriers: Mapping[Channel, Carrier], attempt: Attempt, now: datetime
) -> Handled:
    """Where another process began a later attempt meanwhile, it is that one's."""
    message = session.scalars(
        select(Message)
        .where(
            Message.id == attempt.message_id,
            Message.state == DeliveryState.WAITING,
            Message.attempts == attempt.number,
        )
        .with_for_update()  # who looks for another one may hold it for a moment
    ).first()
    if message is None:
        return Handled(attempt.channel)
    lines = lines_of(session, message, now)
    if not lines:
        _end(session, message, DeliveryState.SKIPPED, now)
        return Handled(message.channel)
    letter = Letter(message.id, message.user_id, message.is_urgent, tuple(lines), now)
    try:
        _carry(session, carriers[message.channel], letter)
    except Refused as error:
        message.error = str(error)
        _end(session, message, DeliveryState.DEAD, now)
    except Unreachable as error:
        _again(session, message, error, now)
        return Handled(message.channel, is_stalled=isinstance(error, Stalled))
    else:
        message.error = None
        _end(session, message, DeliveryState.SENT, now)
    return Handled(message.channel)


def _carry(session: Session, carrier: Carrier, letter: Letter) -> None:
    """Whatever goes wrong with one message stops no other. Raises Refused, Unreachable."""
    try:
        carrier(session, letter)
    except (Refused, Unreachable, SQLAlchemyError):
        raise
    except Exception as error:
        log.exception("reminder.not_carried", extra={"kind": type(error).__name__})
        raise Unreachable(type(error).__name__) from error


def _waiting(carriers: Mapping[Channel, Carrier], now: datetime) -> Select[Message]:
    """A time to try that lies further ahead than any wait was set by a clock that was wrong."""
    may_be_quiet = Message.channel.in_(NOT_AT_NIGHT) & ~Message.is_urgent
    furthest = case((may_be_quiet, now + A_DAY), else_=now + LONGEST_WAIT)
    return (
        select(Message)
        .where(
            Message.state == DeliveryState.WAITING,
            or_(Message.try_at <= now, Message.try_at > furthest),
            Message.channel.in_(list(carriers)),
        )
        .order_by(Message.is_urgent.desc(), Message.try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def lines_of(session: Session, message: Message, now: datetime) -> Sequence[Line]:
    """What of it is still to be told: open, and of children this person may know of."""
    denied = exists().where(
        CaseDenial.child_id == Case.child_id,
        CaseDenial.user_id == message.user_id,
        CaseDenial.until.is_(None),
    )
    kind, number = Obligation.kind, number_of(Obligation.kind, Obligation.unit_id)
    wanted: Select[Any] = (
        select(Obligation.id, kind, number, Obligation.due_at)
        .distinct()
        .join(Delivery, Delivery.obligation_id == Obligation.id)
        .join(User, User.id == Delivery.recipient_id)
        .join(Case, Case.id == Obligation.case_id, isouter=True)
        .where(
            Delivery.message_id == message.id,
            Delivery.state == DeliveryState.WAITING,
            Obligation.closed_at.is_(None),
            _is_still_theirs(now),
            User.is_active,
            ~denied,
        )
        .order_by(Obligation.due_at, Obligation.id)
    )
    rows = session.execute(with_referral(wanted, kind, Obligation.subject_id))
    return [Line(*row) for row in rows]


def _is_still_theirs(now: datetime) -> ColumnElement[bool]:
    """Who was told before somebody else was asked has it no more; who is above them still does."""
    answers = func.coalesce(Obligation.stand_in_id, Obligation.handed_to_id, Obligation.user_id)
    is_head = User.role.in_((Role.COMMUNE_CHAIR, Role.UNIT_LEAD))
    of_unit = (User.unit_id == Obligation.unit_id) & or_(
        Delivery.created_at >= Obligation.asked_at, Delivery.recipient_id == answers, is_head
    )
    own = Obligation.unit_id.is_(None) & or_(
        Obligation.case_id.is_(None), opened_to(User.id, User.unit_id, Obligation.case_id, now)
    )
    return User.role.not_in(NOBODY) & or_(User.role == Role.SUPERVISOR, of_unit, own)


def _again(session: Session, message: Message, error: Unreachable, now: datetime) -> None:
    """Later, each time later still; in the end it is dead. A server that took nothing at all costs
    the message nothing: it leaves when the server is back, however long that takes."""
    message.error = str(error)
    if isinstance(error, Down):
        message.attempts -= 1
        message.try_at = now + FIRST_WAIT
        return
    if message.attempts >= MOST_ATTEMPTS:
        _end(session, message, DeliveryState.DEAD, now)
        return
    message.try_at = now + _wait(message.attempts)


def _wait(attempts: int) -> timedelta:
    """Each time longer, until the next attempt."""
    return min(FIRST_WAIT * (1 << (attempts - 1)), LONGEST_WAIT)


def _end(session: Session, message: Message, state: DeliveryState, now: datetime) -> None:
    message.state = state
    message.sent_at = now if state is DeliveryState.SENT else None
    session.execute(
        update(Delivery)
        .where(Delivery.message_id == message.id)
        .values(state=state, sent_at=message.sent_at)
    )
    record(
        session,
        None,
        AuditAction.REMINDER_SENT,
        at=now,
        subject_id=message.id,
        data={
            "channel": message.channel.value,
            "user_id": message.user_id,
            "state": state.value,
            "attempts": message.attempts,
        },
    )
