"""A child's belonging to a group in special circumstances, from when until when, and on what
evidence (Law on Children, art. 10; Decree 56/2017, art. 3 to 16)."""

import uuid
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.permissions import Section
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow
from app.register.groups import AT_RISK, section_of


class AlreadyInGroup(DomainError):
    message = _l(
        "Trẻ em đang ở trong nhóm này rồi. Hãy sửa lần ghi đang có, hoặc kết thúc nó trước."
    )


class AlreadyEnded(DomainError):
    message = _l("Người khác đã ghi trẻ em ra khỏi nhóm này.")


class AlreadyReviewed(DomainError):
    message = _l("Nhóm này đã được rà soát trong năm đó.")


class GroupMembership(SealedRow, Base):
    """`group_code` is a code of `sc_groups` or AT_RISK; `since` is the first day, `until` the first
    day after. `poverty` is the household's as last seen; each yearly review keeps its own."""

    __tablename__ = "group_memberships"
    __table_args__ = (
        Index(
            "uq_group_memberships_running",
            "child_id",
            "group_code",
            "sub_code",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where="until IS NULL",
        ),
        Index("ix_group_memberships_child", "child_id", "since"),
        Index("ix_group_memberships_case", "case_id"),
        Index("ix_group_memberships_group", "group_code", "child_id"),
    )

    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("cases.id")
    )  # under which it was recorded
    group_code: Mapped[str]
    sub_code: Mapped[str | None]
    list_version: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[date]
    until: Mapped[date | None]
    poverty: Mapped[str]  # code list `household_poverty`
    evidence_kind: Mapped[str | None]  # code list `evidence_kinds`
    evidence_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    evidence_number = Sealed(NAME_BLOCK)
    issuer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    issuer = Sealed(NAME_BLOCK)
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]  # code list `group_end_reasons`
    end_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    end_note = Sealed()
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def section(self) -> Section:
        """What opens it to a reader."""
        return section_of(self.group_code, self.sub_code)

    @property
    def is_at_risk(self) -> bool:
        return self.group_code == AT_RISK

    def require_running(self) -> None:
        """Raises AlreadyEnded."""
        if self.until is not None:
            raise AlreadyEnded

    def end(
        self, until: date, *, reason: str, note: str | None, by: uuid.UUID, now: datetime
    ) -> None:
        """Raises AlreadyEnded the second time."""
        self.require_running()
        self.until, self.end_reason, self.end_note = until, reason, note
        self.ended_by_id, self.ended_at = by, now


class YearlyReview(SealedRow, Base):
    """What the review of one calendar year found for one membership."""

    __tablename__ = "yearly_reviews"
    __table_args__ = (
        Index("uq_yearly_reviews_year", "membership_id", "year", unique=True),
        Index("ix_yearly_reviews_child", "child_id"),
    )

    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"))
    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_memberships.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    is_still_in: Mapped[bool]
    has_changed: Mapped[bool]
    needs: Mapped[list[str]]  # code list `needs`
    poverty: Mapped[str]
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed()
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
