"""Reading clocks: of one case, of a unit, and counted by commune for the supervisor."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.auth.models import User
from app.auth.permissions import Section
from app.core.sealed import DataKey, open_field
from app.deadlines.models import ClockState, Deadline, DeadlineExtension, clock_state
from app.deadlines.rules import BESIDE_CASES, ClockRule, clock_rule
from app.reference.texts import Text


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock as pages show it. `pending_until` is what an unanswered request asks for."""

    id: uuid.UUID
    subject_id: uuid.UUID
    subject_label: str
    rule_key: str
    rule_version: int
    started_at: datetime
    due_at: datetime
    effective_due_at: datetime
    extended_to: datetime | None
    met_at: datetime | None
    voided_at: datetime | None
    closed_at: datetime | None
    pending_id: uuid.UUID | None = None
    pending_until: datetime | None = None
    pending_by: uuid.UUID | None = None

    @property
    def rule(self) -> ClockRule:
        return clock_rule(self.rule_key, self.rule_version)

    @property
    def title(self) -> Text:
        return self.rule.title

    @property
    def label(self) -> Text:
        return self.rule.short

    @property
    def article(self) -> str:
        return self.rule.article

    @property
    def is_running(self) -> bool:
        return self.closed_at is None

    def state(self, now: datetime) -> ClockState:
        return clock_state(
            now,
            effective_due_at=self.effective_due_at,
            extended_to=self.extended_to,
            met_at=self.met_at,
            voided_at=self.voided_at,
        )

    def can_be_extended(self, now: datetime) -> bool:
        """More time may be asked for: the law allows it, it still runs, nothing is asked yet."""
        return (
            self.rule.is_extendable
            and self.closed_at is None
            and self.pending_id is None
            and now <= self.effective_due_at
        )


class ClockCount(NamedTuple):
    """Running clocks of one commune (None: not routed yet)."""

    commune_code: str | None
    missed: int
    due_soon: int
    extended: int


class ExtensionView(NamedTuple):
    """A request for more time and its answer; the reason only for who may read the plan."""

    id: uuid.UUID
    deadline_id: uuid.UUID
    subject_id: uuid.UUID
    subject_label: str
    rule: ClockRule
    due_at: datetime
    until: datetime
    reason: str | None
    asked_at: datetime
    asked_by: uuid.UUID
    asked_by_name: str
    decided_at: datetime | None
    decided_by_name: str | None
    is_approved: bool | None


_CLOCK = (
    Deadline.id,
    Deadline.subject_id,
    Deadline.subject_label,
    Deadline.rule_key,
    Deadline.rule_version,
    Deadline.started_at,
    Deadline.due_at,
    Deadline.effective_due_at,
    Deadline.extended_to,
    Deadline.met_at,
    Deadline.voided_at,
    Deadline.closed_at,
)


def clocks_of(session: Session, subject_id: uuid.UUID) -> list[ClockView]:
    """Every clock of the subject, the first to run out first, with its unanswered request."""
    return _views(session, _with_pending().where(Deadline.subject_id == subject_id))


def clock_of(session: Session, subject_id: uuid.UUID, deadline_id: uuid.UUID) -> ClockView | None:
    """One clock of the subject; None for a clock of another."""
    one = _with_pending().where(Deadline.subject_id == subject_id, Deadline.id == deadline_id)
    return next(iter(_views(session, one)), None)


def clocks_of_all(
    session: Session, subject_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[ClockView]]:
    """The running clocks of several subjects in one statement, for lists."""
    running = select(*_CLOCK).where(
        Deadline.subject_id.in_(subject_ids), Deadline.closed_at.is_(None)
    )
    found: dict[uuid.UUID, list[ClockView]] = {}
    for view in _views(session, running):
        found.setdefault(view.subject_id, []).append(view)
    return found


def open_clocks_of_unit(
    session: Session, unit_id: uuid.UUID, *, until: datetime | None = None, limit: int = 50
) -> list[ClockView]:
    """The running clocks of a unit, most urgent first; with `until` those that run out by then."""
    running = select(*_CLOCK).where(Deadline.unit_id == unit_id, Deadline.closed_at.is_(None))
    if until is not None:
        running = running.where(Deadline.effective_due_at <= until)
    return _views(session, running.limit(limit))


def urgent_clocks(
    session: Session, *, now: datetime, within: timedelta, commune_code: str | None, limit: int = 50
) -> list[ClockView]:
    """Running clocks that are missed or run out `within`, of the area (None: the province)."""
    running = select(*_CLOCK).where(
        Deadline.closed_at.is_(None),
        Deadline.effective_due_at <= now + within,
        Deadline.rule_key.not_in(BESIDE_CASES),
    )
    if commune_code is not None:
        running = running.where(Deadline.commune_code == commune_code)
    return _views(session, running.limit(limit))


