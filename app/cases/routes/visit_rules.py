"""How often children are visited, as an administrator sets it."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.forms.follow_up import VisitRulesForm
from app.cases.queries.follow_up import rule_changes, rules_in_force
from app.cases.routes.refusals import refusals_on
from app.cases.services.visit_rules import change_rules
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

bp = Blueprint("visit_rules", __name__, url_prefix="/admin/visit-rules")


@bp.route("", methods=["GET", "POST"])
@authorized(Permission.REFERENCE_MANAGE)
@once
def index() -> ResponseReturnValue:
    rules = rules_in_force(db.session, clock.today())
    form = VisitRulesForm(rules)
    if form.validate_on_submit():
        with refusals_on(form):
            return _change(form)
    changes = rule_changes(db.session)
    pages = ("admin/visit_rules.html", "admin/_visit_rules_form.html")
    return render_form(*pages, form, form.conflict, rules=rules, changes=changes)


def _change(form: VisitRulesForm) -> ResponseReturnValue:
    change_rules(
        db.session,
        actor=current_actor(),
        change=form.values(),
        expected=form.expected,
        now=clock.now(),
    )
    flash(_("Đã lưu quy tắc thăm trẻ em."), "success")
    return redirect_to("visit_rules.index")
