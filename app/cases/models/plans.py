"""Mẫu số 04 and 05: the plan of one cycle, its goals and activities, and the Chair's decisions."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class PlanEnded(DomainError):
    message = _l("Chu kỳ của kế hoạch này đã kết thúc, không sửa được nữa.")


class PlanNotDrafted(DomainError):
    message = _l("Kế hoạch này đã trình hoặc đã được duyệt rồi.")


class PlanNotSubmitted(DomainError):
    message = _l("Kế hoạch này không còn chờ quyết định.")


class OwnPlan(DomainError):
    status = 403
    message = _l(
        "Người lập hoặc sửa kế hoạch không được tự phê duyệt. Cần một người khác quyết định."
    )


class PlanNotRunning(DomainError):
    message = _l("Kế hoạch chưa được phê duyệt lần nào nên chưa có hoạt động nào bắt đầu.")


class PlanState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    ENDED = "ended"  # its cycle is over: reviewed and closed, or followed by a new cycle


class ActivityState(StrEnum):
    PLANNED = "planned"
    DOING = "doing"
    DONE = "done"
    NOT_DONE = "not_done"  # answered for: why not


UNANSWERED = frozenset({ActivityState.PLANNED, ActivityState.DOING})


class PlanOutcome(StrEnum):
    APPROVED = "approved"
    RETURNED = "returned"


class Plan(SealedRow, Base):
    """The plan of one cycle of a case. An edit after approval makes it a draft again."""

    __tablename__ = "plans"
    __table_args__ = (
        Index("uq_plans_cycle", "case_id", "cycle", unique=True),
        Index("ix_plans_submitted", "submitted_at", postgresql_where="state = 'submitted'"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    cycle: Mapped[int] = mapped_column(SmallInteger)
    form_version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    general_goal_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    general_goal = Sealed()
    monitoring_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    monitoring = Sealed()
    review_on: Mapped[date | None]
    drafted_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime]
    edited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    edited_at: Mapped[datetime]
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    problems: Mapped[list["PlanProblem"]] = relationship(
        lazy="raise", order_by="PlanProblem.position"
    )
    goals: Mapped[list["PlanGoal"]] = relationship(lazy="raise", order_by="PlanGoal.position")
    activities: Mapped[list["PlanActivity"]] = relationship(
        lazy="raise", order_by="PlanActivity.position"
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def edit(self, *, by: uuid.UUID, now: datetime) -> None:
        """It is being drafted again, whatever it was before. Raises PlanEnded."""
        if self.state is PlanState.ENDED:
            raise PlanEnded
        self.state = PlanState.DRAFT
        self.edited_by, self.edited_at = by, now

    def submit(self, *, by: uuid.UUID, now: datetime) -> None:
        """Raises PlanNotDrafted."""
        if self.state not in (PlanState.DRAFT, PlanState.RETURNED):
            raise PlanNotDrafted
        self.state = PlanState.SUBMITTED
        self.submitted_by, self.submitted_at = by, now

    def require_decidable(self, *, by: uuid.UUID) -> None:
        """Raises PlanNotSubmitted, OwnPlan."""
        if self.state is not PlanState.SUBMITTED:
            raise PlanNotSubmitted
        if self.is_of(by):
            raise OwnPlan

    def decide(self, outcome: PlanOutcome, *, by: uuid.UUID) -> None:
        """Approved, or back to who drafts it. Raises PlanNotSubmitted, OwnPlan."""
        self.require_decidable(by=by)
        self.state = PlanState(outcome.value)

    def is_of(self, user_id: uuid.UUID) -> bool:
        """Did this person draft it, edit it last or submit it?"""
        return user_id in (self.drafted_by, self.edited_by, self.submitted_by)


class PlanProblem(SealedRow, Base):
    """One problem or need, in the order of priority. `domain` is a code of the list `needs`."""

    __tablename__ = "plan_problems"

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    domain: Mapped[str]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = Sealed()


class PlanGoal(SealedRow, Base):
    __tablename__ = "plan_goals"

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    domain: Mapped[str]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = Sealed()


class PlanActivity(SealedRow, Base):
    """One row of the table of Mẫu số 04, and what became of it.

    `service_type` is a code of `intervention_types` (Law on Children, art. 50). The responsible
    unit is one of ours, or named in words.
    """

    __tablename__ = "plan_activities"
    __table_args__ = (Index("ix_plan_activities_case", "case_id", "state", "ends_on"),)

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    domain: Mapped[str]
    service_type: Mapped[str]
    what_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    what = Sealed()
    responsible_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    responsible_unit: Mapped[Unit | None] = relationship(lazy="raise")
    responsible_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    responsible = Sealed(NAME_BLOCK)
    coordinating_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    coordinating = Sealed(NAME_BLOCK)
    resources_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    resources = Sealed()
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[ActivityState] = mapped_column(default=ActivityState.PLANNED)
    done_on: Mapped[date | None]
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    result = Sealed()  # what came of it, or why it was not done
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def become(self, state: ActivityState, *, on: date | None, result: str | None) -> None:
        """What became of it. The day counts for what is done only."""
        self.state, self.result = state, result
        self.done_on = on if state is ActivityState.DONE else None

    def told(self) -> dict[str, Any]:
        """The facts of an entry on the timeline: which activity it is, and what became of it."""
        return {
            "state": self.state.value,
            "domain": self.domain,
            "service_type": self.service_type,
            "position": self.position,
            "done_on": self.done_on and self.done_on.isoformat(),
        }

    @property
    def has_begun(self) -> bool:
        return self.state is not ActivityState.PLANNED


class PlanRevision(SealedRow, Base):
    """The whole plan as it stood after one edit: `version` is the plan's then. What changed between
    two pages, or since a decision, is told from these."""

    __tablename__ = "plan_revisions"
    __table_args__ = (Index("uq_plan_revisions_version", "plan_id", "version", unique=True),)

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"))
    version: Mapped[int]
    snapshot_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    snapshot = Sealed(is_words=False)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class PlanDecision(SealedRow, Base):
    """What the Chair decided on exactly which text. `snapshot` is the whole plan as it was then
    (JSON), `digest` its SHA-256. An edit afterwards voids an approval; the row stays.

    `number` is taken from the unit's numbers of the year, and never twice.
    """

    __tablename__ = "plan_decisions"
    __table_args__ = (
        Index("ix_plan_decisions_case", "case_id", "decided_at"),
        Index(
            "uq_plan_decisions_number",
            "unit_id",
            "number_year",
            "number_order",
            unique=True,
            postgresql_where="number_order IS NOT NULL",
        ),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    outcome: Mapped[PlanOutcome]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))  # whose Chair decided
    number: Mapped[str | None]  # of Mẫu số 05: 12/QĐ-UBND
    number_year: Mapped[int | None] = mapped_column(SmallInteger)
    number_order: Mapped[int | None]  # the 12 of it
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    snapshot_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    snapshot = Sealed(is_words=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    plan_version: Mapped[int]
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime]
    voided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    voided_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]]

    def void(self, *, by: uuid.UUID, now: datetime) -> None:
        self.voided_by, self.voided_at = by, now
