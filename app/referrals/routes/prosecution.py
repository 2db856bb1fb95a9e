"""The request to prosecute: page of the case, draft, signature, procuracy, result, paper."""

import uuid
from typing import Any

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section, sections_of
from app.cases import policy as cases
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.pages.links import link
from app.cases.queries.care_documents import child_lines
from app.cases.routes.documents import printed, saved
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.documents.pdf import render_pdf
from app.referrals import policy
from app.referrals.enums import ProsecutionState
from app.referrals.errors import RoomClosed
from app.referrals.forms.prosecution import (
    DraftForm,
    ProcuracyForm,
    ProsecutionResultForm,
    SignForm,
)
from app.referrals.models import ProsecutionRequest, Referral
from app.referrals.models.prosecution import ProsecutionChanged
from app.referrals.pages.prosecution import prosecution_document, prosecution_page, summary
from app.referrals.queries.packet import files_of, letter_of, open_sections
from app.referrals.queries.prosecution import (
    SECTION,
    files_to_send,
    next_number,
    police_units,
    request_behind,
    request_of,
    requests_of_case,
    unsigned_of,
)
from app.referrals.rules import rules
from app.referrals.services import prosecution
from app.web.forms import BaseForm
from app.web.responses import redirect_to, render_form

bp = Blueprint("prosecution", __name__, url_prefix="/referrals")
P = Permission
_STEP = ("referrals/prosecution_step.html", "referrals/_one_step.html")


