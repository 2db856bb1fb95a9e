"""Mẫu số 04 and 05: the plan of one cycle, its goals and activities, and the Chair's decisions."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


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


class PlanOutcome(StrEnum):
    APPROVED = "approved"
    RETURNED = "returned"


class Plan(SealedRow, Base):
    """The plan of one cycle of a case. An edit after approval makes it a draft again."""

    __tablename__ = "plans"
    __table_args__ = (Index("uq_plans_cycle", "case_id", "cycle", unique=True),)

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


class PlanDecision(SealedRow, Base):
    """What the Chair decided on exactly which text. `snapshot` is the whole plan as it was then
    (JSON), `digest` its SHA-256. An edit afterwards voids an approval; the row stays."""

    __tablename__ = "plan_decisions"
    __table_args__ = (Index("ix_plan_decisions_case", "case_id", "decided_at"),)

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    outcome: Mapped[PlanOutcome]
    number: Mapped[str | None]  # of Mẫu số 05: 12/QĐ-UBND
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    snapshot_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    snapshot = Sealed()
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    plan_version: Mapped[int]
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime]
    voided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    voided_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]]
