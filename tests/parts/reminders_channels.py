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

NOT_OF_A_CASE = (ReminderChoice, PushSubscription)
WRITTEN = ("reminder_choices", "push_subscriptions", "messages")
VALID = {"reminder_choices.index": {"digest_hour": "8", "quiet_from": "20"}}
FORM_FIELDS = {
    "deliveries.again": ("idempotency_key",),
    "deliveries.all_again": ("channel",),
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
    session.add(message)
    session.flush()
    return {"message_id": message.id}
