"""Values of the 24 indicators by year, in every version that was ever saved, and the way that was
set for them. No person is in them but those who typed and confirmed."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.documents.models import StoredFile

DECIMALS = 4  # of a value


class ValueState(StrEnum):
    DRAFTED = "drafted"  # another person has to confirm it
    CONFIRMED = "confirmed"
    RETURNED = "returned"  # with a reason; who typed it enters it again


class ValueDecided(DomainError):
    message = _l("Số liệu này đã được trả lời, hoặc đã có bản mới hơn. Hãy tải lại trang.")


class OwnValue(DomainError):
    message = _l("Bạn nhập số liệu này nên cần người khác xác nhận.")


class BoardValue(Base):
    """One version of the value of a part (code of plan24) in a year; a correction is a further
    version, and the earlier ones stay. `numerator` and `denominator` are counts, given both or
    neither. The evidence is sealed under a key of its own."""

    __tablename__ = "board_values"
    __table_args__ = (
        Index("uq_board_values", "part", "year", "version", unique=True),
        CheckConstraint("value >= 0", name="value_not_negative"),
        CheckConstraint("(numerator IS NULL) = (denominator IS NULL)", name="both_counts"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    part: Mapped[str]
    year: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    plan_version: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Numeric(12, DECIMALS))
    numerator: Mapped[int | None] = mapped_column(BigInteger)
    denominator: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str]
    source_on: Mapped[date]
    reason: Mapped[str | None]  # why an earlier version is corrected
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    file: Mapped[StoredFile | None] = relationship(lazy="raise")
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[ValueState] = mapped_column(default=ValueState.DRAFTED)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str | None]  # why it was returned

    def decide(
        self, state: ValueState, *, by: uuid.UUID, answer: str | None, now: datetime
    ) -> None:
        """Raises ValueDecided the second time, OwnValue for who typed it."""
        if self.state is not ValueState.DRAFTED:
            raise ValueDecided
        if self.by_id == by:
            raise OwnValue
        self.state, self.decided_by, self.answer, self.decided_at = state, by, answer, now


class BoardPath(Base):
    """The baseline and the yearly milestones of a part, as the Department of Health set them.

    `milestones` is year -> value, both as text. Each change is a further version."""

    __tablename__ = "board_paths"
    __table_args__ = (Index("uq_board_paths", "part", "version", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    part: Mapped[str]
    version: Mapped[int]
    baseline_year: Mapped[int | None] = mapped_column(SmallInteger)
    baseline_value: Mapped[Decimal | None] = mapped_column(Numeric(12, DECIMALS))
    milestones: Mapped[dict[str, Any]]
    source: Mapped[str]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))

    @property
    def milestone_values(self) -> dict[int, Decimal]:
        return {int(year): Decimal(value) for year, value in self.milestones.items()}

    @property
    def baseline(self) -> tuple[int, Decimal] | None:
        if self.baseline_year is None or self.baseline_value is None:
            return None
        return self.baseline_year, self.baseline_value