def clock_counts(
    session: Session, *, now: datetime, within: timedelta, commune_code: str | None = None
) -> list[ClockCount]:
    """Running clocks by commune: missed, running out `within`, extended. One index is read."""
    due = Deadline.effective_due_at
    counts = (
        select(
            Deadline.commune_code,
            func.count().filter(due < now),
            func.count().filter(due.between(now, now + within)),
            func.count().filter(Deadline.extended_to.is_not(None)),
        )
        .where(Deadline.closed_at.is_(None), Deadline.rule_key.not_in(BESIDE_CASES))
        .group_by(Deadline.commune_code)
    )
    if commune_code is not None:
        counts = counts.where(Deadline.commune_code == commune_code)
    return [ClockCount(*row) for row in session.execute(counts)]


def pending_extensions(
    session: Session,
    *,
    sections: frozenset[Section],
    subjects: Select[uuid.UUID],
    unit_id: uuid.UUID | None = None,
    commune_code: str | None = None,
) -> list[ExtensionView]:
    """Unanswered requests of a unit, of a commune, or of the province, the oldest first; those
    about `subjects`, which are what the reader may open."""
    waiting = _requests().where(
        DeadlineExtension.decided_at.is_(None), Deadline.subject_id.in_(subjects)
    )
    if unit_id is not None:
        waiting = waiting.where(Deadline.unit_id == unit_id)
    if commune_code is not None:
        waiting = waiting.where(Deadline.commune_code == commune_code)
    return [_extension(row, sections) for row in session.execute(waiting)]


def extension_of(
    session: Session,
    subject_id: uuid.UUID,
    extension_id: uuid.UUID,
    *,
    sections: frozenset[Section],
) -> ExtensionView | None:
    """One request about a clock of the subject, answered or not; None for another's."""
    one = _requests().where(Deadline.subject_id == subject_id, DeadlineExtension.id == extension_id)
    row = session.execute(one).first()
    return _extension(row, sections) if row else None


@cache
def _with_pending() -> Select[*tuple[Any, ...]]:
    return select(
        *_CLOCK,
        DeadlineExtension.id.label("pending_id"),
        DeadlineExtension.until.label("pending_until"),
        DeadlineExtension.asked_by.label("pending_by"),
    ).join(
        DeadlineExtension,
        (DeadlineExtension.deadline_id == Deadline.id) & DeadlineExtension.decided_at.is_(None),
        isouter=True,
    )


def _views(session: Session, clocks: Select[*tuple[Any, ...]]) -> list[ClockView]:
    ordered = clocks.order_by(Deadline.effective_due_at, Deadline.id)
    return [ClockView(**row._mapping) for row in session.execute(ordered)]


def _requests() -> Select[*tuple[Any, ...]]:
    decider = aliased(User)
    return (
        select(
            DeadlineExtension.id,
            DeadlineExtension.until,
            DeadlineExtension.reason_sealed,
            DeadlineExtension.asked_at,
            DeadlineExtension.asked_by,
            Deadline.id.label("deadline_id"),
            Deadline.subject_id,
            Deadline.subject_label,
            Deadline.rule_key,
            Deadline.rule_version,
            Deadline.effective_due_at,
            User.name,
            DeadlineExtension.decided_at,
            decider.name.label("decider"),
            DeadlineExtension.is_approved,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(Deadline, Deadline.id == DeadlineExtension.deadline_id)
        .join(User, User.id == DeadlineExtension.asked_by)
        .join(DataKey, DataKey.id == DeadlineExtension.key_id)
        .join(decider, decider.id == DeadlineExtension.decided_by, isouter=True)
        .order_by(DeadlineExtension.asked_at, DeadlineExtension.id)
    )


def _extension(row: Row[*tuple[Any, ...]], sections: frozenset[Section]) -> ExtensionView:
    sealed = row.reason_sealed if Section.PLAN in sections else None
    return ExtensionView(
        id=row.id,
        deadline_id=row.deadline_id,
        subject_id=row.subject_id,
        subject_label=row.subject_label,
        rule=clock_rule(row.rule_key, row.rule_version),
        due_at=row.effective_due_at,
        until=row.until,
        reason=open_field(DeadlineExtension, "reason", row.id, (row.key_id, row.wrapped), sealed),
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        asked_by_name=row.name,
        decided_at=row.decided_at,
        decided_by_name=row.decider,
        is_approved=row.is_approved,
    )
