"""A document in the case of each place."""

from io import BytesIO
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case, CaseFile
from app.core import clock
from app.documents.examine import Examined
from app.documents.models import StoredFile
from app.documents.vault import keep_file
from app.people.models import Child

S = Section
FIELDS = {CaseFile: {"title": S.EVENT, "reason": S.EVENT}, StoredFile: {}}
WRITTEN = ("case_files", "stored_files", "file_chunks")
INTO_THE_FILE = ("files.",)
NOT_ON_EVERY_SCREEN = {"CaseFile.reason"}  # of one that was taken out, on the timeline
VALID = {"files.remove": {"reason": "Gửi nhầm"}}


def blank_pdf() -> bytes:
    """One empty page."""
    writer, into = PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(into)
    return into.getvalue()


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    by, now = users[Role.CP_WORKER].id, clock.now()
    stored = keep_file(
        session,
        key=child.key,
        original=blank_pdf(),
        examined=Examined("application/pdf", blank_pdf()),
        by_id=by,
        now=now,
    )
    file = CaseFile(
        key=child.key,
        case_id=case.id,
        file_id=stored.id,
        kind="photo",
        section=S.EVENT,
        title="Ảnh sân nhà",
        happened_at=now,
        typed_at=now,
        by_id=by,
    )
    session.add(file)
    session.flush()
    return {"file_id": file.id}


def made(session: Session, case: Case) -> list[Any]:
    return list(session.scalars(select(CaseFile).where(CaseFile.case_id == case.id)).unique())
