"""The ledger: what was told to whom, by which channel; and the messages that carry it out."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class Channel(StrEnum):
    APP = "app"
    MAIL = "mail"
    SMS = "sms"
    PUSH = "push"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"  # what it told was over, or no longer this person's, before it left
    DEAD = "dead"


class NotDead(DomainError):
    message = _l("Thư này đã được gửi lại hoặc đã đến. Hãy tải lại trang.")


class Delivery(Base):
    """One reminder, one occurrence, one channel, one recipient: the unique key makes a second one
    impossible. In the application it is given in the transaction that claims it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "uq_deliveries", "obligation_id", "occurrence", "channel", "recipient_id", unique=True
        ),
        Index(
            "ix_deliveries_bell",
            "recipient_id",
            "created_at",
            postgresql_where="channel = 'app' AND read_at IS NULL AND acted_at IS NULL",
        ),
        Index(
            "ix_deliveries_waiting",
            "send_after",
            postgresql_where="state = 'waiting' AND message_id IS NULL",
        ),
        Index("ix_deliveries_message", "message_id", postgresql_where="message_id IS NOT NULL"),
        Index("ix_deliveries_kind", "kind", "created_at"),
        Index(
            "ix_deliveries_unanswered",  # what was told to one person and is not done
            "recipient_id",
            "obligation_id",
            postgresql_where="channel = 'app' AND acted_at IS NULL",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    obligation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("obligations.id"))
    kind: Mapped[str]
    occurrence: Mapped[str]
    channel: Mapped[Channel]
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    is_urgent: Mapped[bool]
    state: Mapped[DeliveryState]
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("messages.id"))
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]


class Message(Base):
    """One mail, SMS or push: a digest or what is urgent. It is written anew from the state when it
    leaves, so that nothing stale is told; its id is its Message-ID, the same at every attempt."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_waiting", "try_at", postgresql_where="state = 'waiting'"),
        Index("ix_messages_dead", "created_at", postgresql_where="state = 'dead'"),
        Index("ix_messages_user", "user_id", "id"),
        Index("ix_messages_sent", "sent_at", postgresql_where="state = 'sent'"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[Channel]
    is_urgent: Mapped[bool]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]  # the class of the error or the code of the answer, never a text

    def put_back(self, *, now: datetime) -> None:
        """Tried again, under the same id; as one that was tried, which nothing new joins. Raises
        NotDead."""
        if self.state is not DeliveryState.DEAD:
            raise NotDead
        self.state, self.attempts, self.try_at, self.error = DeliveryState.WAITING, 1, now, None


class ReminderChoice(SealedRow, Base):
    """How one person wants to be reminded. `channels` by kind: {"visit": ["mail"]}; "*": the rest.

    The phone is sealed. `feed_hash` is the SHA-256 of the secret address of the calendar.
    """

    __tablename__ = "reminder_choices"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    channels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest_hour: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(32, is_words=False)
    feed_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class PushSubscription(SealedRow, Base):
    """A browser that agreed to be pushed to; its address and keys are sealed."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (Index("ix_push_subscriptions_user", "user_id"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    endpoint_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    endpoint_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    endpoint = Sealed(NAME_BLOCK, is_words=False)
    keys_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    keys = Sealed(is_words=False)  # JSON: p256dh, auth
    created_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]


class ReminderRuleChange(Base):
    """Steps of some kinds as an administrator set them; the newest counts."""

    __tablename__ = "reminder_rule_changes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    steps: Mapped[dict[str, Any]]  # {"visit": [{"before": 24, "whom": ["owner"]}, …]}
    reason: Mapped[str]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
