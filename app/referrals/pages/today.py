"""What a worker's first page says of referrals: a procuracy that is still to be told, the sent ones
with the other side's clock."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask_babel import ngettext

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.pages.clocks import Chip
from app.cases.pages.home import More, Todo
from app.cases.pages.links import link
from app.cases.queries.home import UNOPENED
from app.core.db import db
from app.referrals.enums import ReferralState
from app.referrals.pages.lines import count_words
from app.referrals.pages.sent import SentCard, cards, note_listed
from app.referrals.queries.prosecution import Untold, untold_procuracy
from app.referrals.queries.sent import MINE, PRESSING, Pressing, pressing_sent
from app.web.filters import vn_datetime
from app.web.words import _

SHOWN = 5
S = ReferralState


@dataclass(frozen=True, slots=True)
class TodayCard:
    """`more`: how many alike this child has, where it is more than one; `url` leads to them."""

    card: SentCard
    more: str
    url: str


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
    found = pressing_sent(db.session, actor, limit=SHOWN)
    if not found.rows:
        return ""
    rows = [one.row for one in found.rows]
    note_listed(db.session, actor, rows, [MINE, *PRESSING], now)
    lines = [
        TodayCard(card, _more(one), link("referrals.of_case", case_id=one.row.case_id))
        for card, one in zip(cards(rows, actor, now), found.rows, strict=True)
    ]
    total = count_words(found.total) if found.total else ""
    return render_template("referrals/_today.html", lines=lines, total=total)


def _more(one: Pressing) -> str:
    if one.count == 1:
        return ""
    if one.row.state in (S.DECLINED, S.EXPIRED):
        return ngettext("%(num)d phiếu chưa ai nhận", "%(num)d phiếu chưa ai nhận", one.count)
    if one.row.state is S.COMPLETED:
        return ngettext("%(num)d kết quả", "%(num)d kết quả", one.count)
    return ngettext("%(num)d câu hỏi", "%(num)d câu hỏi", one.count)
