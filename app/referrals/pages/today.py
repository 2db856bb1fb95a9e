"""What a worker's first page says of referrals: the sent ones, with the other side's clock."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask_babel import ngettext

from app.auth.actor import Actor
from app.cases.pages.links import link
from app.core.db import db
from app.referrals.enums import ReferralState
from app.referrals.pages.lines import count_words
from app.referrals.pages.sent import SentCard, cards, note_listed
from app.referrals.queries.sent import MINE, PRESSING, Pressing, pressing_sent

SHOWN = 5
S = ReferralState


@dataclass(frozen=True, slots=True)
class TodayCard:
    """`more`: how many alike this child has, where it is more than one; `url` leads to them."""

    card: SentCard
    more: str
    url: str


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
    if one.alike == 1:
        return ""
    if one.row.state in (S.DECLINED, S.EXPIRED):
        return str(ngettext("%(num)d phiếu chưa ai nhận", "%(num)d phiếu chưa ai nhận", one.alike))
    if one.row.state is S.COMPLETED:
        return str(ngettext("%(num)d kết quả", "%(num)d kết quả", one.alike))
    return str(ngettext("%(num)d câu hỏi", "%(num)d câu hỏi", one.alike))
