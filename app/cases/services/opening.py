"""The first time the commune opens a file."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import Role
from app.cases.models import Case

_OPENERS = (Role.CP_WORKER, Role.COMMUNE_CHAIR)


def note_first_opening(session: Session, case: Case, *, actor: Actor, now: datetime) -> None:
    """Keep when the commune's worker or Chair first opened the file.

    It is no edit: the version stays, so that nobody who is typing meets a conflict.
    """
    if (
        case.first_opened_at is not None
        or actor.role not in _OPENERS
        or case.unit_id != actor.unit_id
    ):
        return
    cases = Case.__table__
    first = (
        update(cases)  # type: ignore[arg-type]
        .where(cases.c.id == case.id, cases.c.first_opened_at.is_(None))
        .values(first_opened_at=now)
        .returning(cases.c.id)
    )
    if session.execute(first).first():
        record(session, actor, AuditAction.CASE_OPENED, at=now, case_id=case.id)
