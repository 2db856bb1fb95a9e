"""A browser agrees to be pushed to, or no longer."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.reminders import policy
from app.reminders.forms.push import PushForm, StopForm
from app.reminders.models import PushSubscription
from app.reminders.services.pushing import subscribe, unsubscribe
from app.web.responses import redirect_to

bp = Blueprint("reminder_push", __name__, url_prefix="/reminders/choices/push")
OWN = Permission.REMINDER_OWN


@bp.post("")
@authorized(OWN)
@once
def start() -> ResponseReturnValue:
    form = PushForm()
    try:
        if not form.validate_on_submit():
            raise InvalidInput("endpoint", _("Trình duyệt này không đăng ký nhận thông báo được."))
        _subscribe(form)
        flash(_("Đã bật thông báo trên trình duyệt này."), "ok")
    except InvalidInput as error:
        flash(str(error.text), "danger")
    return redirect_to("reminder_choices.index", _anchor="push-title")


def _subscribe(form: PushForm) -> None:
    subscribe(
        db.session,
        actor=current_actor(),
        endpoint=str(form.endpoint.data),
        p256dh=str(form.p256dh.data),
        auth=str(form.auth.data),
        now=clock.now(),
    )


@bp.post("/<uuid:browser_id>/stop")
@authorized(OWN, load=policy.own_browsers, key="browser_id")
@once
def stop(subscription: PushSubscription) -> ResponseReturnValue:
    if StopForm().validate_on_submit():
        actor, now = current_actor(), clock.now()
        unsubscribe(db.session, actor=actor, subscription=subscription, now=now)
        flash(_("Đã tắt thông báo trên trình duyệt đó."), "ok")
    return redirect_to("reminder_choices.index", _anchor="push-title")
