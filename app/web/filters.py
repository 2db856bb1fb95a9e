"""Template filters: dates, spans of time, numbers and masked identifiers as written here."""

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import Flask

from app.core import clock
from app.core.dates import PartialDate
from app.web.words import _

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MASK = "•••••"
_NOT_DIALLED = re.compile(r"[^0-9+]")


def vn_date(value: date | datetime | PartialDate | None) -> str:
    """23/11/2026; of a moment, its date in Vietnam; of a partial date, what is known."""
    if value is None:
        return ""
    if isinstance(value, PartialDate):
        return str(value)
    return _local_date(value).strftime("%d/%m/%Y")


def vn_datetime(value: datetime | None) -> str:
    """14:05 ngày 23/11/2026, without the word in English."""
    if value is None:
        return ""
    there = clock.local(value)
    return str(_("%(time)s ngày %(date)s", time=vn_time(value), date=there.strftime("%d/%m/%Y")))


def vn_time(value: datetime) -> str:
    return clock.local(value).strftime("%H:%M")


def vn_day(value: date | datetime, today: date | None = None) -> str:
    """Hôm nay, thứ Hai 23/11; the year is added when it is not this year's."""
    day, today = _local_date(value), today or clock.today()
    near = {0: _("Hôm nay"), 1: _("Hôm qua"), -1: _("Ngày mai")}.get((today - day).days)
    weekday = weekday_name(day)
    label = f"{near}, {weekday}" if near else weekday[:1].upper() + weekday[1:]
    return f"{label} {day.strftime('%d/%m' if day.year == today.year else '%d/%m/%Y')}"


def vn_moment(value: datetime, today: date | None = None) -> str:
    """17:00, thứ Sáu 27/11; for deadlines near enough that the weekday helps."""
    day = vn_day(value, today)
    return f"{vn_time(value)}, {day[:1].lower() if day[1:2].islower() else day[:1]}{day[1:]}"


def weekday_name(day: date) -> str:
    names = (
        _("thứ Hai"),
        _("thứ Ba"),
        _("thứ Tư"),
        _("thứ Năm"),
        _("thứ Sáu"),
        _("thứ Bảy"),
        _("Chủ nhật"),
    )
    return str(names[day.weekday()])


def duration(value: timedelta | float) -> str:
    """4 giờ 10 phút: the two largest units; less than a minute is "chưa đầy 1 phút"."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    minutes = math.floor(abs(seconds) / _MINUTE)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        parts = [_("%(n)s ngày", n=days), _("%(n)s giờ", n=hours) if hours else ""]
    elif hours:
        parts = [_("%(n)s giờ", n=hours), _("%(n)s phút", n=rest) if rest else ""]
    else:
        parts = [_("%(n)s phút", n=rest) if rest else _("chưa đầy 1 phút")]
    return " ".join(part for part in parts if part)


def remaining(due: datetime, now: datetime | None = None) -> str:
    """còn 4 ngày 2 giờ, or quá hạn 3 giờ."""
    left = due - (now or clock.now())
    if left >= timedelta(0):
        return str(_("còn %(span)s", span=duration(left)))
    return str(_("quá hạn %(span)s", span=duration(left)))


def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """1.234,5: a point between thousands, a decimal comma. None is a dash."""
    if value is None:
        return "\u2013"
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def mask_id(value: str | None) -> str:
    """033•••••1234: enough to recognise an identity number, too little to use it."""
    if not value:
        return ""
    return f"{value[:3]}{_MASK}{value[-4:]}" if len(value) >= 9 else _MASK


def phone(value: str | None) -> str:
    """0912 345 678 from +84912345678; other numbers as they are."""
    if not value:
        return ""
    digits = f"0{value[3:]}" if value.startswith("+84") else value
    if digits.isascii() and digits.isdigit() and len(digits) in {10, 11}:
        return f"{digits[:-6]} {digits[-6:-3]} {digits[-3:]}"
    return digits


def dial(value: str | None) -> str:
    """0221 3504 766 for a tel: link."""
    return _NOT_DIALLED.sub("", value or "")


def decree_date(value: date | datetime | None) -> str:
    """ngày 05 tháng 02 năm 2026: Decree 30/2020 pads days below 10 and the months 1 and 2."""
    if value is None:
        return "ngày … tháng … năm …"
    day = _local_date(value)
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def iso(value: date | datetime) -> str:
    """For the `datetime` attribute of <time>."""
    return value.isoformat()


def _local_date(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def init_app(app: Flask) -> None:
    plain = (vn_date, vn_datetime, vn_time, vn_day, vn_moment, duration, remaining, number)
    for use in (*plain, mask_id, phone, dial, decree_date):
        app.jinja_env.filters[use.__name__] = use
    app.jinja_env.filters["iso"] = iso
    app.jinja_env.globals["now"] = clock.now
