"""The request to prosecute (TTLT 01/2022/TTLT-VKSNDTC-TANDTC-BCA-BQP-BLĐTBXH, art. 8): drafted,
signed by the Chair, sent to the investigators with its documents, the procuracy informed, answered.
"""

import uuid
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit, User
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow
from app.referrals.enums import ProsecutionState, ResultSource


class ProsecutionChanged(DomainError):
    message = _l("Văn bản kiến nghị này không còn ở bước đó. Hãy tải lại trang.")


class OwnProsecution(DomainError):
    status = 403
    message = _l("Người soạn văn bản kiến nghị không được tự ký. Cần một người khác ký.")


class ProsecutionRequest(SealedRow, Base):
    """One request of a case. `file_ids`: the documents of the case that go along. `referral_id` is
    how it reached the investigators; set at the signing, with the number of the unit's year.

    `informed_on`, `informed_number`: the letter that told the procuracy.
    """

    __tablename__ = "prosecution_requests"
    __table_args__ = (
        Index("ix_prosecution_requests_case", "case_id", "id"),
        Index(
            "uq_prosecution_requests_open",
            "case_id",
            unique=True,
            postgresql_where="signed_at IS NULL",
        ),
        Index(
            "uq_prosecution_requests_number",
            "unit_id",
            "number_year",
            "number_order",
            unique=True,
            postgresql_where="number_order IS NOT NULL",
        ),
        Index(
            "uq_prosecution_requests_referral",
            "referral_id",
            unique=True,
            postgresql_where="referral_id IS NOT NULL",
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))  # whose Chair signs
    unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=[unit_id])
    to_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    to_unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=[to_unit_id])
    referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"))
    form_version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[ProsecutionState] = mapped_column(default=ProsecutionState.DRAFT)
    facts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts = Sealed()  # what happened, when, where, how it is known
    suspect_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    suspect = Sealed(NAME_BLOCK)
    procuracy_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    procuracy = Sealed(NAME_BLOCK)
    returned_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    returned = Sealed()  # why the Chair gave it back
    file_ids: Mapped[list[str]] = mapped_column(default=list)
    drafted_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    number: Mapped[str | None]  # 12/KN-UBND
    number_year: Mapped[int | None] = mapped_column(SmallInteger)
    number_order: Mapped[int | None]
    signed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    signer: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[signed_by])
    signed_at: Mapped[datetime | None]
    informed_on: Mapped[date | None]
    informed_number: Mapped[str | None]
    informed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def submit(self, *, now: datetime) -> None:
        """To the Chair. Raises ProsecutionChanged."""
        self._require(ProsecutionState.DRAFT)
        self.state, self.submitted_at, self.returned = ProsecutionState.SUBMITTED, now, None

    def give_back(self, reason: str) -> None:
        """Raises ProsecutionChanged."""
        self._require(ProsecutionState.SUBMITTED)
        self.state, self.returned = ProsecutionState.DRAFT, reason

    def require_signable(self, *, by: uuid.UUID) -> None:
        """Raises ProsecutionChanged, OwnProsecution."""
        self._require(ProsecutionState.SUBMITTED)
        if self.drafted_by == by:
            raise OwnProsecution

    def sign(self, *, by: uuid.UUID, referral_id: uuid.UUID, now: datetime) -> None:
        """Raises ProsecutionChanged, OwnProsecution."""
        self.require_signable(by=by)
        self.state, self.signed_by, self.signed_at = ProsecutionState.SIGNED, by, now
        self.referral_id = referral_id

    def inform(self, *, on: date, number: str, by: uuid.UUID) -> None:
        """The procuracy was told in writing. Raises ProsecutionChanged the second time."""
        self._require(ProsecutionState.SIGNED)
        if self.informed_on is not None:
            raise ProsecutionChanged
        self.informed_on, self.informed_number, self.informed_by = on, number, by

    def _require(self, state: ProsecutionState) -> None:
        if self.state is not state:
            raise ProsecutionChanged


class ProsecutionResult(SealedRow, Base):
    """What the investigators decided; there may be several, one after the other. `code` is of
    prosecution_results; `note` why not, or to whom it was passed on."""

    __tablename__ = "prosecution_results"
    __table_args__ = (Index("ix_prosecution_results_request", "request_id", "at"),)

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("prosecution_requests.id"))
    code: Mapped[str]
    decided_on: Mapped[date]
    number: Mapped[str]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    source: Mapped[ResultSource]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User] = relationship(lazy="raise", foreign_keys=[by_id])
    at: Mapped[datetime]
