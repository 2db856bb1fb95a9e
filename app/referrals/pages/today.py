"""What a worker's first page says of referrals: the sent ones, with the other side's clock."""

from datetime import datetime

from flask import render_template

from app.auth.actor import Actor
from app.core.db import db
from app.referrals.pages.sent import cards, note_listed
from app.referrals.queries.sent import MINE, PRESSING, pressing_sent

SHOWN = 5


def sent_card(actor: Actor, now: datetime) -> str:
    """At most five, those that ask for something first; nothing where nothing was sent."""
    rows = pressing_sent(db.session, actor, limit=SHOWN)
    if not rows:
        return ""
    note_listed(db.session, actor, rows, [MINE, *PRESSING], now)
    return render_template("referrals/_today.html", cards=cards(rows, actor, now))
