"""Up to which number counts are hidden, as an administrator sets it."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.indicators.forms.thresholds import ThresholdsForm
from app.indicators.pages.thresholds import thresholds_page
from app.indicators.services.thresholds import change_thresholds
from app.web.responses import redirect_to, render_form

bp = Blueprint("thresholds", __name__, url_prefix="/admin/disclosure")
_TEMPLATES = ("admin/disclosure.html", "admin/_disclosure_form.html")


@bp.route("", methods=["GET", "POST"])
@authorized(Permission.REFERENCE_MANAGE)
@once
def index() -> ResponseReturnValue:
    page = thresholds_page(db.session)
    form = ThresholdsForm(page.now)
    if form.validate_on_submit():
        with refusals_on(form):
            return _change(form)
    shown = thresholds_page(db.session) if form.conflict else page
    return render_form(*_TEMPLATES, form, form.conflict, shown=shown)


def _change(form: ThresholdsForm) -> ResponseReturnValue:
    change_thresholds(
        db.session,
        actor=current_actor(),
        change=form.values,
        expected=form.expected,
        now=clock.now(),
    )
    flash(_("Đã lưu. Số liệu hiện tại được bảo vệ lại trong ít phút."), "success")
    return redirect_to("thresholds.index")
