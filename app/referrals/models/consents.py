"""On what a share of information rests: a consent of the family, an agreement of agencies."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow
from app.referrals.errors import AgreementEnded, ConsentEnded


class Consent(SealedRow, Base):
    """Who agreed to which services seeing which sections, until when (Law 91/2025/QH15, art. 24).

    `giver` is a code of consent_givers. Empty `services`: every service of the case. `until` is
    the last day. A withdrawn consent stays; what rests on it ends at once.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_case", "case_id", "id"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    giver: Mapped[str]
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed(NAME_BLOCK)
    services: Mapped[list[str]] = mapped_column(default=list)
    sections: Mapped[list[str]] = mapped_column(default=list)
    given_on: Mapped[date]
    until: Mapped[date | None]
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("case_files.id"))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    withdraw_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    withdraw_reason = Sealed()
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def is_valid(self, today: date) -> bool:
        return self.withdrawn_at is None and (self.until is None or self.until >= today)

    def reaches(self, service: str) -> bool:
        """Is this service among those that were agreed to?"""
        return not self.services or service in self.services

    def leaves_out(self, sections: Iterable[str]) -> list[str]:
        """Which of these sections were not agreed to, in their order."""
        return [section for section in sections if section not in self.sections]

    def withdraw(self, *, by: uuid.UUID, reason: str, now: datetime) -> None:
        """Raises ConsentEnded the second time."""
        if self.withdrawn_at is not None:
            raise ConsentEnded
        self.withdrawn_at, self.withdrawn_by, self.withdraw_reason = now, by, reason


class Agreement(Base):
    """An agreement of agencies about sharing (quy chế phối hợp): kinds of units, sections, dates.

    Nothing personal stands in it. A newer version is a row of its own.
    """

    __tablename__ = "agreements"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    number: Mapped[str]
    parties: Mapped[list[str]]  # kinds of units
    sections: Mapped[list[str]]
    signed_on: Mapped[date]
    expires_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def lasts_on(self, today: date) -> bool:
        """Is it in force on that day?"""
        has_begun = self.ended_at is None and self.signed_on <= today
        return has_begun and (self.expires_on is None or self.expires_on >= today)

    def end(self, *, now: datetime) -> None:
        """It is over, or a newer version takes its place. Raises AgreementEnded the second time."""
        if self.ended_at is not None:
            raise AgreementEnded
        self.ended_at = now
