"""What of the figures may be seen: protected tables as they stand now, and releases, which are
frozen. No true count is here; triggers refuse to change what was released (migration 0028)."""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, Numeric, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.indicators.tables import Audience, ProtectedTable


class ReleaseState(StrEnum):
    ASKED = "asked"  # its figures are being counted and protected
    DRAFTED = "drafted"
    SUBMITTED = "submitted"  # another person decides
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"  # a draft that will not be published


PUBLISHED = (ReleaseState.APPROVED, ReleaseState.WITHDRAWN)
OPEN = (ReleaseState.ASKED, ReleaseState.DRAFTED, ReleaseState.SUBMITTED)


class ReleaseMoved(DomainError):
    message = _l("Bản công bố này đã sang bước khác. Hãy tải lại trang để xem.")


class OwnRelease(DomainError):
    message = _l("Bạn lập bản này nên cần người khác duyệt.")


class ReleaseOutdated(DomainError):
    message = _l(
        "Từ khi lập bản này đã có bản công bố hoặc báo cáo khác của cùng năm hay kỳ liền kề, hoặc"
        " ngưỡng che số đã đổi, nên số nhỏ phải được bảo vệ lại. Hãy đếm lại bản này."
    )


class NothingToRelease(DomainError):
    message = _l("Không bảng nào bảo vệ được số nhỏ, nên không công bố được bản này.")


class _Shown:
    """A table that may be shown to an audience, or why there is none."""

    code: Mapped[str] = mapped_column(primary_key=True)
    audience: Mapped[Audience] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # without its certificate
    certificate: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[str | None]  # the class of the error: nothing is shown

    @property
    def table(self) -> ProtectedTable | None:
        """None where it could not be protected."""
        if self.content is None or self.certificate is None:
            return None
        return ProtectedTable.from_json({**self.content, "certificate": self.certificate})


class CurrentTable(_Shown, Base):
    """A table as it stands, of which pages read one row. `facts_mark` says of which facts,
    `counts_mac` is a keyed hash of the counts: equal ones are not protected again."""

    __tablename__ = "current_tables"

    period: Mapped[str] = mapped_column(primary_key=True)
    facts_mark: Mapped[str]
    counts_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    computed_at: Mapped[datetime]  # when these figures were counted
    checked_at: Mapped[datetime]  # up to when nothing has changed


class Release(Base):
    """Figures of a period for publication. A further one of the same period is its next edition.

    `known_at`: by what was known then. `base_id`: the edition before. `beside`: the releases and
    the province's reports (their versions) that it was protected beside. `changes`: what is
    different from the edition before, by indicator.
    """

    __tablename__ = "releases"
    __table_args__ = (
        Index("uq_releases_number", "number", unique=True),
        Index(
            "uq_releases_open",
            "period",
            unique=True,
            postgresql_where="state IN ('asked', 'drafted', 'submitted')",
        ),
        Index("ix_releases_asked_at", "asked_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    period: Mapped[str]
    edition: Mapped[int] = mapped_column(SmallInteger)
    base_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("releases.id"))
    note: Mapped[str | None]
    asked_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[ReleaseState] = mapped_column(default=ReleaseState.ASKED)
    number: Mapped[str | None]
    known_at: Mapped[datetime | None]
    definitions_version: Mapped[int | None] = mapped_column(SmallInteger)
    beside: Mapped[list[str]] = mapped_column(JSONB, default=list)
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    prepared_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    withdraw_reason: Mapped[str | None]
    dropped_at: Mapped[datetime | None]
    dropped_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    drop_reason: Mapped[str | None]

    @property
    def is_published(self) -> bool:
        return self.state in PUBLISHED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_drafted(self) -> bool:
        """It has figures, which nobody has decided upon."""
        return self.state in (ReleaseState.DRAFTED, ReleaseState.SUBMITTED)

    def submit(self, *, now: datetime) -> None:
        """Raises ReleaseMoved."""
        self._require(ReleaseState.DRAFTED)
        self.state, self.submitted_at = ReleaseState.SUBMITTED, now

    def approve(self, *, by: uuid.UUID, number: str, now: datetime) -> None:
        """Raises ReleaseMoved, OwnRelease."""
        self._require(ReleaseState.SUBMITTED)
        if by == self.by_id:
            raise OwnRelease
        self.state, self.number = ReleaseState.APPROVED, number
        self.approved_at, self.approved_by = now, by

    def drop(self, *, by: uuid.UUID, reason: str, now: datetime) -> None:
        """Raises ReleaseMoved."""
        self._require(*OPEN)
        self.state, self.drop_reason = ReleaseState.DROPPED, reason
        self.dropped_at, self.dropped_by = now, by

    def withdraw(self, *, by: uuid.UUID, reason: str, now: datetime) -> None:
        """The number stays. Raises ReleaseMoved."""
        self._require(ReleaseState.APPROVED)
        self.state, self.withdraw_reason = ReleaseState.WITHDRAWN, reason
        self.withdrawn_at, self.withdrawn_by = now, by

    def _require(self, *states: ReleaseState) -> None:
        if self.state not in states:
            raise ReleaseMoved


class ReleaseTable(_Shown, Base):
    """One table of a release for one audience, with the proof that what is small stays hidden."""

    __tablename__ = "release_tables"

    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("releases.id"), primary_key=True)


class ReleaseFigure(Base):
    """The figure of one indicator for the province, from protected counts. `value` is None where
    it is hidden or the population is not known (of `missing` communes)."""

    __tablename__ = "release_figures"
    __table_args__ = (Index("ix_release_figures_year", "year", "part"),)

    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)  # of the indicator
    audience: Mapped[Audience] = mapped_column(primary_key=True)
    part: Mapped[str | None]  # of the plan's 34 parts
    year: Mapped[int] = mapped_column(SmallInteger)
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    value: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    is_hidden: Mapped[bool]
    missing: Mapped[int] = mapped_column(SmallInteger, default=0)
