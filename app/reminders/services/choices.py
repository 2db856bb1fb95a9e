"""By which channel, and when, one person is reminded of one kind of thing."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.core import clock
from app.reminders.models import Channel, PushSubscription, ReminderChoice
from app.reminders.rules import Limits

REST = "*"  # of the kinds that a person said nothing about; without it nothing is sent of them


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person chose, with what the rules say where nothing was chosen."""

    channels: Mapping[str, list[str]]
    digest_hour: int
    quiet_from: int
    quiet_to: int
    has_mail: bool
    has_phone: bool
    has_push: bool

    def of(self, kind: str, *, is_urgent: bool) -> list[Channel]:
        """Beside the application itself: what was chosen for this kind, and can be reached. What
        is urgent goes by every channel the person has."""
        chosen = self.channels.get(kind, self.channels.get(REST, ()))
        reachable = {
            Channel.MAIL: self.has_mail,
            Channel.SMS: self.has_phone,
            Channel.PUSH: self.has_push,
        }
        return [
            channel
            for channel, is_there in reachable.items()
            if is_there and (is_urgent or channel.value in chosen)
        ]

    def send_after(
        self, channel: Channel, now: datetime, *, is_urgent: bool, at_once: bool = False
    ) -> datetime:
        """At once for danger; mail with the next digest; the others, and what is to be told at its
        time, outside the quiet hours."""
        if is_urgent:
            return now
        if channel is Channel.MAIL and not at_once:
            return _next(now, self.digest_hour)
        return _next(now, self.quiet_to) if self._is_quiet(now) else now

    def _is_quiet(self, now: datetime) -> bool:
        """Two equal hours: never."""
        hour, start, end = clock.local(now).hour, self.quiet_from, self.quiet_to
        if start == end:
            return False
        return start <= hour < end if start < end else hour >= start or hour < end


def _next(now: datetime, hour: int) -> datetime:
    """The next time the clock on the wall shows this hour."""
    local = clock.local(now)
    moment = datetime.combine(local.date(), time(hour), clock.LOCAL)
    return moment if moment > local else moment + timedelta(days=1)


def wishes_of(
    session: Session, user_ids: Iterable[uuid.UUID], limits: Limits
) -> dict[uuid.UUID, Wishes]:
    """Two statements for everybody."""
    ids = set(user_ids)
    pushed = set(
        session.scalars(
            select(PushSubscription.user_id).where(
                PushSubscription.user_id.in_(ids), PushSubscription.failed_at.is_(None)
            )
        )
    )
    rows = session.execute(
        select(
            User.id,
            User.email,
            ReminderChoice.channels,
            ReminderChoice.digest_hour,
            ReminderChoice.quiet_from,
            ReminderChoice.quiet_to,
            ReminderChoice.phone_sealed,
        )
        .join(ReminderChoice, ReminderChoice.user_id == User.id, isouter=True)
        .where(User.id.in_(ids))
    )
    return {
        row.id: Wishes(
            channels=row.channels or {},
            digest_hour=limits.digest_hour if row.digest_hour is None else row.digest_hour,
            quiet_from=limits.quiet_from if row.quiet_from is None else row.quiet_from,
            quiet_to=limits.quiet_to if row.quiet_to is None else row.quiet_to,
            has_mail=bool(row.email),
            has_phone=row.phone_sealed is not None,
            has_push=row.id in pushed,
        )
        for row in rows
    }
