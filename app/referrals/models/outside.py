"""A one-time link for a body without an account: it opens one packet, for a few days."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.referrals.models.referrals import Referral


class OutsideLink(Base):
    """The address holds a 256-bit token, this row its SHA-256; the code is told by phone, and
    opens a first browser for some minutes only. To that browser it is what its person knows.

    `tries`: wrong codes so far. A link is dead once it expired, was ended, or had too many.
    `session_hash`: the browser that gave the right code; the link answers no other one.
    """

    __tablename__ = "outside_links"
    __table_args__ = (Index("ix_outside_links_referral", "referral_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"))
    referral: Mapped[Referral] = relationship(lazy="raise")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_expires_at: Mapped[datetime]  # for the first opening; then its browser is known too
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    session_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
