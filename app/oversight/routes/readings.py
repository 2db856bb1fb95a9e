"""Who opened a file and why; what of the readings stands out."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy as cases
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.oversight import policy
from app.oversight.forms.readings import LookForm
from app.oversight.models import ReadingFinding
from app.oversight.pages import readings as words
from app.oversight.queries import findings as queries
from app.oversight.queries.readings import readers
from app.oversight.services import findings as services
from app.oversight.services.questions import ask_about
from app.web.paging import limit_arg
from app.web.responses import redirect_to, render_form
from app.web.words import _

bp = Blueprint("readings", __name__)
P = Permission
_PAGE, _OF_DAY = 40, 60


@bp.get("/cases/<uuid:case_id>/readings")
@authorized(P.READINGS_SHOW, load=cases.case_file, key="case_id")
def of_case(case: Case) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    wanted = words.read_readers_filter(request.args)
    lines, more = readers(db.session, case, wanted)
    seen = {"view": "readings", "count": len(lines)}
    record(db.session, actor, AuditAction.AUDIT_READ, at=now, case_id=case.id, data=seen)
    head = read_head(db.session, actor=actor, case=case, now=now)
    page = words.readers_page(case, lines, more, wanted, now)
    return render_template("oversight/readers.html", head=head, page=page)


@bp.get("/readings/")
@authorized(P.OVERSIGHT)
def index() -> ResponseReturnValue:
    actor, limit = current_actor(), limit_arg(_PAGE)
    show = "all" if request.args.get("show") == "all" else ""
    kind = words.read_kind(request.args.get("kind", ""))
    after = words.read_day_key(request.args.get("after", ""))
    lines = queries.finding_lines(
        db.session, actor, new=not show, kind=kind, after=after, limit=limit
    )
    seen = {"view": "findings", "count": len(lines)}
    record(db.session, actor, AuditAction.AUDIT_READ, at=clock.now(), data=seen)
    page = words.findings_page(lines, show=show, kind=kind, limit=limit)
    return render_template("oversight/findings.html", page=page)


@bp.route("/readings/<uuid:finding_id>", methods=["GET", "POST"])
@authorized(P.OVERSIGHT, load=policy.finding_file, key="finding_id")
@once
def show(finding: ReadingFinding) -> ResponseReturnValue:
    actor, now, form = current_actor(), clock.now(), LookForm()
    if form.validate_on_submit():
        with refusals_on(form):
            services.look_at(db.session, actor=actor, finding=finding, note=form.note.data, now=now)
            flash(_("Đã ghi là đã xem."), "ok")
            return redirect_to("readings.index")
    seen = {"view": "finding"}
    record(db.session, actor, AuditAction.AUDIT_READ, at=now, case_id=finding.case_id, data=seen)
    page = words.finding_page(finding, queries.finding_facts(db.session, actor, finding, _OF_DAY))
    return render_form("oversight/finding.html", "oversight/_finding.html", form, shown=page)


@bp.post("/readings/<uuid:finding_id>/ask")
@authorized(P.OVERSIGHT, load=policy.finding_file, key="finding_id")
@once
def ask(finding: ReadingFinding) -> ResponseReturnValue:
    ask_about(db.session, actor=current_actor(), finding=finding, now=clock.now())
    flash(_("Đã gửi câu hỏi. Người đọc thấy nó ở trang đầu của họ."), "ok")
    return redirect_to("readings.index")
