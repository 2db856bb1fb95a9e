"""What a body without an account does through its one-time link.

The address asks for the code and opens nothing by itself. The right code opens a session of that
browser; every page looks again whether the link and the referral are still open.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.attempts import TooManyAttempts
from app.auth.login import token_hash
from app.auth.once import once_of
from app.auth.routes import too_many
from app.auth.throttle import bucket_of
from app.cases.routes.files import sent_file
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.core.row_scope import as_house
from app.documents.models import Copy
from app.documents.vault import read_file
from app.referrals.errors import LinkClosed, LinkRefused, OtherReferral
from app.referrals.forms.outside import (
    ContactForm,
    DeclineForm,
    DeliveryForm,
    LinkCodeForm,
    OutcomeForm,
    QuestionForm,
    TakeForm,
)
from app.referrals.link_cookie import held_by, keep
from app.referrals.models import OutsideLink
from app.referrals.pages.outside import outside_page
from app.referrals.pages.packet import packet_page
from app.referrals.queries.outside import letters_of, opened_link
from app.referrals.queries.packet import files_of, open_sections, packet_of
from app.referrals.services import answers
from app.referrals.services.links import last_until_due, open_link
from app.web.access import public
from app.web.extensions import csrf
from app.web.forms import BaseForm
from app.web.responses import leave as neutral_page
from app.web.responses import redirect_to, render_form

bp = Blueprint("outside_answers", __name__, url_prefix="/outside")
DOOR = "outside"
_CODE = ("referrals/outside_code.html", "referrals/_outside_code.html")
LinkView = Callable[..., ResponseReturnValue]


@bp.before_request
def _read_by_link() -> None:
    """No account reads here: which referral it is, and what of it, the link says."""
    as_house(db.session)


@bp.route("/<link_token>", methods=["GET", "POST"])
@public
def code(link_token: str) -> ResponseReturnValue:
    """The same page for every token there is or is not: only the code says which it was."""
    form = LinkCodeForm()
    if form.validate_on_submit():
        try:
            return _open(link_token, form)
        except LinkRefused as error:
            form.code.errors = [error.message]
        except TooManyAttempts as error:
            return too_many(*_CODE, form, error, link_token=link_token, **_UNSIGNED)
    return render_form(*_CODE, form, link_token=link_token, **_UNSIGNED)


_UNSIGNED: dict[str, Any] = {"quick_exit_url": "/outside/leave", "current_actor": None}


def _open(token: str, form: LinkCodeForm) -> ResponseReturnValue:
    bucket = bucket_of(token_hash(token).hex(), request.remote_addr, door=DOOR)
    opened = open_link(
        db.session,
        token=token,
        code=form.digits,
        browser=held_by(request).browser,
        bucket=bucket,
        now=clock.now(),
    )
    answer = make_response(redirect_to("outside_answers.show"))
    return keep(answer, opened.browser, opened.link_id)


def by_link(view: LinkView) -> LinkView:
    """The view gets the link that this browser has opened. Raises LinkClosed without one; a form
    sent twice does its work once."""

    @public
    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        held = held_by(request)
        if held.link_id is None:
            raise LinkClosed
        link = opened_link(db.session, link_id=held.link_id, browser=held.browser, now=clock.now())
        if link is None:
            raise LinkClosed
        _require_same(link)
        if request.method == "POST":
            answer = once_of(link.id, lambda: view(link, **values))
        else:
            answer = view(link, **values)
        return keep(make_response(answer), held.browser, link.id)

    return guarded


def _require_same(link: OutsideLink) -> None:
    """A browser holds one link at a time; a page of the one before, left open in another tab, says
    of which referral it is (`?of=`). What is written there must not come to another child's.

    Raises OtherReferral.
    """
    asked, own = request.args.get("of"), link.referral.number
    if asked != own and (request.method == "POST" or asked is not None):
        raise OtherReferral


@bp.get("/referral")
@by_link
def show(link: OutsideLink) -> ResponseReturnValue:
    answers.open_referral(db.session, actor=None, referral=link.referral, now=clock.now())
    return _page(link, TakeForm())


def _page(link: OutsideLink, form: TakeForm) -> ResponseReturnValue:
    """What this browser may read at this moment; `form` is that of the acceptance."""
    referral, now = link.referral, clock.now()
    sections = open_sections(db.session, referral, holder_id=link.id, now=now)
    has_letters = referral.is_open or sections
    letters = letters_of(db.session, referral.id) if has_letters else ()
    packet = packet_page(packet_of(db.session, referral, sections)) if sections else None
    _read(link, sections)
    page = outside_page(referral, letters, packet, link.expires_at)
    body = render_template("referrals/outside.html", page=page, form=form, **_UNSIGNED)
    return make_response(body, 422 if form.errors else 200)


def _read(link: OutsideLink, sections: frozenset[Any]) -> None:
    """What was shown stands on the log of the case, under the link."""
    referral = link.referral
    record(
        db.session,
        None,
        AuditAction.REFERRAL_READ,
        at=clock.now(),
        case_id=referral.case_id,
        subject_id=link.id,
        sections=sections,
        data={"referral": referral.id, "state": referral.state.value, "view": "outside"},
    )


@bp.get("/files/<uuid:file_id>")
@by_link
def file(link: OutsideLink, file_id: uuid.UUID) -> Response:
    """A document that goes along, as the packet shows it: the stripped copy."""
    referral, now = link.referral, clock.now()
    sections = open_sections(db.session, referral, holder_id=link.id, now=now)
    known = files_of(db.session, referral, sections) if sections else ()
    found = next((one for one in known if one.id == file_id), None) or abort(404)
    record(
        db.session,
        None,
        AuditAction.FILE_READ,
        at=now,
        case_id=referral.case_id,
        subject_id=found.id,
        data={"kind": found.kind, "section": found.section.value, "original": False},
    )
    return sent_file(referral.number, found, read_file(db.session, found.file, Copy.SERVED))


@bp.post("/accept")
@by_link
def accept(link: OutsideLink) -> ResponseReturnValue:
    form, now = TakeForm(), clock.now()
    if not form.validate_on_submit():
        return _page(link, form)
    answers.accept_referral(
        db.session,
        actor=None,
        referral=link.referral,
        now=now,
        holder_id=link.id,
        note=form.words,
    )
    last_until_due(db.session, link, now)
    flash(_("Đã nhận. Thông tin của em ở bên dưới."), "ok")
    return redirect_to("outside_answers.show")


@bp.route("/ask", methods=["GET", "POST"])
@by_link
def ask(link: OutsideLink) -> ResponseReturnValue:
    form = QuestionForm()
    if form.validate_on_submit():
        question, now = form.question.data, clock.now()
        answers.ask_information(
            db.session, actor=None, referral=link.referral, question=question, now=now
        )
        flash(_("Đã gửi câu hỏi. Nơi gửi trả lời ngay tại trang này."), "ok")
        return redirect_to("outside_answers.show")
    return _step(link, form, _("Hỏi thêm trước khi trả lời"))


@bp.route("/decline", methods=["GET", "POST"])
@by_link
def decline(link: OutsideLink) -> ResponseReturnValue:
    form = DeclineForm()
    if form.validate_on_submit():
        with refusals_on(form):
            data, now = form.declined(), clock.now()
            answers.decline_referral(
                db.session, actor=None, referral=link.referral, data=data, now=now
            )
            flash(_("Đã báo từ chối. Nơi gửi sẽ tìm nơi khác."), "ok")
            return redirect_to("outside_answers.show")
    return _step(link, form, _("Từ chối phiếu này"))


@bp.route("/contact", methods=["GET", "POST"])
@by_link
def contact(link: OutsideLink) -> ResponseReturnValue:
    form = ContactForm()
    if form.validate_on_submit():
        with refusals_on(form):
            answers.record_contact(
                db.session,
                actor=None,
                referral=link.referral,
                happened_at=form.moment,
                note=form.note.data or None,
                now=clock.now(),
            )
            last_until_due(db.session, link, clock.now())
            flash(_("Đã ghi lần gặp trẻ em."), "ok")
            return redirect_to("outside_answers.show")
    return _step(link, form, _("Gặp trẻ em lần đầu"))


@bp.route("/deliver", methods=["GET", "POST"])
@by_link
def deliver(link: OutsideLink) -> ResponseReturnValue:
    form = DeliveryForm()
    if form.validate_on_submit():
        with refusals_on(form):
            data, now = form.delivered(), clock.now()
            answers.record_delivery(
                db.session, actor=None, referral=link.referral, data=data, now=now
            )
            last_until_due(db.session, link, now)
            flash(_("Đã ghi việc đã làm cho em."), "ok")
            return redirect_to("outside_answers.show")
    return _step(link, form, _("Việc đã làm cho em"))


@bp.route("/complete", methods=["GET", "POST"])
@by_link
def complete(link: OutsideLink) -> ResponseReturnValue:
    form = OutcomeForm()
    if form.validate_on_submit():
        outcome, note = str(form.outcome.data), form.note.data
        answers.complete_referral(
            db.session,
            actor=None,
            referral=link.referral,
            outcome=outcome,
            note=note,
            now=clock.now(),
        )
        flash(_("Đã báo kết quả. Cảm ơn bạn."), "ok")
        return redirect_to("outside_answers.show")
    return _step(link, form, _("Báo kết quả"))


# a page that was left open must still close: no token is asked; another site is refused
@bp.post("/leave")
@csrf.exempt  # type: ignore[untyped-decorator]  # the library has no types
@public
def leave() -> ResponseReturnValue:
    """The link is no longer open in this browser; with the code it opens again."""
    return keep(neutral_page(), held_by(request).browser, None)


def _step(link: OutsideLink, form: BaseForm, title: str) -> ResponseReturnValue:
    """The page of one step; what it asks is drawn from its form."""
    pages = ("referrals/outside_step.html", "referrals/_one_step.html")
    shown: dict[str, Any] = {"number": link.referral.number, "title": title}
    action = url_for(str(request.endpoint), of=link.referral.number)
    shown |= {"action": action, "back_url": url_for("outside_answers.show")}
    return render_form(*pages, form, **shown | _UNSIGNED)
