"""The contradictions of the cases one may open, and how complete the records are."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.models import Case
from app.cases.policy import visible_to
from app.core.row_scope import across
from app.indicators.models import Completeness, Contradiction, Field, QualityFinding
from app.indicators.queries.contradictions import CONDITIONS


class FoundCase(NamedTuple):
    """By its number, without a name."""

    case_id: uuid.UUID
    number: str
    commune_code: str | None
    opened_at: datetime
    unit_id: uuid.UUID | None


class Known(NamedTuple):
    """In how many of how many cases of a commune a field is known."""

    commune_code: str
    field: Field
    known: int
    of_all: int


def contradiction_counts(session: Session, actor: Actor) -> Mapping[Contradiction, int]:
    """Of visible cases that still contradict themselves. One statement; it costs what was found."""
    counted = union_all(
        *(
            visible_to(actor)
            .join(QualityFinding, QualityFinding.case_id == Case.id)
            .where(QualityFinding.kind == kind, condition)
            .with_only_columns(literal(kind.value), func.count())
            for kind, condition in CONDITIONS.items()
        )
    )
    with across(session):  # a child may contradict another one, of another commune
        return {Contradiction(kind): count for kind, count in session.execute(counted)}


def contradicting_cases(
    session: Session,
    actor: Actor,
    kind: Contradiction,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> tuple[list[FoundCase], bool]:
    """The newest first, and whether there are more."""
    rows = (
        visible_to(actor)
        .join(QualityFinding, QualityFinding.case_id == Case.id)
        .where(QualityFinding.kind == kind, CONDITIONS[kind])
        .with_only_columns(Case.id, Case.number, Case.commune_code, Case.opened_at, Case.unit_id)
        .order_by(Case.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        rows = rows.where(Case.id < after)
    with across(session):
        found = [FoundCase(*row) for row in session.execute(rows)]
    return found[:limit], len(found) > limit


def completeness(session: Session, actor: Actor) -> Sequence[Known]:
    """Of one's own commune, or of all for who has none. At most 105 x 6 rows."""
    rows = select(
        Completeness.commune_code, Completeness.field, Completeness.known, Completeness.of_all
    )
    if actor.commune_code is not None:
        rows = rows.where(Completeness.commune_code == actor.commune_code)
    return [Known(*row) for row in session.execute(rows)]


def last_pass(session: Session) -> datetime | None:
    """When completeness was counted last; None before the first time, or without a case."""
    return session.scalar(select(func.max(Completeness.counted_at)))
