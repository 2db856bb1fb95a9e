"""The official forms of a case as PDF."""

import uuid

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission, Section, sections_of
from app.cases import policy
from app.cases.models import Case
from app.cases.pages.documents import assessment_document, proof_line, report_document
from app.cases.queries.audit import chain_proof
from app.cases.queries.documents import assessment_sheet, newest_seal, report_sheet
from app.core import clock
from app.core.db import db
from app.documents.pdf import render_pdf

bp = Blueprint("documents", __name__, url_prefix="/cases/<uuid:case_id>/documents")


@bp.get("/form01.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.visible_to, key="case_id")
def form01(case: Case) -> ResponseReturnValue:
    sections = sections_of(current_actor())
    sheet = report_sheet(db.session, case, sections=sections)
    context = report_document(sheet, sections, proof=printed(case, "form01"), case=case)
    return saved(render_pdf("documents/form01.html", context), f"{case.number}-mau-01.pdf")


@bp.get("/form02.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.visible_to, key="case_id")
def form02(case: Case) -> ResponseReturnValue:
    sections, wanted = sections_of(current_actor()), _wanted_assessment()
    sheet = assessment_sheet(db.session, case, sections=sections, assessment_id=wanted)
    if sheet is None:
        abort(404)
    context = assessment_document(sheet, sections, proof=printed(case, "form02"), case=case)
    return saved(render_pdf("documents/form02.html", context), f"{case.number}-mau-02.pdf")


def _wanted_assessment() -> uuid.UUID | None:
    """The assessment that the address names; an id that is none finds nothing."""
    text = request.args.get("assessment")
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        abort(404)


def printed(case: Case, document: str, sections: frozenset[Section] | None = None) -> str:
    """Note the print in the log; the line for the foot of its pages. `sections`: what is open to a
    reader who has the case by a referral only."""
    actor, now = current_actor(), clock.now()
    record(
        db.session,
        actor,
        AuditAction.DOCUMENT_PRINTED,
        at=now,
        case_id=case.id,
        subject_id=case.child_id,
        sections=sections_of(actor) if sections is None else sections,
        data={"document": document},
    )
    return proof_line(case, actor, now, newest_seal(db.session), chain_proof(db.session, case.id))


def saved(pdf: bytes, filename: str) -> Response:
    """A file to be saved, under a name without a person's; never kept by a cache."""
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
