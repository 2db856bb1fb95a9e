"""The record of a case for a court, as an export: with its proof, marked and locked."""

from datetime import datetime
from uuid import UUID

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Permission, sections_of
from app.cases.exporting import PAPER, Exported, Made
from app.cases.pages import whole_file
from app.cases.pages.court_record import court_document
from app.cases.pages.documents import proof_line
from app.cases.pages.whole_file import copy_mark, opened_case, row_of
from app.cases.queries.court_record import court_record
from app.core.tasks import TaskRun
from app.documents.binding import bind, leaves_of
from app.documents.pdf import render_pdf
from app.web.words import _, _l

KIND = "court"


def make_record(run: TaskRun, export_id: UUID, now: datetime) -> Made:
    """Raises AskerChanged, AccessLost."""
    with opened_case(run, export_id, Permission.AUDIT_READ) as (session, export, actor, case):
        record(
            session, actor, AuditAction.AUDIT_READ, at=now, case_id=case.id, data={"view": "court"}
        )
        found = court_record(session, case, sections=sections_of(actor))
        proof = proof_line(case, actor, now, found.seal, found.proof)
        context = court_document(case, found, actor=actor, export=export, proof=proof, now=now)
        title, mark, rows = str(context["title"]), copy_mark(export, actor, now), row_of(case)
    run.progress(1, 2)
    pdf = render_pdf("documents/court_record.html", context)
    return Made(bind(leaves_of([(title, pdf)]), title=title, mark=mark), rows)


def _contents(_query: str, _actor: Actor) -> list[str]:
    return [_("Diễn biến"), _("Thời hạn"), _("Nhật ký kiểm tra"), _("Chứng thực của chuỗi")]


COURT = Exported(
    title=_l("Bản trích diễn biến và nhật ký kiểm tra"),
    permission=Permission.AUDIT_READ,
    may=whole_file.may(Permission.AUDIT_READ),
    back=whole_file.back("audit.case"),
    clean=whole_file.clean,
    filters=lambda _query, _actor: (),
    words=whole_file.words,
    sections=whole_file.sections,
    contents=_contents,
    size=whole_file.size(Permission.AUDIT_READ),
    make=make_record,
    format=PAPER,
    is_whole_file=True,
)
