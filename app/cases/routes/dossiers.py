"""The complete dossier of a case as one PDF: asked for, fetched within a day."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy
from app.cases.forms.dossiers import DossierForm
from app.cases.models import Case, Dossier
from app.cases.pages.head import read_head
from app.cases.routes.documents import saved
from app.cases.services.dossiers import open_dossier, order_dossier
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

bp = Blueprint("dossiers", __name__)


@bp.route("/cases/<uuid:case_id>/dossier", methods=["GET", "POST"])
@authorized(Permission.DOSSIER_MAKE, load=policy.case_file, key="case_id")
@once
def order(case: Case) -> ResponseReturnValue:
    actor, form, now = current_actor(), DossierForm(), clock.now()
    if form.validate_on_submit():
        reason = str(form.reason.data)
        task = order_dossier(db.session, actor=actor, case=case, reason=reason, now=now)
        return redirect_to("tasks.show", task_id=task.id)
    head = read_head(db.session, actor=actor, case=case, now=now)
    pages = ("dossiers/order.html", "dossiers/_order.html")
    return render_form(*pages, form, case=case, head=head)


@bp.get("/dossiers/<uuid:task_id>/dossier.pdf")
@authorized(Permission.DOSSIER_MAKE, load=policy.own_dossiers, key="task_id")
def download(dossier: Dossier) -> ResponseReturnValue:
    """For the person who asked for it, and nobody else."""
    actor, now = current_actor(), clock.now()
    pdf = open_dossier(db.session, actor=actor, dossier=dossier, now=now)
    return saved(pdf, f"{dossier.case.number}-ho-so.pdf") if pdf else abort(404)
