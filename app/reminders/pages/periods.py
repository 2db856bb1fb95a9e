"""The links of a page whose figures are of a month, a quarter or a year."""

from datetime import date
from typing import Any

from app.referrals.pages.periods import Period
from app.web.words import _


def period_links(period: Period, base: str, today: date) -> dict[str, Any]:
    """`kinds` for the macro `tabs`; nothing later than today."""
    this = Period(today.replace(day=1), 1)
    later = period.moved(1)
    kinds = ((1, _("Tháng")), (3, _("Quý")), (12, _("Năm")))
    return {
        "period": period,
        "kinds": [
            (words, _url(base, _of_kind(period, months, this)), None, months == period.months)
            for months, words in kinds
        ],
        "earlier_url": _url(base, period.moved(-1)),
        "later_url": _url(base, later) if later.start <= this.start else "",
    }


def _of_kind(period: Period, months: int, this: Period) -> Period:
    """A longer period around the one shown; a shorter one at its end, not later than today."""
    if months >= period.months:
        return period.around(months)
    last = Period(period.moved(1).start, months).moved(-1)
    return min(last, this.around(months), key=lambda one: one.start)


def _url(base: str, period: Period) -> str:
    return f"{base}{'&' if '?' in base else '?'}period={period.name}"
