"""Reviews of a case, the proposals that wait for the Chair, the checks after closing, episodes."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select, union_all
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import (
    Case,
    CaseEvent,
    InitialAssessment,
    Plan,
    PlanActivity,
    PlanDecision,
    Review,
    SpecificAssessment,
)
from app.cases.models.plans import ActivityState, PlanOutcome
from app.cases.models.reviews import ClosingState, Proposal
from app.cases.policy import visible_to
from app.cases.reviewing import FORM
from app.core.sealed import DataKey, open_field
from app.reference.library import form_definition

S = Section


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One review. `words` holds what the reader's sections open: of each factor by its code, the
    conclusion and the Chair's refusal."""

    id: uuid.UUID
    cycle: int
    form_version: int
    answers: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    level: RiskLevel
    states: Mapping[str, str]
    proposal: Proposal
    next_on: date | None
    happened_at: datetime
    typed_at: datetime
    by_id: uuid.UUID
    by_name: str
    closing_state: ClosingState | None
    decided_at: datetime | None
    decided_name: str | None
    check_on: date | None
    words: Mapping[str, str | None]


class Episode(NamedTuple):
    """One case in a chain of reopenings; the first one first."""

    id: uuid.UUID
    number: str
    state: CaseState
    opened_at: datetime
    ended_at: datetime | None
    previous_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check after closing."""

    happened_at: datetime
    is_safe: bool
    words: str | None
    by_name: str | None


def reviews_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[ReviewView]:
    """The reviews of a case, the newest first, in one statement; none for a closed section."""
    if S.ASSESSMENT not in sections:
        return []
    opened = _words(sections)
    rows = session.execute(_reviews(opened).where(Review.case_id == case_id))
    return [_view(row, opened) for row in rows]


def review_of(
    session: Session, case_id: uuid.UUID, review_id: uuid.UUID, *, sections: frozenset[Section]
) -> ReviewView | None:
    """One review of the case; None for one of another case or a closed section."""
    found = reviews_of(session, case_id, sections=sections)
    return next((view for view in found if view.id == review_id), None)


def asked_closing(found: Sequence[ReviewView]) -> ReviewView | None:
    """Of the reviews of a case: the one that waits for the Chair, else the newest one answered."""
    waiting = (view for view in found if view.closing_state is ClosingState.PENDING)
    answers = (ClosingState.AGREED, ClosingState.REFUSED)
    answered = (view for view in found if view.closing_state in answers)
    return next(waiting, None) or next(answered, None)


def newest_review_at(session: Session, case_id: uuid.UUID) -> datetime | None:
    newest = select(func.max(Review.happened_at)).where(Review.case_id == case_id)
    return session.scalar(newest)


def plan_approved_at(session: Session, case: Case) -> datetime | None:
    """When the plan of the case's cycle was approved, as it still holds."""
    return session.scalar(
        select(func.max(PlanDecision.decided_at))
        .join(Plan, Plan.id == PlanDecision.plan_id)
        .where(
            Plan.case_id == case.id,
            Plan.cycle == case.cycle,
            PlanDecision.outcome == PlanOutcome.APPROVED,
            PlanDecision.voided_at.is_(None),
        )
    )


def risk_found_since(session: Session, case_id: uuid.UUID, moment: datetime) -> bool:
    """Is there a later assessment (Mẫu số 02 or 03) that found more than a low risk?"""
    later = [
        select(table.id).where(
            table.case_id == case_id,
            table.happened_at > moment,
            table.final_level != RiskLevel.LOW,
        )
        for table in (InitialAssessment, SpecificAssessment)
    ]
    return session.execute(union_all(*later).limit(1)).first() is not None


def plan_progress(session: Session, case: Case) -> dict[ActivityState, int]:
    """How many activities of the cycle's plan stand where; every state, zero included."""
    rows = session.execute(
        select(PlanActivity.state, func.count())
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(Plan.case_id == case.id, Plan.cycle == case.cycle)
        .group_by(PlanActivity.state)
    )
    counts = {row[0]: row[1] for row in rows}
    return {state: counts.get(state, 0) for state in ActivityState}


