"""What proves who somebody is, besides the password; browsers that are known; resets."""

import uuid
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import User
from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class Passkey(SealedRow, Base):
    """A public key that a device of this person holds the other half of (WebAuthn). What its owner
    calls it is sealed under the owner's key."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_user", "user_id"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(lazy="raise")
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]]
    is_synced: Mapped[bool]  # kept by the maker's account: it survives the loss of the device
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed(NAME_BLOCK)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class Purpose(StrEnum):
    """What a challenge was made for: its answer is good for nothing else."""

    ENROL = "enrol"
    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    CONFIRM = "confirm"
    UNLOCK = "unlock"


class PasskeyChallenge(Base):
    """What a device is asked to sign. `holder` is the hash of who was asked: a session, a browser
    that signs in. The first answer, right or wrong, uses it up."""

    __tablename__ = "passkey_challenges"

    holder: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class RecoveryCode(Base):
    """One of ten codes for who has lost the device; kept as a keyed hash."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_user", "user_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KnownBrowser(Base):
    """A browser in which this person has signed in. The cookie there holds a number, this row its
    keyed hash. `told_at` is empty until its owner was told of it in the application."""

    __tablename__ = "known_browsers"
    __table_args__ = (Index("ix_known_browsers_user", "user_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    device_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    browser: Mapped[str]
    system: Mapped[str]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]


class Check(StrEnum):
    """How the asking administrator made sure that it is this person who lost the device."""

    IN_PERSON = "in_person"
    CALLED = "called"
    LEAD = "lead"


class ResetAlreadyDecided(DomainError):
    message = _l("Yêu cầu này đã được trả lời hoặc đã hết hạn. Hãy tải lại trang.")


class OwnReset(DomainError):
    """Neither who asked nor whom it concerns is the second person."""

    message = _l("Người yêu cầu và người mất thiết bị không tự duyệt được. Hãy nhờ người khác.")


class FactorReset(Base):
    """All that proves who somebody is, to be set up anew: one person asks, another one agrees."""

    __tablename__ = "factor_resets"
    __table_args__ = (
        Index("ix_factor_resets_open", "expires_at", postgresql_where="decided_at IS NULL"),
        Index("ix_factor_resets_user", "user_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(lazy="raise", foreign_keys=[user_id])
    checked: Mapped[Check]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    is_approved: Mapped[bool | None]

    def decide(self, by_id: uuid.UUID, *, approve: bool, now: datetime) -> None:
        """Raises OwnReset, ResetAlreadyDecided."""
        if by_id in (self.asked_by, self.user_id):
            raise OwnReset
        if self.decided_at is not None or self.expires_at <= now:
            raise ResetAlreadyDecided
        self.decided_by, self.decided_at, self.is_approved = by_id, now, approve
