"""Who opened which file on which day, drawn from the log, and what of it stands out."""

import uuid
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Role, User
from app.cases.models import Case
from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import Sealed, SealedRow


class LookedAt(DomainError):
    message = _l("Người khác vừa xem lại mục này. Tải lại trang để xem.")


class ReadingDay(Base):
    """One person, one file, one day in Vietnam. Drawn from the log once the day is over."""

    __tablename__ = "reading_days"
    __table_args__ = (
        Index("uq_reading_days", "day", "user_id", "case_id", unique=True),
        Index("ix_reading_days_case", "case_id", "day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[date]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    role: Mapped[Role]
    relation: Mapped[str]  # of `reading_relations`
    times: Mapped[int]
    at_night: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class OversightRun(Base):
    """What was done for which day (of readings) or week (its Monday, of questions): once."""

    __tablename__ = "oversight_runs"

    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class ReadingFinding(Base):
    """What a rule found on a day: of a person, of a file, or of both. Codes and counts only."""

    __tablename__ = "reading_findings"
    __table_args__ = (
        Index(
            "uq_reading_findings",
            "day",
            "kind",
            "user_id",
            "case_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_reading_findings_new", "day", "id", postgresql_where="looked_at IS NULL"),
        Index("ix_reading_findings_day", "day", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[date]
    kind: Mapped[str]  # of `reading_findings`
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User | None] = relationship(lazy="raise")
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case | None] = relationship(lazy="raise")
    facts: Mapped[dict[str, Any]]
    found_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def look(self, *, now: datetime) -> None:
        """Raises LookedAt the second time."""
        if self.looked_at is not None:
            raise LookedAt
        self.looked_at = now


class FindingLook(SealedRow, Base):
    """What a supervisor noted of a finding: under the child's key where it is about a file, else
    under the supervisor's own."""

    __tablename__ = "finding_looks"

    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reading_findings.id"), unique=True)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
