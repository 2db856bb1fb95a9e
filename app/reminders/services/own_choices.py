"""What one person says about being reminded: channels, hours, a number, a calendar's address."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.auth.queries import last_change
from app.core.errors import InvalidInput, StaleEdit
from app.people.identifiers import phone_of
from app.reminders.models import Channel, ReminderChoice
from app.reminders.services.choices import REST

OUTSIDE = (Channel.MAIL, Channel.SMS, Channel.PUSH)
TOKEN_BYTES = 32
HOURS = ("digest_hour", "quiet_from", "quiet_to")
LABELS = {
    "channels": _l("Nhắc bằng gì"),
    "digest_hour": _l("Giờ nhận bản tổng hợp"),
    "quiet_from": _l("Giờ yên tĩnh, từ"),
    "quiet_to": _l("Giờ yên tĩnh, đến"),
    "phone": _l("Số điện thoại nhận tin nhắn"),
}


@dataclass(frozen=True, slots=True)
class ChoiceData:
    """`channels` by kind, "*" for the rest; hours of the clock in Vietnam; `phone` as typed, where
    it `has_phone` at all: without a gateway nobody is asked, and what was said before stays."""

    channels: Mapping[str, Sequence[str]]
    digest_hour: int
    quiet_from: int
    quiet_to: int
    has_phone: bool = False
    phone: str | None = None


def choice_of(session: Session, user_id: uuid.UUID) -> ReminderChoice | None:
    """What they chose; None for who never did."""
    return session.scalars(
        select(ReminderChoice).where(ReminderChoice.user_id == user_id)
    ).one_or_none()


def change_choice(
    session: Session, *, actor: Actor, data: ChoiceData, expected_version: int, now: datetime
) -> list[str]:
    """The names of what changed. `expected_version` is 0 for who never chose.

    Raises InvalidInput("phone"), StaleEdit (saved at another tab meanwhile).
    """
    choice, user = locked_choice(session, actor)
    wanted = _columns(data)
    if (choice.version if choice else 0) != expected_version:
        raise _stale(session, choice)
    if choice is None:
        choice = first_choice(session, user, now)
    changed = [name for name, value in wanted.items() if getattr(choice, name) != value]
    for name in changed:
        setattr(choice, name, wanted[name])
    if changed:
        choice.changed_at = now
        session.flush()
        _record(session, actor, choice, changed, now)
    return changed


def is_other_phone(session: Session, user_id: uuid.UUID, typed: str) -> bool:
    """Would this be another number than the one that messages go to now?"""
    choice = choice_of(session, user_id)
    known = choice.phone if choice else None
    return (phone_of(typed) or typed or None) != known


def answer_mail(session: Session, *, actor: Actor, wants: bool, now: datetime) -> None:
    """To the question on the first page: the daily mail about everything, or none. Who chose
    meanwhile, at another tab, chose."""
    choice, user = locked_choice(session, actor)
    if choice is None:
        choice = first_choice(session, user, now)
    if choice.channels:
        return
    choice.channels, choice.changed_at = {REST: [Channel.MAIL.value] if wants else []}, now
    session.flush()
    _record(session, actor, choice, ["channels"], now)


def renew_feed(session: Session, *, actor: Actor, now: datetime) -> str:
    """A new secret for the address of one's calendar: told this once, only its hash is kept. The
    one before is worth nothing from now on."""
    choice, user = locked_choice(session, actor)
    if choice is None:
        choice = first_choice(session, user, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    choice.feed_hash, choice.changed_at = feed_hash(token), now
    session.flush()
    _record(session, actor, choice, ["feed_on"], now)
    return token


def stop_feed(session: Session, *, actor: Actor, now: datetime) -> None:
    """The address answers no more; a second time there is nothing to do."""
    choice, _user = locked_choice(session, actor)
    if choice is None or choice.feed_hash is None:
        return
    choice.feed_hash, choice.changed_at = None, now
    session.flush()
    _record(session, actor, choice, ["feed_off"], now)


def feed_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def locked_choice(session: Session, actor: Actor) -> tuple[ReminderChoice | None, User]:
    """Two tabs at once: the second waits, also where there is no row yet."""
    user = session.scalars(
        select(User).where(User.id == actor.id).with_for_update(of=User, key_share=True)
    ).one()
    choice = choice_of(session, actor.id)
    if choice is not None:
        session.refresh(choice)
    return choice, user


def first_choice(session: Session, user: User, now: datetime) -> ReminderChoice:
    choice = ReminderChoice(key=user.key, user_id=user.id, channels={}, changed_at=now)
    session.add(choice)
    session.flush()
    return choice


def _columns(data: ChoiceData) -> dict[str, object]:
    known = {channel.value for channel in OUTSIDE}
    wanted: dict[str, object] = {
        "channels": {
            kind: [name for name in chosen if name in known]
            for kind, chosen in data.channels.items()
        },
        **{name: getattr(data, name) for name in HOURS},
    }
    if data.has_phone:
        wanted["phone"] = _number(data.phone)
    return wanted


def _number(typed: str | None) -> str | None:
    """As a gateway wants it, +84912345678. Raises InvalidInput("phone")."""
    if not typed:
        return None
    number = phone_of(typed)
    if number is None or number.startswith("+842"):
        raise InvalidInput("phone", _l("Số di động Việt Nam gồm 10 chữ số, ví dụ 0912 345 678."))
    return number


def _stale(session: Session, choice: ReminderChoice | None) -> StaleEdit:
    if choice is None:
        return StaleEdit([], 0)
    who = last_change(session, choice.id)
    hours = [(str(LABELS[name]), getattr(choice, name)) for name in HOURS]
    rows = [(label, f"{hour:02}:00", who) for label, hour in hours if hour is not None]
    return StaleEdit(rows, choice.version)


def _record(
    session: Session, actor: Actor, choice: ReminderChoice, fields: list[str], now: datetime
) -> None:
    record(
        session,
        actor,
        AuditAction.REMINDER_CHOICE_CHANGED,
        at=now,
        subject_id=choice.id,
        data={"fields": fields},
    )
