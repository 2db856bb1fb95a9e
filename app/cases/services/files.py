"""Adding a document to a case, opening it, taking it out."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases.enums import EventKind
from app.cases.models import Case, CaseFile
from app.cases.models.files import FileRemoved
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.documents.examine import Examined
from app.documents.models import Copy, StoredFile
from app.documents.vault import keep_file, read_file

CASE_BYTES = 500 * 1024 * 1024
LONGEST_BEFORE = timedelta(days=20 * 365)


@dataclass(frozen=True, slots=True)
class FileData:
    """`content` as it came, `examined` what it is. `subject_id`: a decision it is the copy of."""

    content: bytes
    examined: Examined
    kind: str
    section: Section
    title: str
    happened_at: datetime
    subject_id: uuid.UUID | None = None


def add_file(
    session: Session, *, actor: Actor, case: Case, data: FileData, now: datetime
) -> CaseFile:
    """Keep a document. `case` comes with its child; a case that ended still takes papers that come
    late. Raises InvalidInput for one too many, a section the actor may not see, or a time ahead.
    """
    lock(session, case)
    _check(session, actor, case, data, now)
    key = case.child.key
    stored = keep_file(
        session,
        key=key,
        original=data.content,
        examined=data.examined,
        by_id=actor.id,
        now=now,
    )
    added = CaseFile(
        key=key,
        case_id=case.id,
        file_id=stored.id,
        kind=data.kind,
        section=data.section,
        subject_id=data.subject_id,
        title=data.title,
        happened_at=data.happened_at,
        typed_at=now,
        by_id=actor.id,
    )
    session.add(added)
    _tell(session, actor, case, added, EventKind.FILE_ADDED, now)
    facts = {"kind": data.kind, "sha256": stored.sha256.hex(), "size": stored.size}
    _record(session, actor, case, added, AuditAction.FILE_ADDED, now, **facts)
    session.flush()
    return added


def remove_file(
    session: Session, *, actor: Actor, case: Case, file: CaseFile, reason: str, now: datetime
) -> None:
    """Take a document out, with a reason; it is shown no more. Raises FileRemoved."""
    lock(session, case)
    session.refresh(file, ["removed_at"], with_for_update=True)
    file.remove(by=actor.id, reason=reason, now=now)
    _tell(session, actor, case, file, EventKind.FILE_REMOVED, now)
    _record(session, actor, case, file, AuditAction.FILE_REMOVED, now, kind=file.kind)
    session.flush()


def open_file(
    session: Session, *, actor: Actor, case: Case, file: CaseFile, copy: Copy, now: datetime
) -> bytes:
    """The content, and its reading on the log. Raises FileRemoved, KeyDestroyed."""
    if file.removed_at is not None:
        raise FileRemoved
    facts = {"kind": file.kind, "original": copy is Copy.ORIGINAL}
    _record(session, actor, case, file, AuditAction.FILE_READ, now, **facts)
    return read_file(session, file.file, copy)


def _check(session: Session, actor: Actor, case: Case, data: FileData, now: datetime) -> None:
    if data.section not in sections_of(actor):
        raise InvalidInput("section", _l("Bạn không được xem phần này nên không thêm vào được."))
    if data.happened_at > now:
        raise InvalidInput("happened_at", _l("Thời điểm này chưa đến."))
    if data.happened_at < now - LONGEST_BEFORE:
        raise InvalidInput("happened_at", _l("Quá xa. Hãy xem lại năm."))
    held = session.scalar(
        select(func.coalesce(func.sum(StoredFile.size), 0))
        .join(CaseFile, CaseFile.file_id == StoredFile.id)
        .where(CaseFile.case_id == case.id)
    )
    if (held or 0) + len(data.content) > CASE_BYTES:
        raise InvalidInput("file", _l("Hồ sơ này đã có 500 MB tài liệu, không thêm được nữa."))


def _tell(
    session: Session, actor: Actor, case: Case, file: CaseFile, kind: EventKind, now: datetime
) -> None:
    is_new = kind is EventKind.FILE_ADDED
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=file.section,
        happened_at=file.happened_at if is_new else now,
        now=now,
        facts={"kind": file.kind},
        note=file.title if is_new else file.reason,
        subject_id=file.id,
    )


def _record(
    session: Session,
    actor: Actor,
    case: Case,
    file: CaseFile,
    action: AuditAction,
    now: datetime,
    **facts: object,
) -> None:
    record(
        session,
        actor,
        action,
        at=now,
        case_id=case.id,
        subject_id=file.id,
        sections=[file.section],
        data={"section": file.section.value, **facts},
    )
