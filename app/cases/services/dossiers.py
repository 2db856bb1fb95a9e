"""Asking for the dossier of a case, keeping the finished PDF for a day, handing it out."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases.models import Case, Dossier
from app.core.tasks import Task, TaskState, ask
from app.documents.examine import Examined
from app.documents.models import Copy, FileChunk, StoredFile
from app.documents.vault import keep_file, read_file
from app.reference.retention import kept_for

KIND = "dossier"
_PDF = "application/pdf"
_AT_ONCE = 100


def order_dossier(
    session: Session, *, actor: Actor, case: Case, reason: str, now: datetime
) -> Task:
    """Ask for the dossier with what the actor may see now. `case` comes with its child."""
    sections = sorted(sections_of(actor))
    payload = {"case_id": str(case.id), "sections": sections}
    task = ask(session, KIND, user_id=actor.id, payload=payload, now=now)
    session.add(
        Dossier(
            key=case.child.key,
            id=task.id,
            case_id=case.id,
            by_id=actor.id,
            reason=reason,
            ordered_at=now,
        )
    )
    _record(session, actor, case, AuditAction.DOSSIER_ORDERED, task, now)
    session.flush()
    return task


def keep_dossier(session: Session, dossier: Dossier, pdf: bytes, *, now: datetime) -> StoredFile:
    """Keep what was made, sealed under the child's key; it takes the place of an earlier one, of
    work that began again."""
    _forget(session, [dossier])
    stored = keep_file(
        session,
        key=dossier.key,
        original=pdf,
        examined=Examined(_PDF, b""),  # our own: there is no other copy to be served
        by_id=dossier.by_id,
        now=now,
    )
    dossier.file_id, dossier.made_at = stored.id, now
    session.flush()
    return stored


def open_dossier(
    session: Session, *, actor: Actor, dossier: Dossier, now: datetime
) -> bytes | None:
    """The PDF, and its reading on the log. None while it is not done, or where a section that is in
    it is closed to the actor by now. Raises DossierGone, KeyDestroyed."""
    task = session.get_one(Task, dossier.id)
    held = {Section(code) for code in task.payload["sections"]}
    if task.state is not TaskState.DONE or not held <= sections_of(actor):
        return None
    stored = session.get_one(StoredFile, dossier.require_kept(now))
    facts = {"sha256": stored.sha256.hex()}
    _record(session, actor, dossier.case, AuditAction.DOSSIER_READ, task, now, **facts)
    return read_file(session, stored, Copy.ORIGINAL)


def forget_dossiers(session: Session, now: datetime) -> None:
    """Delete the files that were kept long enough. Why each was wanted stays."""
    old = (
        select(Dossier)
        .where(Dossier.file_id.is_not(None), Dossier.made_at <= now - kept_for("dossiers"))
        .order_by(Dossier.made_at)
        .limit(_AT_ONCE)
        .with_for_update(of=Dossier)
    )
    _forget(session, list(session.scalars(old)))


def _forget(session: Session, dossiers: list[Dossier]) -> None:
    files = [dossier.file_id for dossier in dossiers if dossier.file_id is not None]
    for dossier in dossiers:
        dossier.file_id = None
    session.flush()
    session.execute(delete(FileChunk).where(FileChunk.file_id.in_(files)))
    session.execute(delete(StoredFile).where(StoredFile.id.in_(files)))


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    action: AuditAction,
    task: Task,
    now: datetime,
    **facts: str,
) -> None:
    record(
        session,
        actor,
        action,
        at=now,
        case_id=case.id,
        subject_id=case.child_id,
        sections=task.payload["sections"],
        data={"task": task.id, **facts},
    )
