"""Mẫu số 07 and the minutes of a hand-over as PDF."""

import uuid

from flask import abort
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.models import Case
from app.cases.pages.care_documents import handover_document, separation_document
from app.cases.queries.care import placements_of, separations_of
from app.cases.queries.care_documents import child_lines, office_of
from app.cases.routes.care import bp
from app.cases.routes.documents import printed, saved
from app.core.db import db
from app.documents.pdf import render_pdf


@bp.get("/separations/<uuid:separation_id>/form07.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def form07(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    sections, office = sections_of(current_actor()), office_of(db.session, case) or abort(404)
    found = separations_of(db.session, case.id, sections=sections, only=separation_id)
    view = found[0] if found else abort(404)
    child, proof = child_lines(case, sections), printed(case, "form07")
    context = separation_document(view, child, office, sections=sections, proof=proof, case=case)
    return saved(render_pdf("documents/form07.html", context), f"{case.number}-mau-07.pdf")


@bp.get("/placements/<uuid:placement_id>/hand-over.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def handover_minutes(case: Case, placement_id: uuid.UUID) -> ResponseReturnValue:
    sections, office = sections_of(current_actor()), office_of(db.session, case) or abort(404)
    found = placements_of(db.session, case.id, sections=sections, only=placement_id)
    view = found[0] if found and found[0].handed_over_at else abort(404)
    child, proof = child_lines(case, sections), printed(case, "handover")
    context = handover_document(view, child, office, sections=sections, proof=proof, case=case)
    return saved(render_pdf("documents/handover.html", context), f"{case.number}-giao-nhan.pdf")
