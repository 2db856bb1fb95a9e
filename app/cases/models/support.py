"""What a child really received: the services done, beside those that were planned."""

import uuid
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class AlreadyStruck(DomainError):
    message = _l("Dòng hỗ trợ này đã được sửa hoặc gạch bỏ trước đó. Hãy xem lại danh sách.")


class ServiceReceived(SealedRow, Base):
    """One service, on a day or from a day to a day. It is never changed: a correction strikes the
    row out and puts another in its place (`corrects_id`). What is struck out counts nowhere.

    Codes: `service_type` of intervention_types, `kind` of support_kinds, `quantity_unit` of
    support_units, `fund_source` of fund_sources. `amount` is in whole dong.
    """

    __tablename__ = "services_received"
    __table_args__ = (
        Index("ix_services_received_case", "case_id", "from_on", "id"),
        Index("ix_services_received_child", "child_id", "from_on"),
        Index(
            "ix_services_received_activity",
            "activity_id",
            postgresql_where="activity_id IS NOT NULL",
        ),
        Index("uq_services_received_corrects", "corrects_id", unique=True),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    activity_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("plan_activities.id", ondelete="SET NULL")
    )
    service_type: Mapped[str]
    kind: Mapped[str]
    provider_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    provider_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    provider = Sealed(NAME_BLOCK)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    is_ongoing: Mapped[bool] = mapped_column(default=False)  # then `to_on` is when it is to end
    quantity: Mapped[int | None]
    quantity_unit: Mapped[str | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    fund_source: Mapped[str | None]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    happened_at: Mapped[datetime]  # of the entry on the timeline: noon of the first day
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("services_received.id"))
    struck_at: Mapped[datetime | None]
    struck_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    strike_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    strike_reason = Sealed()
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def require_standing(self) -> None:
        """Raises AlreadyStruck."""
        if self.struck_at is not None:
            raise AlreadyStruck

    def strike(self, *, by: uuid.UUID, reason: str, now: datetime) -> None:
        """Out of every sum, still to be read. Raises AlreadyStruck."""
        self.require_standing()
        self.struck_at, self.struck_by, self.strike_reason = now, by, reason
