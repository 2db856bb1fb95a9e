"""How people want to be reminded: their own, never of a case; and a mail that did not arrive."""

from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.reminders.models import (
    Channel,
    DeliveryState,
    Message,
    PushSubscription,
    ReminderChoice,
)
from app.reminders.services.own_choices import feed_hash

NOT_OF_A_CASE = (ReminderChoice, PushSubscription)
WRITTEN = ("reminder_choices", "push_subscriptions", "messages")
VALID = {"reminder_choices.index": {"digest_hour": "8", "quiet_from": "20"}}
FORM_FIELDS = {
    "deliveries.again": ("idempotency_key",),
    "deliveries.all_again": ("channel",),
    "reminder_choices.answer_mail": ("wants",),
    "reminder_push.start": ("endpoint", "p256dh", "auth"),
    "reminder_push.stop": ("idempotency_key",),
    "reminder_feed.renew": ("idempotency_key",),
    "reminder_feed.stop": ("idempotency_key",),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    now = clock.now()
    message = Message(
        user_id=users[Role.CP_WORKER].id,
        channel=Channel.MAIL,
        is_urgent=False,
        state=DeliveryState.DEAD,
        attempts=1,
        created_at=now,
        try_at=now,
        error="rcpt 550",
    )
    token = f"feed-of-{users[Role.CP_WORKER].id}"
    choice = ReminderChoice(
        key=users[Role.CP_WORKER].key,
        user_id=users[Role.CP_WORKER].id,
        channels={},
        feed_hash=feed_hash(token),
        changed_at=now,
    )
    browser = PushSubscription(
        key=users[Role.CP_WORKER].key,
        user_id=users[Role.CP_WORKER].id,
        endpoint_hash=feed_hash(f"endpoint of {token}"),
        created_at=now,
    )
    session.add_all([message, choice, browser])
    session.flush()
    return {"message_id": message.id, "feed_token": token, "browser_id": browser.id}
