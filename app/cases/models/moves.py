"""Handing a case to another commune or province; it never is without a unit that answers for it."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit
from app.cases.models.cases import Case
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class TransferState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class TransferAnswered(DomainError):
    message = _l("Đề nghị chuyển hồ sơ này đã được trả lời hoặc đã rút.")


class TransferPending(DomainError):
    message = _l("Hồ sơ này đang có một đề nghị chuyển chờ trả lời.")


class CaseTransfer(SealedRow, Base):
    """An offer to another unit (`to_unit_id`), or to a body outside the province (`to_body`, in the
    province `to_province`, a code of `provinces`), whose receipt has a number and a day."""

    __tablename__ = "case_transfers"
    __table_args__ = (
        Index(
            "uq_case_transfers_open",
            "case_id",
            unique=True,
            postgresql_where="state = 'offered'",
        ),
        Index("ix_case_transfers_case", "case_id", "offered_at"),
        Index(
            "ix_case_transfers_to",
            "to_unit_id",
            "offered_at",
            postgresql_where="state = 'offered'",
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case] = relationship(lazy="raise")
    from_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    from_unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=[from_unit_id])
    to_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    to_unit: Mapped[Unit | None] = relationship(lazy="raise", foreign_keys=[to_unit_id])
    to_body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    to_body = Sealed(NAME_BLOCK)
    to_province: Mapped[str | None]
    receipt_number: Mapped[str | None]
    receipt_on: Mapped[date | None]
    state: Mapped[TransferState] = mapped_column(default=TransferState.OFFERED)
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()  # the hand-over note: what was done, what must not be forgotten
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()
    offered_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    offered_at: Mapped[datetime]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def end(
        self, state: TransferState, *, by: uuid.UUID, answer: str | None, now: datetime
    ) -> None:
        """Raises TransferAnswered the second time."""
        if self.state is not TransferState.OFFERED:
            raise TransferAnswered
        self.state, self.answer = state, answer
        self.answered_by, self.answered_at = by, now
