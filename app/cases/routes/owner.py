"""Who is responsible for a case: taking it, or assigning it."""

from typing import Any

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy
from app.cases.forms.owner import OwnerForm
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.queries.owner import workers_of
from app.cases.routes.refusals import refusals_on
from app.cases.services.owner import can_reassign, change_owner
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

bp = Blueprint("owner", __name__, url_prefix="/cases/<uuid:case_id>")


@bp.route("/owner", methods=["GET", "POST"])
@authorized(Permission.CASE_ASSIGN, load=policy.case_file, key="case_id")
@once
def change(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    all_workers = can_reassign(actor)
    workers = workers_of(db.session, actor.unit_id, None if all_workers else actor.id)
    form = OwnerForm(workers)
    if form.validate_on_submit():
        with refusals_on(form):
            return _change(case, form)
    head = read_head(db.session, actor=actor, case=case, now=now)
    may = all_workers or case.owner_id is None
    pages, marks = ("owner/change.html", "owner/_form.html"), form.marks(case, now)
    context: dict[str, Any] = {"case": case, "head": head, "marks": marks, "may_change": may}
    context["can_reassign"] = all_workers
    context["has_others"] = any(worker.id != case.owner_id for worker in workers)
    return render_form(*pages, form, form.conflict, **context)


def _change(case: Case, form: OwnerForm) -> ResponseReturnValue:
    change_owner(
        db.session,
        actor=current_actor(),
        case=case,
        owner_id=form.chosen,
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    flash(_("Đã giao người phụ trách."), "ok")
    return redirect_to("cases.show", case_id=case.id)
