"""The administrator's page of what did not arrive. Nothing here is of a case."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.settings import settings
from app.core import clock
from app.core.db import db
from app.reminders import policy
from app.reminders.channels.carriers import carriers_of
from app.reminders.forms.deliveries import ResendAllForm, ResendForm
from app.reminders.models import Message
from app.reminders.pages.channel_words import CHANNELS, reason_words
from app.reminders.queries.dead_letters import counts_by_channel, dead_letters
from app.reminders.services.dead_letters import put_back, put_back_all
from app.web.paging import after_arg, limit_arg
from app.web.responses import redirect_to

bp = Blueprint("deliveries", __name__, url_prefix="/admin/deliveries")
HEALTH = Permission.SYSTEM_HEALTH


@bp.get("")
@authorized(HEALTH)
def index() -> ResponseReturnValue:
    limit = limit_arg()
    rows, has_more = dead_letters(db.session, after=after_arg(), limit=limit)
    older = url_for(".index", after=rows[-1][0].id, limit=limit) if has_more else None
    return render_template(
        "reminders/deliveries.html",
        rows=rows,
        counts=counts_by_channel(db.session, clock.now()),
        words=CHANNELS,
        reason=reason_words,
        set_up=set(carriers_of(settings())),
        older=older,
        newer=url_for(".index", limit=limit) if after_arg() else None,
    )


@bp.post("/<uuid:message_id>/again")
@authorized(HEALTH, load=policy.messages, key="message_id")
@once
def again(message: Message) -> ResponseReturnValue:
    if ResendForm().validate_on_submit():
        put_back(db.session, actor=current_actor(), message=message, now=clock.now())
        flash(_("Đã đưa lại vào hàng chờ gửi. Thư đi ở lượt chạy tới, trong vòng một phút."), "ok")
    return redirect_to("deliveries.index")


@bp.post("/again")
@authorized(HEALTH)
@once
def all_again() -> ResponseReturnValue:
    form = ResendAllForm()
    if form.validate_on_submit():
        channel, now = form.chosen, clock.now()
        count = put_back_all(db.session, actor=current_actor(), channel=channel, now=now)
        flash(_("Đã đưa lại %(count)s thư vào hàng chờ gửi.", count=count), "ok")
    return redirect_to("deliveries.index")
