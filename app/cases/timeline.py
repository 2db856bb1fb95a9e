"""Adding to a case's timeline: one place, so that no step forgets it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.core.sealed import DataKey


def add_event(
    session: Session,
    *,
    case: Case,
    key: DataKey,
    actor: Actor | None,
    kind: EventKind,
    section: Section,
    happened_at: datetime,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    note: str | None = None,
    subject_id: uuid.UUID | None = None,
    lane: str = "",
    tells_account: bool = False,
) -> CaseEvent:
    """Put one entry on the timeline. `facts` takes codes, counts and ids; words go into `note`,
    sealed under `key` (the child's). Without an actor (somebody who has no account) `lane` says
    under which kind of agency it stands. `tells_account`: the note repeats what the report tells,
    and is read by whom that is open to (app.cases.account)."""
    event = CaseEvent(
        key=key,
        case_id=case.id,
        kind=kind,
        section=section,
        lane=actor.unit_kind.value if actor else lane,
        happened_at=happened_at,
        typed_at=now,
        by_id=actor.id if actor else None,
        unit_id=actor.unit_id if actor else None,
        subject_id=subject_id,
        facts=dict(facts or {}),
        note=note,
        tells_account=tells_account,
    )
    session.add(event)
    case.last_event_at = max(case.last_event_at, now)
    return event
