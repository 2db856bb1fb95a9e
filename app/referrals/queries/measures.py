"""How quickly agencies answer, meet the child and tell the outcome: facts for pages and statistics.

Every figure counts referrals by the moment of their sending. “In time” is by the clock under which
each was sent; what is overdue and still not done counts as late, what was taken back does not.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, extract, func, select, tuple_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.auth.models import Unit
from app.referrals.enums import UNANSWERED
from app.referrals.models import Referral

R = Referral
PAGE = 50
Condition = Callable[[datetime], ColumnElement[bool]]


class Pace(NamedTuple):
    """One step: how many took it, the median and the 90th percentile in seconds, how many were
    due by now, how many of these in time. `due` is None for a step without a clock."""

    done: int
    median: float | None
    most: float | None
    due: int | None
    in_time: int

    @property
    def late(self) -> int:
        return (self.due or 0) - self.in_time

    @property
    def share(self) -> float | None:
        """Of those due, in time: 0 to 1."""
        return self.in_time / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one unit (None: bodies without an account), of one service, or of all."""

    unit_id: uuid.UUID | None
    service: str | None
    sent: int
    opened: Pace
    answered: Pace
    contacted: Pace
    completed: Pace
    declined: int
    unanswered: int
    told: tuple[int, int, int]  # officer, lead, supervisor: the highest one told, unanswered still
    expired: int


@dataclass(frozen=True, slots=True)
class Measures:
    whole: Facts
    by_unit: Sequence[Facts]
    by_service: Sequence[Facts]


@dataclass(frozen=True, slots=True)
class Span:
    """Moments in UTC: from `start`, before `end`."""

    start: datetime
    end: datetime


def _late(done: InstrumentedAttribute[Any], due: InstrumentedAttribute[Any]) -> Condition:
    """Done after its clock, or not done though the clock is over."""
    return lambda now: (done > due) | (done.is_(None) & R.ended_at.is_(None) & (due < now))


# What each number counts; the page's lists are made of the same conditions.
COUNTED: Mapping[str, Condition] = {
    "sent": lambda _now: R.sent_at.is_not(None),
    "answered": lambda _now: R.answered_at.is_not(None),
    "late_answer": _late(R.answered_at, R.accept_due_at),
    "late_contact": _late(R.contacted_at, R.contact_due_at),
    "late_outcome": _late(R.completed_at, R.outcome_due_at),
    "declined": lambda _now: R.decline_code.is_not(None),
    "unanswered": lambda _now: R.state.in_(UNANSWERED),
    "told_1": lambda _now: R.state.in_(UNANSWERED) & (R.told_level == 1),
    "told_2": lambda _now: R.state.in_(UNANSWERED) & (R.told_level == 2),
    "told_3": lambda _now: R.state.in_(UNANSWERED) & (R.told_level == 3),
    "expired": lambda _now: _ended_silent(),
}


def _ended_silent() -> ColumnElement[bool]:
    return R.answered_at.is_(None) & R.recall_reason.is_(None) & R.ended_at.is_not(None)


_STEPS: Mapping[str, tuple[Any, Any, Any]] = {  # from, to, its clock
    "opened": (R.sent_at, R.opened_at, None),
    "answered": (R.sent_at, R.answered_at, R.accept_due_at),
    "contacted": (R.answered_at, R.contacted_at, R.contact_due_at),
    "completed": (R.contacted_at, R.completed_at, R.outcome_due_at),
}
_LATE = {"answered": "late_answer", "contacted": "late_contact", "completed": "late_outcome"}


def measures(session: Session, scope: Select[Referral], span: Span, now: datetime) -> Measures:
    """All, by unit and by service, in one statement over the referrals of the span."""
    in_unit, in_service = func.grouping(R.to_unit_id) == 0, func.grouping(R.service) == 0
    columns = [
        R.to_unit_id,
        R.service,
        in_unit.label("is_unit"),
        in_service.label("is_service"),
        *(_count(COUNTED[name](now), name) for name in COUNTED),
        *(column for name in _STEPS for column in _pace(name, now)),
    ]
    sets = func.grouping_sets(tuple_(R.to_unit_id), tuple_(R.service), tuple_())
    rows = session.execute(_within(scope, span).with_only_columns(*columns).group_by(sets)).all()
    facts = [(row.is_unit, row.is_service, _facts(row)) for row in rows]
    return Measures(
        whole=next(f for is_unit, is_service, f in facts if not (is_unit or is_service)),
        by_unit=_most_first(f for is_unit, _s, f in facts if is_unit),
        by_service=_most_first(f for _u, is_service, f in facts if is_service),
    )


def declines(session: Session, scope: Select[Referral], span: Span) -> list[tuple[str, int]]:
    """(reason, how many), the most frequent first."""
    number = func.count()
    rows = session.execute(
        _within(scope, span)
        .where(R.decline_code.is_not(None))
        .with_only_columns(R.decline_code, number)
        .group_by(R.decline_code)
        .order_by(number.desc(), R.decline_code)
    )
    return [(row[0] or "", row[1]) for row in rows]


def unit_names(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = session.execute(select(Unit.id, Unit.short_name).where(Unit.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def counted(
    session: Session,
    scope: Select[Referral],
    span: Span,
    where: Sequence[ColumnElement[bool]],
    *,
    before: uuid.UUID | None,
    limit: int = PAGE,
) -> list[Referral]:
    """What a number counts: at most `limit` + 1 with their unit, the newest first."""
    wanted = _within(scope, span).where(*where).options(joinedload(R.to_unit))
    if before is not None:
        wanted = wanted.where(R.id < before)
    return list(session.scalars(wanted.order_by(R.id.desc()).limit(limit + 1)).unique())


def _within(scope: Select[Referral], span: Span) -> Select[Referral]:
    return scope.where(R.sent_at >= span.start, R.sent_at < span.end)


def _count(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count().filter(condition).label(name)


def _pace(name: str, now: datetime) -> Sequence[ColumnElement[Any]]:
    start, done, due = _STEPS[name]
    seconds = extract("epoch", done - start)
    spread = func.percentile_cont(array([0.5, 0.9])).within_group(seconds)
    found = [
        func.count(done).label(f"{name}_done"),
        spread.label(f"{name}_spread"),
    ]
    if due is None:
        return found
    late = COUNTED[_LATE[name]](now)
    return [*found, _count(late | (done <= due), f"{name}_due"), _count(done <= due, f"{name}_ok")]


def _facts(row: Any) -> Facts:
    values = row._mapping
    return Facts(
        unit_id=row.to_unit_id,
        service=row.service,
        sent=row.sent,
        **{name: _pace_of(values, name) for name in _STEPS},
        declined=row.declined,
        unanswered=row.unanswered,
        told=(row.told_1, row.told_2, row.told_3),
        expired=row.expired,
    )


def _pace_of(values: Mapping[str, Any], name: str) -> Pace:
    median, most = values[f"{name}_spread"] or (None, None)
    return Pace(
        values[f"{name}_done"], median, most, values.get(f"{name}_due"), values.get(f"{name}_ok", 0)
    )


def _most_first(facts: Any) -> list[Facts]:
    return sorted(facts, key=lambda one: (-one.sent, str(one.unit_id), str(one.service)))
