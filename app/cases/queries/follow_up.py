"""Following a child up: what was done, what is due, what was missed, and the rules in force."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import Case, FollowUp, PlannedVisit, VisitRuleChange
from app.cases.models.follow_ups import FollowUpKind, Safety, VisitState, visit_state
from app.cases.visit_rules import VisitRule, read_levels, rules_of_file
from app.core.sealed import DataKey, open_field

PAGE = 30
Key = tuple[datetime, uuid.UUID]


@dataclass(frozen=True, slots=True)
class DoneView:
    """One follow-up, opened. `planned_for`: when the visit that it answers was due."""

    id: uuid.UUID
    kind: FollowUpKind
    safety: Safety
    safety_words: str | None
    is_child_seen: bool
    note: str | None
    planned_for: datetime | None
    next_on: date | None
    happened_at: datetime
    typed_at: datetime
    by_name: str

    @property
    def key(self) -> Key:
        return self.happened_at, self.id


class PlannedView(NamedTuple):
    """A visit that no follow-up answered: still due, missed, moved or not needed any more."""

    id: uuid.UUID
    level: RiskLevel
    due_at: datetime
    closed_at: datetime | None

    @property
    def key(self) -> Key:
        return self.due_at, self.id

    def state(self, until: datetime) -> VisitState:
        return visit_state(due_at=self.due_at, done_at=None, closed_at=self.closed_at, until=until)


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules of a day; `citation` of the data file, `reason` where an administrator set them."""

    levels: Mapping[RiskLevel, VisitRule]
    citation: str
    mark: str
    reason: str = ""


class ChangeView(NamedTuple):
    """One change of the rules by an administrator."""

    number: int
    effective_from: date
    levels: dict[str, Any]
    reason: str
    typed_at: datetime
    by_name: str


def rules_in_force(session: Session, at: date) -> RulesInForce:
    """What an administrator typed, or the data file where that is the newer one."""
    file = rules_of_file(at)
    typed = session.execute(
        select(VisitRuleChange.effective_from, VisitRuleChange.levels, VisitRuleChange.reason)
        .where(VisitRuleChange.effective_from <= at)
        .order_by(VisitRuleChange.effective_from.desc(), VisitRuleChange.number.desc())
        .limit(1)
    ).first()
    if typed is None or typed.effective_from < file.effective_from:
        return RulesInForce(file.levels, file.citation, file.mark)
    return RulesInForce(read_levels(typed.levels), file.citation, file.mark, typed.reason)


def rule_changes(session: Session) -> list[ChangeView]:
    """Every change, the newest first. They are few: an administrator types each."""
    rows = session.execute(
        select(
            VisitRuleChange.number,
            VisitRuleChange.effective_from,
            VisitRuleChange.levels,
            VisitRuleChange.reason,
            VisitRuleChange.typed_at,
            User.name,
        )
        .join(User, User.id == VisitRuleChange.by_id)
        .order_by(VisitRuleChange.number.desc())
        .limit(100)
    )
    return [ChangeView(*row) for row in rows]


def done_follow_ups(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    before: Key | None = None,
    limit: int = PAGE,
) -> list[DoneView]:
    """At most `limit` + 1 follow-ups, the newest first; none for a closed section."""
    if Section.PLAN not in sections:
        return []
    rows = (
        select(*FollowUp.__table__.columns, User.name.label("by_name"), DataKey.wrapped)
        .join(User, User.id == FollowUp.by_id)
        .join(DataKey, DataKey.id == FollowUp.key_id)
        .where(FollowUp.case_id == case_id)
        .order_by(FollowUp.happened_at.desc(), FollowUp.id.desc())
        .limit(limit + 1)
    )
    if before:
        rows = rows.where(tuple_(FollowUp.happened_at, FollowUp.id) < before)
    return [_done(row) for row in session.execute(rows)]


def unanswered_visits(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    before: Key | None = None,
    limit: int = PAGE,
) -> Sequence[PlannedView]:
    """At most `limit` + 1 planned visits without a follow-up, the last to be due first."""
    if Section.PLAN not in sections:
        return []
    rows = (
        select(PlannedVisit.id, PlannedVisit.level, PlannedVisit.due_at, PlannedVisit.closed_at)
        .where(PlannedVisit.case_id == case_id, PlannedVisit.done_at.is_(None))
        .order_by(PlannedVisit.due_at.desc(), PlannedVisit.id.desc())
        .limit(limit + 1)
    )
    if before:
        rows = rows.where(tuple_(PlannedVisit.due_at, PlannedVisit.id) < before)
    return [PlannedView(*row) for row in session.execute(rows)]


def newest_safety(
    session: Session, case: Case, *, sections: frozenset[Section]
) -> tuple[Safety, datetime] | None:
    """How safe the child was the last time somebody asked, and when that was."""
    if Section.PLAN not in sections:
        return None
    row = session.execute(
        select(FollowUp.safety, FollowUp.happened_at)
        .where(FollowUp.case_id == case.id)
        .order_by(FollowUp.happened_at.desc(), FollowUp.id.desc())
        .limit(1)
    ).first()
    return (row.safety, row.happened_at) if row else None


def _done(row: Row[*tuple[Any, ...]]) -> DoneView:
    key = (row.key_id, row.wrapped)
    return DoneView(
        id=row.id,
        kind=row.kind,
        safety=row.safety,
        safety_words=open_field(FollowUp, "safety_words", row.id, key, row.safety_words_sealed),
        is_child_seen=row.is_child_seen,
        note=open_field(FollowUp, "note", row.id, key, row.note_sealed),
        planned_for=row.planned_for,
        next_on=row.next_on,
        happened_at=row.happened_at,
        typed_at=row.typed_at,
        by_name=row.by_name,
    )
