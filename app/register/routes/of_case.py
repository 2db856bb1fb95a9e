"""The groups of one case's child: seen over time, recorded, corrected, ended, reviewed."""

import uuid
from typing import Any

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.editing import EditForm
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.register.forms.membership import CorrectionForm, EndForm, MembershipForm
from app.register.forms.review import ReviewForm
from app.register.groups import label
from app.register.models import GroupMembership
from app.register.pages.of_case import circumstances_page
from app.register.queries.of_case import membership_of, reported_groups
from app.register.routes.blueprint import bp
from app.register.services.checks import require_register
from app.register.services.memberships import (
    correct_membership,
    end_membership,
    record_membership,
)
from app.register.services.reviews import review_membership
from app.web.responses import redirect_to, render_form

ADDRESS = "/cases/<uuid:case_id>/circumstances"
ONE = f"{ADDRESS}/<uuid:membership_id>"
P = Permission


@bp.get(ADDRESS)
@authorized(P.REGISTER_READ, load=policy.case_file, key="case_id")
def of_case(case: Case) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    head = read_head(db.session, actor=actor, case=case, now=now)
    page = circumstances_page(db.session, actor=actor, case=case, now=now)
    return render_template("register/of_case.html", case=case, head=head, page=page)


@bp.route(f"{ADDRESS}/new", methods=["GET", "POST"])
@authorized(P.REGISTER_EDIT, load=policy.case_file, key="case_id")
@once
def record(case: Case) -> ResponseReturnValue:
    require_register(case)
    form = MembershipForm(data=_prefilled(case))
    if form.validate_on_submit():
        with refusals_on(form):
            data, now = form.membership(), clock.now()
            record_membership(db.session, actor=current_actor(), case=case, data=data, now=now)
            return _done(case, _("Đã ghi vào danh sách."))
    return _show("register/record.html", case, form)


@bp.route(f"{ONE}/correct", methods=["GET", "POST"])
@authorized(P.REGISTER_EDIT, load=policy.case_file, key="case_id")
@once
def correct(case: Case, membership_id: uuid.UUID) -> ResponseReturnValue:
    membership = _membership(case, membership_id)
    form = CorrectionForm(membership.group_code, data=_stored(membership))
    if form.validate_on_submit():
        with refusals_on(form):
            correct_membership(
                db.session, membership=membership, data=form.membership(), **_edit(case, form)
            )
            return _done(case, _("Đã sửa."))
    return _show("register/correct.html", case, form, membership)


@bp.route(f"{ONE}/end", methods=["GET", "POST"])
@authorized(P.REGISTER_EDIT, load=policy.case_file, key="case_id")
@once
def end(case: Case, membership_id: uuid.UUID) -> ResponseReturnValue:
    membership, form = _membership(case, membership_id), EndForm()
    if form.validate_on_submit():
        with refusals_on(form):
            end_membership(db.session, membership=membership, data=form.end(), **_edit(case, form))
            return _done(case, _("Đã ghi trẻ em ra khỏi nhóm."))
    _require_running(membership, form)
    return _show("register/end.html", case, form, membership)


@bp.route(f"{ONE}/review", methods=["GET", "POST"])
@authorized(P.REGISTER_EDIT, load=policy.case_file, key="case_id")
@once
def review(case: Case, membership_id: uuid.UUID) -> ResponseReturnValue:
    membership = _membership(case, membership_id)
    form = ReviewForm(data={"poverty": membership.poverty})
    if form.validate_on_submit():
        with refusals_on(form):
            data, edit = form.review(), _edit(case, form)
            review_membership(db.session, membership=membership, data=data, **edit)
            return _done(case, _("Đã ghi kết quả rà soát."))
    _require_running(membership, form)
    return _show("register/review.html", case, form, membership)


def _membership(case: Case, membership_id: uuid.UUID) -> GroupMembership:
    require_register(case)
    sections = sections_of(current_actor())
    return membership_of(db.session, case, membership_id, sections=sections) or abort(404)


def _require_running(membership: GroupMembership, form: EditForm) -> None:
    """Before somebody begins to type; what was typed and came too late is shown again."""
    if not form.is_submitted():
        membership.require_running()


def _edit(case: Case, form: EditForm) -> dict[str, Any]:
    return {
        "actor": current_actor(),
        "case": case,
        "expected_version": form.expected_version,
        "seen_at": form.seen,
        "now": clock.now(),
    }


def _prefilled(case: Case) -> dict[str, object]:
    """The group that the report named under this number (`?reported=0`): an address tells no group
    of a child."""
    number = request.args.get("reported", "")
    if not (number.isascii() and number.isdigit() and len(number) < 3):
        return {}
    groups = reported_groups(db.session, case, sections=sections_of(current_actor()))
    return {"code": groups[int(number)]} if int(number) < len(groups) else {}


def _stored(membership: GroupMembership) -> dict[str, object]:
    names = "since poverty evidence_kind evidence_number issuer issued_on expires_on".split()
    code = membership.sub_code or membership.group_code
    return {"code": code, **{name: getattr(membership, name) for name in names}}


def _show(
    page: str, case: Case, form: EditForm, membership: GroupMembership | None = None
) -> ResponseReturnValue:
    now = clock.now()
    head = read_head(db.session, actor=current_actor(), case=case, now=now)
    context: dict[str, Any] = {"case": case, "head": head, "marks": form.marks(case, now)}
    if membership is not None:
        context["membership"] = membership
        context["group"] = label(membership.group_code, membership.sub_code)
    return render_form(page, page, form, form.conflict, **context)


def _done(case: Case, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect_to("register.of_case", case_id=case.id)
