"""What a worker's first page says of referrals: a procuracy that is still to be told, the sent ones
with the other side's clock."""

from datetime import datetime

from flask import render_template

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.pages.clocks import Chip
from app.cases.pages.home import More, Todo
from app.cases.pages.links import link
from app.cases.queries.home import UNOPENED
from app.core.db import db
from app.referrals.pages.sent import cards, note_listed
from app.referrals.queries.prosecution import Untold, untold_procuracy
from app.referrals.queries.sent import MINE, PRESSING, pressing_sent
from app.web.filters import vn_datetime
from app.web.words import _

SHOWN = 5


def procuracy_first(actor: Actor, _now: datetime) -> More:
    """The law says at once: until it is recorded, the first thing of every day. One statement."""
    if not has_permission(actor, Permission.REFERRAL_SEND):
        return More([], 0)
    rows = [_untold(one) for one in untold_procuracy(db.session, actor)]
    return More(rows, len(rows))


def _untold(one: Untold) -> Todo:
    detail = _("đã ký, gửi %(when)s", when=vn_datetime(one.signed_at))
    return Todo(
        case_id=one.case_id,
        rank=(UNOPENED, False, False, False, one.signed_at),
        what=_("Báo Viện kiểm sát về %(number)s", number=one.number),
        url=link("prosecution.index", case_id=one.case_id),
        why=_("%(number)s: kiến nghị khởi tố, báo ngay bằng văn bản", number=one.case_number),
        chip=Chip("danger", "alert-triangle", _("Báo ngay"), "", detail),
        action=_("Ghi đã báo"),
        action_url=link("prosecution.procuracy", case_id=one.case_id, prosecution_id=one.id),
    )


def sent_card(actor: Actor, now: datetime) -> str:
    """At most five, those that ask for something first; nothing where nothing was sent."""
    rows = pressing_sent(db.session, actor, limit=SHOWN)
    if not rows:
        return ""
    note_listed(db.session, actor, rows, [MINE, *PRESSING], now)
    return render_template("referrals/_today.html", cards=cards(rows, actor, now))
