"""The calendar on one's phone: its secret address, made and shown once, renewed, switched off.

The address is a secret, as a password is: it is kept as a hash and never reaches a log.
"""

from flask import Blueprint, Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.settings import base_url
from app.auth.throttle import Bucket, bucket_of, note_failure, waiting_time
from app.core import clock
from app.core.db import db
from app.reminders.channels.calendar_file import calendar_of
from app.reminders.pages.reach import kinds_for
from app.reminders.queries.feed import feed_items, feed_owner
from app.reminders.rules import rules_of_file
from app.reminders.services.own_choices import feed_hash, renew_feed, stop_feed
from app.web.access import public
from app.web.responses import redirect_to

bp = Blueprint("reminder_feed", __name__)
DOOR = "calendar"
LONGEST_TOKEN = 100


@bp.get("/calendar/<feed_token>.ics")
@public
def show(feed_token: str) -> ResponseReturnValue:
    """404 for every address that is not one, whatever the reason; after many of them, wait."""
    hashed = feed_hash(feed_token[:LONGEST_TOKEN])
    owner = feed_owner(db.session, hashed, clock.now())
    if owner is None:
        return _refused(bucket_of(hashed.hex(), request.remote_addr, door=DOOR))
    items = feed_items(db.session, owner, clock.now())
    answer = Response(calendar_of(items, base_url()), mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    return answer.make_conditional(request)


def _refused(bucket: Bucket) -> ResponseReturnValue:
    now = clock.now()
    waiting = waiting_time(db.session, bucket, now)
    if waiting:
        return Response(status=429, headers={"Retry-After": str(int(waiting.total_seconds()) + 1)})
    with db.sessionmaker.begin() as session:  # the refusal undoes the transaction of the request
        note_failure(session, bucket, now)
    return abort(404)


@bp.post("/reminders/choices/calendar")
@authorized(Permission.REMINDER_OWN)
@once
def renew() -> ResponseReturnValue:
    """The page with the address on it: it is not kept, and cannot be shown again."""
    actor, now = current_actor(), clock.now()
    if not kinds_for(actor.role, rules_of_file()):
        return render_template("reminders/choices_none.html")
    token = renew_feed(db.session, actor=actor, now=now)
    return render_template("reminders/feed.html", address=f"{base_url()}/calendar/{token}.ics")


@bp.post("/reminders/choices/calendar/stop")
@authorized(Permission.REMINDER_OWN)
@once
def stop() -> ResponseReturnValue:
    stop_feed(db.session, actor=current_actor(), now=clock.now())
    flash(_("Đã tắt. Địa chỉ lịch cũ không còn dùng được."), "ok")
    return redirect_to("reminder_choices.index")
