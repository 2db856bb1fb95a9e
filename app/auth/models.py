"""Units, users, their sessions and what protects the sign-in."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class UnitKind(StrEnum):
    COMMUNE_PC = "commune_pc"
    POLICE = "police"
    HEALTH = "health"
    SCHOOL = "school"
    LEGAL_AID = "legal_aid"
    SHELTER = "shelter"
    DOH = "doh"
    HOTLINE = "hotline"
    EDUCATION = "education"  # departments of the province, for their parts of the plan
    JUSTICE = "justice"
    CULTURE = "culture"


class UnitLevel(StrEnum):
    PROVINCE = "province"
    COMMUNE = "commune"


class Role(StrEnum):
    INTAKE = "intake"
    CP_WORKER = "cp_worker"
    COMMUNE_CHAIR = "commune_chair"
    AGENCY_OFFICER = "agency_officer"
    UNIT_LEAD = "unit_lead"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Unit(Base):
    """An agency's office. `commune_code` is its area; None means the whole province."""

    __tablename__ = "units"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[UnitKind]
    level: Mapped[UnitLevel]
    name: Mapped[str]
    short_name: Mapped[str]
    commune_code: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class User(SealedRow, Base):
    """A person who signs in. The second factor's secret is sealed under the user's own key."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    totp_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_secret = Sealed(NAME_BLOCK, is_words=False)
    totp_last_step: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    unit: Mapped[Unit] = relationship(lazy="raise")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class UserSession(Base):
    """A signed-in browser. The cookie holds a 256-bit token, this row its SHA-256."""

    __tablename__ = "user_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]  # absolute limit
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime]  # when its user last typed the password, or used a passkey
    has_second_factor: Mapped[bool] = mapped_column(default=False)  # of the kind the role asks for
    locked_at: Mapped[datetime | None]  # nobody at the screen: only the unlock form is answered
    browser: Mapped[str | None]  # codes of app/auth/user_agents.py
    system: Mapped[str | None]


class Absence(Base):
    """Somebody is away, and who answers for their cases meanwhile: a colleague of the unit."""

    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_user", "user_id", "until_on"),
        Index("ix_absences_deputy", "deputy_id", "until_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(lazy="raise", foreign_keys=[user_id])
    deputy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    deputy: Mapped[User] = relationship(lazy="raise", foreign_keys=[deputy_id])
    since_on: Mapped[date]
    until_on: Mapped[date]  # the last day away
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Invitation(Base):
    """A single-use link by which a person sets a password: at the start or after a reset."""

    __tablename__ = "invitations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_by: Mapped[uuid.UUID | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A failed sign-in, kept for the throttle. Account and address are keyed hashes."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_account", "account", "at"),
        Index("ix_sign_in_attempts_address", "address", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class PendingSignIn(Base):
    """The password was right, the second factor is still asked for. It opens nothing."""

    __tablename__ = "pending_sign_ins"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
