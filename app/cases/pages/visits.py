"""A visit that is due, in words: how long is left, or how late it is. Days, not minutes."""

from datetime import datetime

from app.cases.pages.clocks import Chip
from app.core import clock
from app.web.filters import vn_day
from app.web.words import _


def days_late(due: datetime, at: datetime) -> int:
    """Whole days between the day it was due and the other day; 0 on the day itself or before."""
    return max(0, (clock.local(at).date() - clock.local(due).date()).days)


def left_words(due: datetime, now: datetime) -> str:
    """hôm nay; còn 3 ngày; quá hạn 4 ngày."""
    days = (clock.local(due).date() - clock.local(now).date()).days
    if days < 0:
        return _("quá hạn %(n)s ngày", n=-days)
    return _("còn %(n)s ngày", n=days) if days else _("hạn hôm nay")


def visit_chip(due: datetime, now: datetime) -> Chip:
    """The next visit to the child. Without a countdown: a visit is due on a day."""
    late = due < now
    soon = clock.local(due).date() <= clock.local(now).date()
    return Chip(
        tone="danger" if late else "warn" if soon else "go",
        icon="alarm" if late else "calendar-due",
        title=_("Thăm trẻ em"),
        left=left_words(due, now),
        detail=_(
            "lần thăm tiếp theo: hạn %(day)s", day=_lower(vn_day(due, clock.local(now).date()))
        ),
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
