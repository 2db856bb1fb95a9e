"""The needs meeting: called, held, its minutes, and what it gave out to do."""

import uuid
from typing import Any

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.conferences import ConferenceForm, stated
from app.cases.models import Case, CaseConference
from app.cases.pages.conferences import conference_cards, first_people, minutes_document
from app.cases.pages.head import read_head
from app.cases.queries.conferences import ConferenceView, conference_of, conferences_of
from app.cases.routes.documents import printed, saved
from app.cases.routes.refusals import refusals_on
from app.cases.services.conferences import finish_action, record_conference
from app.cases.services.drafts import drop_draft, load_draft
from app.core import clock
from app.core.db import db
from app.documents.letterhead import Office
from app.documents.pdf import render_pdf
from app.web.responses import redirect_to, render_form

bp = Blueprint("meetings", __name__, url_prefix="/cases/<uuid:case_id>/meetings")
DRAFT = "conference"


@bp.get("/")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    head = read_head(db.session, actor=actor, case=case, now=now)
    found = conferences_of(db.session, case.id, sections=sections_of(actor))
    cards = conference_cards(found, case=case, actor=actor, today=clock.today())
    return render_template("meetings/index.html", head=head, cards=cards, case=case)


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.MEETING_RECORD, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    draft = None
    if request.method == "GET":
        draft = load_draft(db.session, current_actor(), DRAFT, case.id)
    if draft:
        form = ConferenceForm(formdata=draft.fields)
    else:
        form = ConferenceForm(data=first_people(db.session, current_actor(), case))
    return _answer(case, form, draft=draft)


@bp.route("/<uuid:conference_id>", methods=["GET", "POST"])
@authorized(Permission.MEETING_RECORD, load=policy.case_file, key="case_id")
@once
def edit(case: Case, conference_id: uuid.UUID) -> ResponseReturnValue:
    view = _known(case, conference_id)
    case.require_open()
    return _answer(case, ConferenceForm(data=stated(view.row)), conference=view.row)


@bp.post("/actions/<uuid:action_id>/done")
@authorized(Permission.MEETING_RECORD, load=policy.case_file, key="case_id")
@once
def finish(case: Case, action_id: uuid.UUID) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    if finish_action(db.session, actor=actor, case=case, action_id=action_id, now=now) is None:
        abort(404)
    flash(_("Đã ghi là xong."), "ok")
    return redirect_to("meetings.index", case_id=case.id)


@bp.get("/<uuid:conference_id>/minutes.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def minutes(case: Case, conference_id: uuid.UUID) -> ResponseReturnValue:
    view = _known(case, conference_id)
    if not view.row.is_held:
        abort(404)
    unit = case.unit
    context = minutes_document(
        view,
        case=case,
        child=case.child,
        office=Office(unit.name, unit.kind, unit.commune_code) if unit else None,
        sections=sections_of(current_actor()),
        proof=printed(case, "minutes"),
    )
    pdf = render_pdf("documents/minutes.html", context)
    return saved(pdf, f"{case.number}-bien-ban-hop.pdf")


def _known(case: Case, conference_id: uuid.UUID) -> ConferenceView:
    sections = sections_of(current_actor())
    return conference_of(db.session, case.id, conference_id, sections=sections) or abort(404)


def _answer(
    case: Case,
    form: ConferenceForm,
    *,
    conference: CaseConference | None = None,
    draft: object = None,
) -> ResponseReturnValue:
    """Save what was sent, or show the form."""
    if form.wants_to_send and form.validate():
        with refusals_on(form):
            return _save(case, form, conference)
    now = clock.now()
    head = read_head(db.session, actor=current_actor(), case=case, now=now)
    pages = ("meetings/edit.html", "meetings/_form.html")
    marks = form.marks(case, now)
    more: dict[str, Any] = {"conference": conference, "draft": draft}
    return render_form(*pages, form, form.conflict, case=case, head=head, marks=marks, **more)


def _save(
    case: Case, form: ConferenceForm, conference: CaseConference | None
) -> ResponseReturnValue:
    actor = current_actor()
    made = record_conference(
        db.session,
        actor=actor,
        case=case,
        data=form.state(),
        conference=conference,
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    drop_draft(db.session, actor, DRAFT, case.id)
    flash(_("Đã lưu biên bản cuộc họp.") if made.is_held else _("Đã lưu lịch họp."), "ok")
    return redirect_to("meetings.index", case_id=case.id)