@bp.get("/cases/<uuid:case_id>/prosecution")
@authorized(P.REFERRAL_READ, load=cases.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, sections = current_actor(), sections_of(current_actor())
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    views = requests_of_case(db.session, case.id)
    files = files_to_send(db.session, case, rules(), reader=sections) if views else []
    page = prosecution_page(views, files, actor=actor, case=case, sections=sections)
    return render_template("referrals/prosecution.html", head=head, page=page)


@bp.route("/cases/<uuid:case_id>/prosecution/draft", methods=["GET", "POST"])
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def edit(case: Case) -> ResponseReturnValue:
    case.require_open()
    files = files_to_send(db.session, case, rules(), reader=sections_of(current_actor()))
    form = DraftForm(police_units(db.session, case), files, unsigned_of(db.session, case.id))
    if form.validate_on_submit():
        with refusals_on(form):
            data, actor, now = form.draft(), current_actor(), clock.now()
            prosecution.save_request(db.session, actor=actor, case=case, data=data, now=now)
            flash(_("Đã lưu bản thảo. Xem lại rồi trình Chủ tịch ký."), "ok")
            return redirect_to("prosecution.index", case_id=case.id)
    return _page(case, form, _("Soạn văn bản kiến nghị khởi tố"), action_label=_("Lưu bản thảo"))


@bp.post("/cases/<uuid:case_id>/prosecution/submit")
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def submit(case: Case) -> ResponseReturnValue:
    prosecution.submit_request(db.session, actor=current_actor(), case=case, now=clock.now())
    flash(_("Đã trình Chủ tịch."), "ok")
    return redirect_to("prosecution.index", case_id=case.id)


@bp.route("/cases/<uuid:case_id>/prosecution/sign", methods=["GET", "POST"])
@authorized(P.PROSECUTION_SIGN, load=cases.case_file, key="case_id")
@once
def sign(case: Case) -> ResponseReturnValue:
    waiting, now = unsigned_of(db.session, case.id), clock.now()
    if waiting is None or waiting.state is not ProsecutionState.SUBMITTED:
        raise ProsecutionChanged
    number = next_number(db.session, waiting.unit_id, clock.local(now).year)
    form, shown = SignForm(waiting, number), _what_is_signed(case, waiting)
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(case, form)
    return _sign_page(case, form, shown)


def _what_is_signed(case: Case, waiting: ProsecutionRequest) -> dict[str, Any]:
    """All that the signature answers for, and the paper as it will go."""
    sections = sections_of(current_actor())
    files = files_to_send(db.session, case, rules(), reader=sections)
    child = case.child.full_name if Section.IDENTITY in sections else None
    return {
        "rows": summary(waiting, files, child=child) if SECTION in sections else [],
        "paper_url": link("prosecution.paper", case_id=case.id, prosecution_id=waiting.id),
    }


def _sign_page(case: Case, form: SignForm, shown: dict[str, Any]) -> ResponseReturnValue:
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    if form.conflict is not None:
        form.version.data = str(form.conflict.version)
    shown |= {"action": request.path, "back_url": link("prosecution.index", case_id=case.id)}
    pages = ("referrals/prosecution_sign.html", "referrals/_sign.html")
    return render_form(*pages, form, form.conflict, head=head, **shown)


def _decide(case: Case, form: SignForm) -> ResponseReturnValue:
    actor, now, version = current_actor(), clock.now(), form.expected_version
    if form.is_signed:
        number = form.number.data or ""
        prosecution.sign_request(
            db.session, actor=actor, case=case, number=number, version=version, now=now
        )
        flash(_("Đã ký và gửi cơ quan điều tra. Báo Viện kiểm sát bằng văn bản ngay."), "ok")
    else:
        reason = form.reason.data
        prosecution.return_request(
            db.session, actor=actor, case=case, reason=reason, version=version, now=now
        )
        flash(_("Đã trả lại bản thảo."), "ok")
    return redirect_to("prosecution.index", case_id=case.id)


@bp.route(
    "/cases/<uuid:case_id>/prosecution/<uuid:prosecution_id>/procuracy", methods=["GET", "POST"]
)
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def procuracy(case: Case, prosecution_id: uuid.UUID) -> ResponseReturnValue:
    found, form = _known(case, prosecution_id), ProcuracyForm()
    if form.validate_on_submit():
        with refusals_on(form):
            prosecution.inform_procuracy(
                db.session,
                actor=current_actor(),
                case=case,
                request=found,
                on=form.informed_on.data or clock.today(),
                number=form.number.data,
                now=clock.now(),
            )
            flash(_("Đã ghi việc thông báo cho Viện kiểm sát."), "ok")
            return redirect_to("prosecution.index", case_id=case.id)
    return _page(case, form, _("Thông báo cho Viện kiểm sát"), lead=found.procuracy or "")


@bp.route("/cases/<uuid:case_id>/prosecution/<uuid:prosecution_id>/result", methods=["GET", "POST"])
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def result(case: Case, prosecution_id: uuid.UUID) -> ResponseReturnValue:
    """From the letter of the investigators."""
    found, form = _known(case, prosecution_id), ProsecutionResultForm()
    if form.validate_on_submit():
        with refusals_on(form):
            _record(case, found, form)
            return redirect_to("prosecution.index", case_id=case.id)
    return _page(case, form, _("Kết quả theo văn bản của cơ quan điều tra"))


@bp.route("/<uuid:received_id>/prosecution-result", methods=["GET", "POST"])
@authorized(P.REFERRAL_ANSWER, load=policy.received_file, key="received_id")
@once
def received_result(referral: Referral) -> ResponseReturnValue:
    """By the officer to whom the request came, once it was accepted."""
    found, form = request_behind(db.session, referral.id) or abort(404), ProsecutionResultForm()
    unit_id = current_actor().unit_id
    if not open_sections(db.session, referral, holder_id=unit_id, now=clock.now()):
        raise RoomClosed
    if form.validate_on_submit():
        with refusals_on(form):
            _record(referral.case, found, form, referral)
            return redirect_to("prosecution.received_result", received_id=referral.id)
    title, back = _("Kết quả giải quyết kiến nghị khởi tố"), "/"
    shown = {"number": referral.number, "title": title, "lead": found.number or ""}
    return render_form(*_STEP, form, head=None, action=request.path, back_url=back, **shown)


def _record(
    case: Case,
    found: ProsecutionRequest,
    form: ProsecutionResultForm,
    referral: Referral | None = None,
) -> None:
    prosecution.record_result(
        db.session,
        actor=current_actor(),
        case=case,
        request=found,
        data=form.result(),
        referral=referral,
        now=clock.now(),
    )
    flash(_("Đã ghi kết quả."), "ok")


@bp.get("/cases/<uuid:case_id>/prosecution/<uuid:prosecution_id>/request.pdf")
@authorized(P.DOCUMENT_PRINT, load=cases.case_file, key="case_id")
def paper(case: Case, prosecution_id: uuid.UUID) -> ResponseReturnValue:
    found, sections = _known(case, prosecution_id), sections_of(current_actor())
    child, proof = child_lines(case, sections), printed(case, "prosecution")
    context = prosecution_document(
        found,
        child,
        files_to_send(db.session, case, rules(), reader=sections),
        case=case,
        is_open=SECTION in sections,
        proof=proof,
    )
    pdf = render_pdf("documents/prosecution.html", context)
    return saved(pdf, f"{case.number}-kien-nghi-khoi-to.pdf")


@bp.get("/<uuid:received_id>/prosecution.pdf")
@authorized(P.REFERRAL_READ, load=policy.received_file, key="received_id")
def received_paper(referral: Referral) -> ResponseReturnValue:
    """The signed letter as it reached the investigators, with what is open to them now."""
    actor, case, now = current_actor(), referral.case, clock.now()
    sections = open_sections(db.session, referral, holder_id=actor.unit_id, now=now)
    found = letter_of(db.session, referral, sections) or abort(404)
    _note_paper(referral, sections)
    proof = printed(case, "prosecution", sections)
    child, files = child_lines(case, sections), files_of(db.session, referral, sections)
    context = prosecution_document(found, child, files, case=case, is_open=True, proof=proof)
    pdf = render_pdf("documents/prosecution.html", context)
    return saved(pdf, f"{referral.number}-kien-nghi-khoi-to.pdf")


def _note_paper(referral: Referral, sections: frozenset[Section]) -> None:
    record(
        db.session,
        current_actor(),
        AuditAction.REFERRAL_READ,
        at=clock.now(),
        case_id=referral.case_id,
        subject_id=referral.id,
        sections=sections,
        data={"state": referral.state.value, "view": "paper"},
    )


def _known(case: Case, prosecution_id: uuid.UUID) -> ProsecutionRequest:
    return request_of(db.session, case.id, prosecution_id) or abort(404)


def _page(
    case: Case, form: BaseForm, title: str, *, lead: str = "", **more: str
) -> ResponseReturnValue:
    """The page of one step; what it asks is drawn from its form."""
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    back, conflict = link("prosecution.index", case_id=case.id), getattr(form, "conflict", None)
    if conflict is not None:
        form.version.data = str(conflict.version)
    shown: dict[str, Any] = {"number": case.number, "title": title, "lead": lead, **more}
    shown |= {"action": request.path, "back_url": back}
    return render_form(*_STEP, form, conflict, head=head, **shown)
