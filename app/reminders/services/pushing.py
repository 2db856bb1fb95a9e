"""Browsers that agreed to be pushed to."""

import hashlib
import json
import uuid
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.core.errors import InvalidInput
from app.reminders.channels.public_hosts import is_push_service
from app.reminders.models import Channel, PushSubscription, ReminderChoice
from app.reminders.services.choices import REST
from app.reminders.services.own_choices import first_choice, locked_choice

MOST = 3
AUTH_BYTES = 16


def subscriptions_of(session: Session, user_id: uuid.UUID) -> Sequence[PushSubscription]:
    """The newest first, those that failed too."""
    return session.scalars(
        select(PushSubscription)
        .where(PushSubscription.user_id == user_id)
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
    ).all()


def subscribe(
    session: Session, *, actor: Actor, endpoint: str, p256dh: str, auth: str, now: datetime
) -> PushSubscription:
    """This browser, for this person: whoever had it before on a shared computer has it no more.

    Raises InvalidInput("endpoint") for an address of no push service, and for broken keys.
    """
    if not is_push_service(endpoint) or not _are_keys(p256dh, auth):
        raise InvalidInput("endpoint", _l("Trình duyệt này không đăng ký nhận thông báo được."))
    choice, user = locked_choice(session, actor)
    hashed = hashlib.sha256(endpoint.encode()).digest()
    session.execute(delete(PushSubscription).where(PushSubscription.endpoint_hash == hashed))
    for older in subscriptions_of(session, actor.id)[MOST - 1 :]:
        session.delete(older)
    made = PushSubscription(
        key=user.key,
        user_id=actor.id,
        endpoint_hash=hashed,
        endpoint=endpoint,
        keys=json.dumps({"p256dh": p256dh, "auth": auth}),
        created_at=now,
    )
    session.add(made)
    choice = choice or first_choice(session, user, now)
    _begin_choosing(choice, now)
    session.flush()
    _record(session, actor, choice.id, "push_on", now)
    return made


def unsubscribe(
    session: Session, *, actor: Actor, subscription: PushSubscription, now: datetime
) -> None:
    """It is forgotten; the browser itself need not agree."""
    session.delete(subscription)
    session.flush()
    _record(session, actor, subscription.id, "push_off", now)


def _begin_choosing(choice: ReminderChoice, now: datetime) -> None:
    """Who never chose push for anything gets it for everything, until they choose."""
    push = Channel.PUSH.value
    if any(push in names for names in choice.channels.values()):
        return
    known = {REST: [], **choice.channels}
    choice.channels = {kind: [*names, push] for kind, names in known.items()}
    choice.changed_at = now


def _are_keys(p256dh: str, auth: str) -> bool:
    """A point of the curve, and a secret of sixteen bytes."""
    try:
        point, secret = (
            urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (p256dh, auth)
        )
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, Error):
        return False
    return len(secret) == AUTH_BYTES and len(point) == 65


def _record(
    session: Session, actor: Actor, subject_id: uuid.UUID, what: str, now: datetime
) -> None:
    record(
        session,
        actor,
        AuditAction.REMINDER_CHOICE_CHANGED,
        at=now,
        subject_id=subject_id,
        data={"fields": [what]},
    )
