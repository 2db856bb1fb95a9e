"""Following a child up while the plan runs: what was planned, what was done, what was missed."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import RiskLevel
from app.core import clock
from app.core.db import Base
from app.core.ids import new_id
from app.core.sealed import Sealed, SealedRow


class FollowUpKind(StrEnum):
    VISIT = "visit"
    CALL = "call"
    MEETING = "meeting"
    SUPERVISION = "supervision"


SEEING = frozenset({FollowUpKind.VISIT, FollowUpKind.SUPERVISION})


class Safety(StrEnum):
    SAFE = "safe"
    UNSAFE = "unsafe"
    UNCLEAR = "unclear"


class VisitState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    LATE = "late"  # done, after the day it was due
    MISSED = "missed"  # its day has passed and nobody saw the child
    MOVED = "moved"  # another one took its place before its day came
    VOID = "void"  # the case ended before its day came


class FollowUp(SealedRow, Base):
    """One visit, call, meeting or supervision, and how safe the child was."""

    __tablename__ = "follow_ups"
    __table_args__ = (Index("ix_follow_ups_case", "case_id", "happened_at", "id"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[FollowUpKind]
    safety: Mapped[Safety]
    safety_words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    safety_words = Sealed()
    is_child_seen: Mapped[bool]  # in person
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    planned_for: Mapped[datetime | None]  # when the visit that it answers was due
    next_on: Mapped[date | None]  # agreed with the child or the family
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))


class PlannedVisit(Base):
    """One visit that was due. The rows of a case stay as they were when the rules or the risk
    change, so that a missed visit is never planned away. At most one row of a case is open.

    Counted from `since`: the approval, a change of the risk, or the visit before.
    """

    __tablename__ = "planned_visits"
    __table_args__ = (
        Index("ix_planned_visits_case", "case_id", "due_at", "id"),
        Index(
            "uq_planned_visits_open", "case_id", unique=True, postgresql_where="closed_at IS NULL"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    level: Mapped[RiskLevel]
    since: Mapped[datetime]
    due_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    done_at: Mapped[datetime | None]  # when the visit that answered it took place
    follow_up_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("follow_ups.id"))
    closed_at: Mapped[datetime | None]  # answered, or moved
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def is_overdue(self, now: datetime) -> bool:
        return self.closed_at is None and self.due_at < now

    def answer(self, follow_up: FollowUp, *, now: datetime) -> None:
        self.done_at, self.follow_up_id, self.closed_at = follow_up.happened_at, follow_up.id, now
        follow_up.planned_for = self.due_at

    def move(self, *, now: datetime) -> None:
        self.closed_at = now


def visit_state(
    *, due_at: datetime, done_at: datetime | None, closed_at: datetime | None, until: datetime
) -> VisitState:
    """Derived from times only. `until`: now, or when the case ended."""
    if done_at is not None:
        is_late = clock.local(done_at).date() > clock.local(due_at).date()
        return VisitState.LATE if is_late else VisitState.DONE
    if closed_at is not None:
        return VisitState.MOVED
    return VisitState.MISSED if due_at < until else VisitState.PLANNED


class VisitRuleChange(Base):
    """What an administrator set in place of the data file, from a day on. Rows are only added.

    `levels`: {"HIGH": {"first_days": 3, "every_days": 7}, …}. `number` counts the changes, so that
    of two administrators at once the second is told.
    """

    __tablename__ = "visit_rule_changes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    effective_from: Mapped[date]
    levels: Mapped[dict[str, Any]]
    reason: Mapped[str]  # of an office, not of a child
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
