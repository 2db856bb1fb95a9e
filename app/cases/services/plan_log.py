"""What the services of the plan write on the timeline and in the log."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.timeline import add_event


@dataclass(frozen=True, slots=True)
class PlanLog:
    """One act on a plan or on one of its activities (`subject_id`): who, when, in which case."""

    session: Session
    actor: Actor
    case: Case
    subject_id: uuid.UUID
    now: datetime

    def tell(
        self,
        kind: EventKind,
        facts: Mapping[str, Any],
        note: str | None = None,
        happened_at: datetime | None = None,
    ) -> None:
        """An entry on the timeline."""
        add_event(
            self.session,
            case=self.case,
            key=self.case.child.key,
            actor=self.actor,
            kind=kind,
            section=Section.PLAN,
            happened_at=happened_at or self.now,
            now=self.now,
            facts=facts,
            note=note,
            subject_id=self.subject_id,
        )

    def log(self, action: AuditAction, data: Mapping[str, object]) -> None:
        """An event of the audit log."""
        record(
            self.session,
            self.actor,
            action,
            at=self.now,
            case_id=self.case.id,
            subject_id=self.subject_id,
            data=data,
        )
