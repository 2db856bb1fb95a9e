"""Whether reminders help, in words: a kind that nobody acts on stands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.pages.links import link
from app.core import clock
from app.referrals.pages.periods import Period
from app.reminders.models import Channel
from app.reminders.pages.bars import Bar, bars
from app.reminders.pages.periods import period_links
from app.reminders.pages.words import kind_words
from app.reminders.queries.use import Answers, Use, answers, uses
from app.reminders.rules import rules_of_file
from app.web.words import _, _l

IGNORED_AFTER = 20  # reminders that nobody acted on
TIME_TO_ACT = timedelta(days=3)  # a reminder of today is not ignored yet
CHANNELS: Mapping[Channel, LazyString] = {
    Channel.APP: _l("trong ứng dụng"),
    Channel.MAIL: _l("thư điện tử"),
    Channel.SMS: _l("tin nhắn"),
    Channel.PUSH: _l("thông báo của trình duyệt"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`opened` is known of the application only; answers are of the kind, whatever the channel."""

    kind: str
    channel: str
    sent: int
    waiting: int
    lost: int
    opened: str
    acted: str
    later: str
    not_needed: str
    ignored: int  # how many reminders, where nobody acted on any
    rule_url: str


def use_page(session: Session, *, actor: Actor, period: Period, now: datetime) -> dict[str, Any]:
    """Two statements."""
    span, kinds = period.span, rules_of_file().kinds
    found = uses(session, kinds, span.start, span.end, old_at=now - TIME_TO_ACT)
    said = {one.kind: one for one in answers(session, span.start, span.end)}
    is_admin = has_permission(actor, Permission.REFERENCE_MANAGE)
    in_app = [one for one in found if one.channel is Channel.APP]
    most_first = sorted(found, key=lambda one: (not _ignored(one), *_order(one)))
    return {
        "lines": [_line(one, said.get(one.kind), is_admin) for one in most_first],
        "sent": sum(one.sent for one in found),
        "lost": sum(one.lost for one in found),
        "opened": _share(sum(one.opened for one in in_app), sum(one.sent for one in in_app)),
        "acted": _share(sum(one.acted for one in in_app), sum(one.sent for one in in_app)),
        "later": sum(one.later for one in said.values()),
        "not_needed": sum(one.not_needed for one in said.values()),
        "handed_over": sum(one.handed_over for one in said.values()),
        "picture": _picture(sorted(in_app, key=_order)),
        "rules_url": link("reminder_rules.index") if is_admin else "",
        **period_links(period, link("reminder_use.index"), clock.local(now).date()),
    }


def _order(one: Use) -> tuple[int, str, str]:
    return -one.sent, one.kind, one.channel


def _ignored(one: Use) -> int:
    is_ignored = one.channel is Channel.APP and one.old >= IGNORED_AFTER and not one.acted
    return one.old if is_ignored else 0


def _line(one: Use, said: Answers | None, is_admin: bool) -> Line:
    in_app = one.channel is Channel.APP
    return Line(
        kind=kind_words(one.kind),
        channel=str(CHANNELS[one.channel]),
        sent=one.sent,
        waiting=one.waiting,
        lost=one.lost,
        opened=_share(one.opened, one.sent) if in_app else "–",
        acted=_share(one.acted, one.sent) if in_app or one.acted else "–",
        later=str(said.later if said else 0) if in_app else "–",
        not_needed=str(said.not_needed if said else 0) if in_app else "–",
        ignored=_ignored(one),
        rule_url=link("reminder_rules.edit", reminder_kind=one.kind) if is_admin else "",
    )


def _share(part: int, whole: int) -> str:
    """12 (40 %)"""
    return f"{part} ({round(100 * part / whole)}%)" if whole else "–"


def _picture(found: Sequence[Use]) -> Any:
    title = _("Nhắc trong ứng dụng theo loại việc: đã trả lời hoặc làm, đã mở, chưa mở.")
    return bars(title, [_bar(one) for one in found])


def _bar(one: Use) -> Bar:
    """Who acted has opened it, on whichever page."""
    opened = max(one.opened - one.acted, 0)
    parts = [
        ("use-acted", one.acted),
        ("use-opened", opened),
        ("use-unopened", max(one.sent - one.acted - opened, 0)),
    ]
    return Bar(kind_words(one.kind), f"{one.acted}/{one.sent}", parts)
