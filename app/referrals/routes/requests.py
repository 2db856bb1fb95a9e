"""The one-stop request: what a child needs, one page for all agencies, the preview, one send."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy as cases
from app.cases.models import Case
from app.cases.routes.refusals import refusals_on
from app.cases.services.drafts import drop_draft, load_draft
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.referrals import policy
from app.referrals.forms.requests import NeedsForm, RequestForm, uuid_or_none
from app.referrals.models import Referral, ReferralRequest
from app.referrals.pages.needs import Board, board_form, needs_page, read_board
from app.referrals.pages.of_case import case_page
from app.referrals.pages.preview import preview_page
from app.referrals.pages.request import Desk, desk_form, read_desk, request_page, share_warnings
from app.referrals.queries.proposals import usual_urgency
from app.referrals.routes.attempts import note_attempt
from app.referrals.routes.blueprint import bp
from app.referrals.services import requests as services
from app.referrals.services.checks import NotReady
from app.web.responses import redirect_to, render_form

SEND, DRAFT = Permission.REFERRAL_SEND, "referral"


@bp.get("/cases/<uuid:case_id>")
@authorized(Permission.REFERRAL_READ, load=cases.case_file, key="case_id")
def of_case(case: Case) -> ResponseReturnValue:
    before = uuid_or_none(request.args.get("before"))
    page = case_page(db.session, actor=current_actor(), case=case, before=before, now=clock.now())
    return render_template("referrals/of_case.html", **page)


@bp.route("/cases/<uuid:case_id>/new", methods=["GET", "POST"])
@authorized(SEND, load=cases.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    board = read_board(db.session, actor=actor, case=case, now=now)
    form = board_form(board)
    if form.validate_on_submit():
        with refusals_on(form):
            return _draft(case, board, form)
    page = needs_page(db.session, actor=actor, board=board, form=form, now=now)
    return render_form("referrals/new.html", "referrals/_new.html", form, **page)


@bp.route("/requests/<uuid:request_id>", methods=["GET", "POST"], endpoint="request")
@authorized(SEND, load=policy.requests_of, key="request_id")
@once
def one_request(asked: ReferralRequest) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    desk = read_desk(db.session, actor=actor, asked=asked, now=now)
    if not desk.drafts:
        return _nothing_left(asked)
    is_opened = request.method == "GET"
    draft = load_draft(db.session, actor, DRAFT, asked.id) if is_opened else None
    form = desk_form(desk, draft.fields if draft else None)
    if not is_opened and form.validate():
        with _refusals_on(form):
            return _act(desk, form)
    page = request_page(db.session, actor=actor, desk=desk, form=form)
    pages = ("referrals/request.html", "referrals/_request.html")
    return render_form(*pages, form, form.conflict, draft=draft, **page)


@bp.post("/requests/<uuid:request_id>/drafts/<uuid:draft_id>/drop")
@authorized(SEND, load=policy.requests_of, key="request_id")
@once
def drop(asked: ReferralRequest, draft_id: uuid.UUID) -> ResponseReturnValue:
    """The button stands in the form of the whole page: what was typed there is kept first."""
    if not request.form.get("version"):
        return _drop(asked, draft_id)
    actor = current_actor()
    desk = read_desk(db.session, actor=actor, asked=asked, now=clock.now())
    form = desk_form(desk)
    if form.validate():
        with _refusals_on(form):
            _save(desk, form)
            return _drop(asked, draft_id)
    page = request_page(db.session, actor=actor, desk=desk, form=form)
    pages = ("referrals/request.html", "referrals/_request.html")
    return render_form(*pages, form, form.conflict, draft=None, **page)


@bp.get("/requests/<uuid:request_id>/preview")
@authorized(SEND, load=policy.requests_of, key="request_id")
def preview(asked: ReferralRequest) -> ResponseReturnValue:
    drafts = services.drafts_of(db.session, asked)
    if not drafts:
        return _nothing_left(asked)
    page = preview_page(
        db.session,
        actor=current_actor(),
        asked=asked,
        drafts=drafts,
        wanted=uuid_or_none(request.args.get("draft")),
        now=clock.now(),
    )
    if page is None:
        abort(404)
    return render_template("referrals/preview.html", **page)


@contextmanager
def _refusals_on(form: RequestForm) -> Iterator[None]:
    """What stands in the way of sending is shown at its fields, and stands on the log."""
    with refusals_on(form):
        try:
            yield
        except NotReady as refused:
            form.show(refused.problems)
            note_attempt()


def _nothing_left(asked: ReferralRequest) -> ResponseReturnValue:
    """All of it was sent or dropped; a POST comes too late and is told so."""
    if request.method == "POST":
        services.require_drafts(())
    return redirect_to("referrals.of_case", case_id=asked.case_id)


def _draft(case: Case, board: Board, form: NeedsForm) -> ResponseReturnValue:
    needs = form.needs(board.rules, board.activities, board.running)
    if form.package and not needs:
        raise InvalidInput("services", _("Mọi việc của gói này đều đang có phiếu."))
    asked = services.draft_request(
        db.session,
        actor=current_actor(),
        case=case,
        needs=needs,
        package=form.package if form.package in board.rules.packages else None,
        now=clock.now(),
    )
    return redirect_to("referrals.request", request_id=asked.id)


def _act(desk: Desk, form: RequestForm) -> ResponseReturnValue:
    """Keep what was typed, then do what the button says."""
    drafts, asked = _save(desk, form), desk.asked
    if form.action == "send":
        return _send(desk, form, len(drafts))
    if form.action == "add":
        _add(desk, form)
    elif form.action == "preview":
        return redirect_to("referrals.preview", request_id=asked.id)
    else:
        flash(_("Đã lưu nháp. Chưa có gì được gửi đi."), "ok")
    return redirect_to("referrals.request", request_id=asked.id)


def _save(desk: Desk, form: RequestForm) -> list[Referral]:
    actor, data = current_actor(), form.state(desk.allowed_to(form.action))
    drafts = services.save_drafts(
        db.session,
        actor=actor,
        request=desk.asked,
        data=data,
        expected_version=form.expected_version,
        now=desk.now,
    )
    drop_draft(db.session, actor, DRAFT, desk.asked.id)
    return drafts


def _send(desk: Desk, form: RequestForm, count: int) -> ResponseReturnValue:
    sent = services.send_request(
        db.session,
        actor=current_actor(),
        request=desk.asked,
        accepts_warnings=form.accepts_warnings.data,
        now=desk.now,
        further=partial(share_warnings, db.session, desk),
    )
    text = ngettext(
        "Đã gửi %(num)d phiếu. Bạn được báo mỗi khi có thay đổi.",
        "Đã gửi %(num)d phiếu. Bạn được báo mỗi khi có thay đổi.",
        count,
    )
    flash(text, "ok")
    if any(one.to_unit_id is None for one in sent):
        flash(
            _("Cơ quan không có tài khoản chưa nhận được gì: mở phiếu, tạo đường dẫn hoặc in."),
            "warn",
        )
    return redirect_to("referrals.of_case", case_id=desk.asked.case_id)


def _add(desk: Desk, form: RequestForm) -> None:
    """Raises InvalidInput("add_service")."""
    service, case = form.add_service.data, desk.asked.case
    if not service:
        raise InvalidInput("add_service", _("Chọn việc cần thêm."))
    urgency = usual_urgency(case, desk.rules.services[service].domain)
    services.add_drafts(
        db.session,
        actor=current_actor(),
        request=desk.asked,
        case=case,
        needs=[services.Need(service, urgency)],
        now=desk.now,
    )


def _drop(asked: ReferralRequest, draft_id: uuid.UUID) -> ResponseReturnValue:
    if not services.drop_draft(db.session, request=asked, referral_id=draft_id):
        abort(404)
    flash(_("Đã bỏ phiếu này. Chưa có gì được gửi đi."), "ok")
    return redirect_to("referrals.request", request_id=asked.id)