def episodes_of(session: Session, actor: Actor, case: Case) -> list[Episode]:
    """The chain of reopenings around this case, as far as the actor sees it; one statement."""
    rows = session.execute(
        visible_to(actor)
        .with_only_columns(
            Case.id, Case.number, Case.state, Case.opened_at, Case.ended_at, Case.previous_id
        )
        .where(Case.child_id == case.child_id)
    )
    known = [Episode(*row) for row in rows]
    by_id = {one.id: one for one in known}
    after = {one.previous_id: one for one in known if one.previous_id}
    first = by_id.get(case.id)
    while first and first.previous_id in by_id:
        first = by_id[first.previous_id]
    chain = [first] if first else []
    while chain and chain[-1].id in after:
        chain.append(after[chain[-1].id])
    return chain


def checks_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[CheckView]:
    """The checks after closing, the newest first; none for a closed section."""
    if S.ASSESSMENT not in sections:
        return []
    rows = session.execute(
        select(
            CaseEvent.id,
            CaseEvent.happened_at,
            CaseEvent.facts,
            CaseEvent.note_sealed,
            User.name,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == CaseEvent.key_id)
        .join(User, User.id == CaseEvent.by_id, isouter=True)
        .where(CaseEvent.case_id == case_id, CaseEvent.kind == EventKind.CHECKED_AFTER)
        .order_by(CaseEvent.happened_at.desc(), CaseEvent.id.desc())
    )
    return [
        CheckView(
            row.happened_at,
            bool(row.facts.get("is_safe")),
            open_field(CaseEvent, "note", row.id, (row.key_id, row.wrapped), row.note_sealed),
            row.name,
        )
        for row in rows
    ]


def _words(sections: frozenset[Section]) -> tuple[str, ...]:
    """The sealed fields that these sections open; the form says it of the factors."""
    needed = {state.code: S(state.section) for state in form_definition(FORM).states}
    needed |= {"conclusion": S.ASSESSMENT, "refusal": S.PLAN}
    return tuple(name for name, section in needed.items() if section in sections)


def _reviews(opened: Sequence[str]) -> Select[*tuple[Any, ...]]:
    decided = aliased(User)
    columns: list[Any] = [
        *(Review.id, Review.cycle, Review.form_version, Review.answers, Review.counts),
        *(Review.computed_level, Review.states, Review.proposal, Review.next_on),
        *(Review.happened_at, Review.typed_at, Review.by_id, User.name.label("by_name")),
        *(Review.closing_state, Review.decided_at, decided.name.label("decided_name")),
        *(Review.check_on, DataKey.id.label("key_id"), DataKey.wrapped),
        *(getattr(Review, f"{name}_sealed") for name in opened),
    ]
    return (
        select(*columns)
        .join(DataKey, DataKey.id == Review.key_id)
        .join(User, User.id == Review.by_id)
        .join(decided, decided.id == Review.decided_by, isouter=True)
        .order_by(Review.happened_at.desc(), Review.id.desc())
    )


def _view(row: Row[*tuple[Any, ...]], opened: Sequence[str]) -> ReviewView:
    key = (row.key_id, row.wrapped)
    plain = {name: getattr(row, name) for name in _PLAIN}
    return ReviewView(
        level=row.computed_level,
        words={
            name: open_field(Review, name, row.id, key, getattr(row, f"{name}_sealed"))
            for name in opened
        },
        **plain,
    )


_PLAIN = (
    *("id", "cycle", "form_version", "answers", "counts", "states", "proposal", "next_on"),
    *("happened_at", "typed_at", "by_id", "by_name", "closing_state", "decided_at"),
    *("decided_name", "check_on"),
)
