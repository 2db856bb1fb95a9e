"""Reports of communes and of the province: one row for each unit and period, in versions."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow
from app.indicators.report_rules import (
    ReportLevel,
    ReportPeriod,
    ReportsFile,
    Schedule,
    report_rules,
)


class PeriodicState(StrEnum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    RETURNED = "returned"  # with a reason: a further version is drafted
    ACCEPTED = "accepted"


class ReportNotDrafted(DomainError):
    message = _l("Báo cáo này đã gửi. Hãy tải lại trang.")


class ReportNotSubmitted(DomainError):
    message = _l("Báo cáo này đã được trả lời, hoặc chưa gửi. Hãy tải lại trang.")


class NothingToSend(DomainError):
    message = _l("Báo cáo chưa có nội dung. Hãy soạn phần lời trước khi gửi.")


class NothingToCorrect(DomainError):
    message = _l("Chỉ sửa được báo cáo đã gửi. Hãy tải lại trang.")


OPEN = frozenset({PeriodicState.DRAFTED, PeriodicState.RETURNED})
SENT = frozenset({PeriodicState.SUBMITTED, PeriodicState.ACCEPTED})


class PeriodicReport(Base):
    """What one unit has to report for one period. `state` and `number` are those of the newest
    version; without one it waits to be drafted."""

    __tablename__ = "periodic_reports"
    __table_args__ = (
        Index("uq_periodic_reports", "schedule", "period", "unit_id", unique=True),
        Index("ix_periodic_reports_unit", "unit_id", "ends_on"),
        Index(
            "ix_periodic_reports_due",
            "due_at",
            postgresql_where="state IN ('drafted', 'returned')",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
    schedule: Mapped[str]
    rules_version: Mapped[int] = mapped_column(SmallInteger)
    level: Mapped[ReportLevel]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit: Mapped[Unit] = relationship(lazy="raise")
    commune_code: Mapped[str | None]
    period: Mapped[str]
    ends_on: Mapped[date]  # the first day after the period
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[PeriodicState] = mapped_column(server_default=PeriodicState.DRAFTED.value)
    number: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # of the newest version
    first_sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def of(self) -> ReportPeriod:
        return ReportPeriod.parse(self.period)

    @property
    def rules(self) -> ReportsFile:
        return report_rules(self.rules_version)

    @property
    def rule(self) -> Schedule:
        return self.rules.schedule(self.schedule)

    def is_late(self, now: datetime) -> bool:
        """Not sent in time, or not yet and the time is over."""
        return self.due_at < (self.first_sent_at or now)

    def require_drafted(self) -> None:
        """Raises ReportNotDrafted."""
        if self.state not in OPEN:
            raise ReportNotDrafted

    def send(self, *, now: datetime) -> None:
        """Raises ReportNotDrafted, NothingToSend."""
        self.require_drafted()
        if not self.number:
            raise NothingToSend
        self.state, self.first_sent_at = PeriodicState.SUBMITTED, self.first_sent_at or now

    def require_submitted(self) -> None:
        """Raises ReportNotSubmitted."""
        if self.state is not PeriodicState.SUBMITTED:
            raise ReportNotSubmitted

    def answer(self, state: PeriodicState) -> None:
        """Raises ReportNotSubmitted the second time."""
        self.require_submitted()
        self.state = state

    def require_sent(self) -> None:
        """Raises NothingToCorrect."""
        if self.state not in SENT:
            raise NothingToCorrect

    def begin_correction(self) -> None:
        """Raises NothingToCorrect."""
        self.require_sent()
        self.state = PeriodicState.DRAFTED


class ReportVersion(SealedRow, Base):
    """One version with what it says; sealed under a key of the report, that is no child's.

    `tables` are the protected figures as they leave the unit, and the ids of what they were
    protected beside; `counts` the true ones, for the unit alone (JSON). Both are frozen when the
    version is sent. `staff`: {code: number}.
    """

    __tablename__ = "periodic_report_versions"
    __table_args__ = (Index("uq_periodic_report_versions", "report_id", "number", unique=True),)

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("periodic_reports.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    results_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    results = Sealed()
    difficulties_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    difficulties = Sealed()
    proposals_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposals = Sealed()
    correction_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    correction = Sealed()  # why a sent version is corrected
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()  # why it was returned; of the province, which letter answered it
    staff: Mapped[dict[str, Any]] = mapped_column(JSONB)
    tables: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    counts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    counts = Sealed(is_words=False)
    counted_at: Mapped[datetime | None]
    state: Mapped[PeriodicState] = mapped_column(default=PeriodicState.DRAFTED)
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    def follow(self, key: Mapping[str, Any]) -> None:
        """Take over what an earlier version said."""
        for name, value in key.items():
            setattr(self, name, value)
