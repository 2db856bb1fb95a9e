"""A lost phone: the page where one administrator asks, and the one where another person answers."""

from flask import abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import resets
from app.auth.access import authorized
from app.auth.admin_routes import bp
from app.auth.factor_forms import AskResetForm, DecideResetForm
from app.auth.factor_models import FactorReset
from app.auth.labels import CHECK_LABELS
from app.auth.login import current_actor
from app.auth.models import User
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.policy import managed_users, open_resets
from app.auth.settings import can_mail
from app.auth.step_up import confirmed
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

_ASK = ("admin/ask_reset.html", "admin/_ask_reset_form.html")


@bp.route("/users/<uuid:user_id>/factor-reset", methods=["GET", "POST"])
@authorized(Permission.USERS_MANAGE, load=managed_users, key="user_id")
@confirmed()
@once
def ask_reset(user: User) -> ResponseReturnValue:
    form, now = AskResetForm(), clock.now()
    if form.validate_on_submit():
        resets.ask_reset(db.session, actor=current_actor(), user=user, checked=form.check, now=now)
        flash(_("Đã gửi yêu cầu. Một người khác cần duyệt trong 24 giờ."), "success")
        return redirect_to("admin.resets_waiting")
    return render_form(*_ASK, form, user=user)


@bp.get("/factor-resets")
@authorized(Permission.RESET_DECIDE)
def resets_waiting() -> ResponseReturnValue:
    rows = resets.waiting_resets(db.session, clock.now())
    return render_template("admin/resets.html", rows=rows, checks=CHECK_LABELS)


@bp.post("/factor-resets/<uuid:reset_id>/decide")
@authorized(Permission.RESET_DECIDE, load=open_resets, key="reset_id")
@confirmed()
@once
def decide_reset(reset: FactorReset) -> ResponseReturnValue:
    form = DecideResetForm()
    if not form.validate():
        abort(422)
    approve = form.decision.data == "approve"
    resets.decide_reset(
        db.session,
        actor=current_actor(),
        reset=reset,
        approve=approve,
        by_mail=can_mail(),
        now=clock.now(),
    )
    flash(_("Đã duyệt: người đó cài lại từ đầu.") if approve else _("Đã từ chối."), "success")
    return redirect_to("admin.resets_waiting")
