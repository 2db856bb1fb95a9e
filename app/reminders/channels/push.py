"""Web Push (RFC 8030): how many things wait, encrypted for that browser only (RFC 8291)."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import SplitResult, urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.reminders.channels.answers import Refused, Unreachable
from app.reminders.channels.http import converse
from app.reminders.channels.public_hosts import connect
from app.reminders.channels.vapid import Vapid, of_url64
from app.reminders.models import PushSubscription
from app.reminders.services.messages import Carrier, Letter

TAKEN = range(200, 300)
GONE = frozenset({404, 410})  # the browser took it back
NOT_OURS = frozenset({400, 401, 403})  # it was made for another key of ours, or is broken
KEPT_FOR = 12 * 3600  # seconds that the service keeps it for a phone that is off
MOST_BROWSERS = 3  # of one person
ANSWERING = 6.0  # seconds for the whole answer of one service
ENOUGH = 10.0  # seconds after which no further browser is tried
Connect = Callable[[SplitResult], HTTPConnection]


def push_carrier(vapid: Vapid, base_url: str, *, open_to: Connect = connect) -> Carrier:
    """To every browser of the person; it arrived when one of them has it."""

    def carry(session: Session, letter: Letter) -> None:
        found = browsers_of(session, letter)
        if not found:
            raise Refused("no browser")
        began, failures = time.monotonic(), list[Exception | None]()
        for one in found:
            if time.monotonic() - began < ENOUGH:
                failures.append(_try(one, letter, vapid, base_url, open_to))
        if None in failures:
            return
        later = [one for one in failures if one and not isinstance(one, Refused)]
        raise later[0] if later else Refused("gone")

    return carry


def browsers_of(session: Session, letter: Letter) -> Sequence[PushSubscription]:
    return session.scalars(
        select(PushSubscription)
        .where(PushSubscription.user_id == letter.user_id, PushSubscription.failed_at.is_(None))
        .order_by(PushSubscription.created_at.desc())
        .limit(MOST_BROWSERS)
    ).all()


def payload_of(letter: Letter, base_url: str) -> bytes:
    """Whatever waits, these words: a phone shows them to whoever holds it."""
    title = f"Vòng Tay: {len(letter.lines)} việc cần làm"
    return json.dumps({"title": title, "url": f"{base_url}/reminders/"}).encode()


def _try(
    one: PushSubscription, letter: Letter, vapid: Vapid, base_url: str, open_to: Connect
) -> Exception | None:
    """None where it was taken; a browser that took its consent back is asked no more."""
    parts = urlsplit(one.endpoint or "")
    headers = {
        "Authorization": vapid.authorization(parts, clock.now()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_FOR),
        "Topic": letter.message_id.hex,  # a repetition takes the place of the first
        "Urgency": "high" if letter.is_urgent else "normal",
    }
    try:
        body = sealed_for(payload_of(letter, base_url), one.keys or "")
        with closing(open_to(parts)) as connection:
            status = converse(connection, parts, body, headers, seconds=ANSWERING)
    except Unreachable as error:
        return Unreachable(str(error))  # of this service: others may answer
    except (Refused, ValueError) as error:
        one.failed_at = clock.now()
        return Refused(str(error))
    if status in TAKEN:
        return None
    if status in GONE | NOT_OURS:
        one.failed_at = clock.now()
        return Refused(str(status))
    return Unreachable(str(status))


def sealed_for(content: bytes, keys: str) -> bytes:
    """Only the browser with these keys reads it. Raises ValueError for keys that are none."""
    known = json.loads(keys)
    sealed: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=of_url64(known["p256dh"]),
        auth_secret=of_url64(known["auth"]),
        version="aes128gcm",
    )
    return sealed
