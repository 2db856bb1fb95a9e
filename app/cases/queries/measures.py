"""Emergency measures: of a case, and those about to end."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.models import Case, SafetyMeasure
from app.cases.policy import visible_to
from app.core.sealed import DataKey, open_field


@dataclass(frozen=True, slots=True)
class MeasureView:
    """One measure (`kind` is a code of `safety_measures`) or the decision that none is needed."""

    id: uuid.UUID
    is_none_needed: bool
    kind: str | None
    description: str | None
    performed_by: str | None
    started_at: datetime
    ends_at: datetime | None
    typed_at: datetime
    by_name: str


class EndingMeasure(NamedTuple):
    """A measure that ends soon; words of the file are not read for a list."""

    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    kind: str | None
    started_at: datetime
    ends_at: datetime | None


def measures_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[MeasureView]:
    """The measures of a case, the newest first, in one statement; none for a closed section."""
    if Section.PLAN not in sections:
        return []
    rows = session.execute(
        select(
            SafetyMeasure.id,
            SafetyMeasure.is_none_needed,
            SafetyMeasure.kind,
            SafetyMeasure.description_sealed,
            SafetyMeasure.performed_by_sealed,
            SafetyMeasure.started_at,
            SafetyMeasure.ends_at,
            SafetyMeasure.typed_at,
            User.name,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(User, User.id == SafetyMeasure.by_id)
        .join(DataKey, DataKey.id == SafetyMeasure.key_id)
        .where(SafetyMeasure.case_id == case_id)
        .order_by(SafetyMeasure.started_at.desc(), SafetyMeasure.id.desc())
    )
    return [_view(row) for row in rows]


def measures_ending(
    session: Session, actor: Actor, *, now: datetime, within: timedelta, limit: int = 50
) -> Sequence[EndingMeasure]:
    """Measures of running cases this actor sees that end `within`, the first to end first."""
    rows = session.execute(
        visible_to(actor)
        .join(SafetyMeasure, SafetyMeasure.case_id == Case.id)
        .with_only_columns(
            SafetyMeasure.id,
            Case.id,
            Case.number,
            SafetyMeasure.kind,
            SafetyMeasure.started_at,
            SafetyMeasure.ends_at,
        )
        .where(
            SafetyMeasure.ends_at.between(now, now + within),
            Case.is_ended.is_(False),
        )
        .order_by(SafetyMeasure.ends_at, SafetyMeasure.id)
        .limit(limit)
    )
    return [EndingMeasure(*row) for row in rows]


def _view(row: Row[*tuple[Any, ...]]) -> MeasureView:
    key = (row.key_id, row.wrapped)
    return MeasureView(
        id=row.id,
        is_none_needed=row.is_none_needed,
        kind=row.kind,
        description=open_field(SafetyMeasure, "description", row.id, key, row.description_sealed),
        performed_by=open_field(
            SafetyMeasure, "performed_by", row.id, key, row.performed_by_sealed
        ),
        started_at=row.started_at,
        ends_at=row.ends_at,
        typed_at=row.typed_at,
        by_name=row.name,
    )
