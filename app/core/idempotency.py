"""A form sent twice (double click, retry, lost connection) creates one thing."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import LargeBinary, Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.crypto import keyring
from app.core.db import Base
from app.core.errors import RepeatedKey


class IdempotencyKey(Base):
    """The answer that a form got, kept in the transaction that its first sending committed."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    route: Mapped[str]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    location: Mapped[str | None]  # an address of ours: ids only
    created_at: Mapped[datetime] = mapped_column(index=True)


# Built once, on the table rather than the class: every form pays for them.
_keys = cast(Table, IdempotencyKey.__table__)
_CLAIM = insert(_keys).on_conflict_do_nothing().returning(_keys.c.key)
_this = (_keys.c.user_id == bindparam("of_user")) & (_keys.c.key == bindparam("of_key"))
_SETTLE = update(_keys).where(_this).values(location=bindparam("led_to"))
_FORGET = delete(_keys).where(_this)


def body_hash(fields: Iterable[tuple[str, str]]) -> bytes:
    """A keyed hash of the sorted fields; every name and value is length-prefixed.

    Keyed, because a form may hold little more than a name: a plain hash could be guessed.
    """
    digest = hashlib.sha256()
    for part in (text.encode() for pair in sorted(fields) for text in pair):
        digest.update(len(part).to_bytes(4, "big") + part)
    return keyring().lookup("form body", digest.hexdigest())


def claim(
    session: Session, *, user_id: uuid.UUID, key: uuid.UUID, route: str, body: bytes, now: datetime
) -> str | None:
    """None for the first sending; the stored location for a repetition of the same form.

    A second sending waits here until the first has committed or failed. Raises RepeatedKey when
    the key comes back with another body or at another route.
    """
    sent = {"user_id": user_id, "key": key, "route": route, "body_hash": body, "created_at": now}
    if session.execute(_CLAIM, sent).first():
        return None
    known = session.execute(
        select(IdempotencyKey.route, IdempotencyKey.body_hash, IdempotencyKey.location).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.key == key
        )
    ).one()
    if known.route != route or known.body_hash != body:
        raise RepeatedKey
    return known.location or "/"


def settle(session: Session, *, user_id: uuid.UUID, key: uuid.UUID, location: str | None) -> None:
    """Keep where the first sending led to; without a location (a form shown again) forget the
    key."""
    this = {"of_user": user_id, "of_key": key}
    if location is None:
        session.execute(_FORGET, this)
    else:
        session.execute(_SETTLE, {**this, "led_to": location})


def forget_old(session: Session, before: datetime) -> None:
    """Delete older keys: no form is sent again after that."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
