"""Mẫu số 02: the initial assessment, the needs it names, and the emergency measures."""

import uuid
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import OverrideState, RiskLevel
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class OverrideAlreadyDecided(DomainError):
    message: LazyString | str = _l("Đề nghị hạ mức nguy cơ này đã được trả lời.")

    def __init__(self, by: str | None = None, at: str | None = None) -> None:
        super().__init__()
        if by:
            self.message = _l(
                "Đề nghị hạ mức nguy cơ này đã được trả lời bởi %(by)s, lúc %(at)s.", by=by, at=at
            )


class OverrideSuperseded(DomainError):
    message = _l("Đã có đánh giá mới hơn, đề nghị này không còn hiệu lực.")


class OwnOverride(DomainError):
    status = 403
    message = _l("Người đánh giá không được tự ký chữ ký thứ hai. Cần một người khác ký.")


class InitialAssessment(SealedRow, Base):
    """Answers, counts, the computed level and the final one (procedure 3.6), with the form's
    version.

    A lower level than computed, or than what counted before, counts only after a second person
    signed.
    """

    __tablename__ = "initial_assessments"
    __table_args__ = (
        Index("ix_initial_assessments_case", "case_id", "typed_at"),
        Index(
            "ix_initial_assessments_pending",
            "typed_at",
            postgresql_where="override_state = 'pending'",
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    form_version: Mapped[int] = mapped_column(SmallInteger)
    answers: Mapped[dict[str, Any]]  # {"H1": "HIGH", …}
    is_life_threatening: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, Any]]  # {"harm": {"HIGH": 2, …}, "protect": {…}}
    computed_level: Mapped[RiskLevel]
    wanted_level: Mapped[RiskLevel]  # what the officer chose
    final_level: Mapped[RiskLevel]  # what counts now
    is_emergency: Mapped[bool]
    comment_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    comment = Sealed()
    override_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    override_reason = Sealed()
    override_state: Mapped[OverrideState | None]
    second_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    second_at: Mapped[datetime | None]
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    needs: Mapped[list["AssessmentNeed"]] = relationship(
        lazy="raise", order_by="AssessmentNeed.position"
    )
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def decide_override(self, *, by: uuid.UUID, approved: bool, now: datetime) -> None:
        """The second signature. Raises OwnOverride, or OverrideAlreadyDecided the second time."""
        if self.override_state is not OverrideState.PENDING:
            raise OverrideAlreadyDecided
        if by == self.by_id:
            raise OwnOverride
        self.second_by_id, self.second_at = by, now
        self.override_state = OverrideState.APPROVED if approved else OverrideState.REFUSED
        if approved:  # an emergency is always of the highest level, so a lower one is none
            self.final_level, self.is_emergency = self.wanted_level, False


# Of several assessments the one typed last counts, whenever it happened: every page, document and
# service takes "the newest" from here.
NEWEST_FIRST = (InitialAssessment.typed_at.desc(), InitialAssessment.id.desc())


class AssessmentNeed(SealedRow, Base):
    """One row of part 2 of Mẫu số 02: need, service provided, providing unit."""

    __tablename__ = "assessment_needs"

    assessment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("initial_assessments.id"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    need: Mapped[str]  # code
    service_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    service = Sealed()
    provider_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    provider = Sealed(NAME_BLOCK)


class SafetyMeasure(SealedRow, Base):
    """An emergency measure, or the decision that none is needed (`is_none_needed`); art. 31."""

    __tablename__ = "safety_measures"
    __table_args__ = (
        Index("ix_safety_measures_case", "case_id", "started_at"),
        Index("ix_safety_measures_ends", "ends_at", postgresql_where="ends_at IS NOT NULL"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    is_none_needed: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str | None]  # code list `measure_types`
    description_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    description = Sealed()
    performed_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    performed_by = Sealed(NAME_BLOCK)
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
