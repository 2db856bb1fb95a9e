"""What was recorded in a case since a moment: for the page that shows an edit came too late."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.labels import EVENT_TITLES, label_of
from app.cases.models import CaseEvent
from app.core import clock

_MOST = 10


def changes_since(
    session: Session, case_id: uuid.UUID, *, since: datetime, sections: frozenset[Section]
) -> list[tuple[str, str, str]]:
    """Rows (what, its result, who and when), the newest first; closed sections are left out."""
    wanted = _entries(case_id).where(
        CaseEvent.typed_at >= since, CaseEvent.section.in_(sorted(sections))
    )
    return _rows(session, wanted.limit(_MOST))


def _entries(case_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(CaseEvent.kind, CaseEvent.facts, CaseEvent.typed_at, User.name)
        .join(User, User.id == CaseEvent.by_id, isouter=True)
        .where(CaseEvent.case_id == case_id)
        .order_by(CaseEvent.typed_at.desc(), CaseEvent.id.desc())
    )


def _rows(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[tuple[str, str, str]]:
    return [
        (
            str(EVENT_TITLES[row.kind]),
            _result(row.kind, row.facts),
            who_when(row.name, row.typed_at),
        )
        for row in session.execute(wanted)
    ]


def who_when(name: str | None, at: datetime) -> str:
    """Nguyễn Thị Hòa, 14:05 23/11/2026."""
    return f"{name or '–'}, {moment_words(at)}"


def moment_words(at: datetime) -> str:
    return f"{clock.local(at):%H:%M %d/%m/%Y}"


def _result(kind: EventKind, facts: Mapping[str, Any]) -> str:
    for name, codes in (("level", "risk_levels"), ("outcome", "verification_outcomes")):
        if name in facts:
            return label_of(codes, facts[name])
    if kind is EventKind.MEASURE and "kind" in facts:
        return label_of("safety_measures", facts["kind"])
    return ""
