"""A supervisor looks at what stands out, and says so."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.oversight.models import FindingLook, ReadingFinding


def look_at(
    session: Session, *, actor: Actor, finding: ReadingFinding, note: str, now: datetime
) -> None:
    """Once; the note stays with it. `finding` comes with its file. Raises LookedAt."""
    session.refresh(finding, ["looked_at", "version"], with_for_update=True)
    finding.look(now=now)
    own = session.scalars(select(User).where(User.id == actor.id)).unique().one()
    key = finding.case.child.key if finding.case else own.key
    session.add(FindingLook(key=key, finding_id=finding.id, by_id=actor.id, at=now, note=note))
    record(
        session,
        actor,
        AuditAction.FINDING_CHANGED,
        at=now,
        case_id=finding.case_id,
        subject_id=finding.id,
        data={"step": "looked", "kind": finding.kind},
    )
    session.flush()
