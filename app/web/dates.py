"""Reading dates and times as people here write them: dd/mm/yyyy, 24 hours."""

import re
from datetime import UTC, date, datetime, time

from flask_babel import gettext as _

from app.core.clock import LOCAL
from app.core.dates import DatePrecision, PartialDate

FIRST_YEAR, LAST_YEAR = 1900, 2100

_SEPARATORS = re.compile(r"[\s/.\-]+")
_TIME = re.compile(r"(\d{1,2})\s*(?:[:hHgG.]\s*)?(\d{2})?(?::\d{2}(?:\.\d+)?)?")
_ISO_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")
_DIGITS = re.compile(r"[0-9]+")


def parse_date(text: str) -> date:
    """A full date: 5/2/2026, 05.02.2026, 05022026 or 2026-02-05.

    Raises ValueError whose message can be shown to the user.
    """
    parts = _split(text)
    if len(parts) != 3:
        raise ValueError(_("Ghi đủ ngày, tháng, năm, ví dụ 05/02/2026."))
    if len(parts[0]) == 4:
        parts.reverse()
    return _build(*parts)


def parse_partial(day: str, month: str, year: str) -> PartialDate:
    """A date of which the day, or the day and the month, may be unknown (empty)."""
    if day and not month:
        raise ValueError(_("Ghi tháng, hoặc bỏ trống cả ngày và tháng nếu không rõ."))
    if not year:
        raise ValueError(_("Ghi năm, ví dụ 2017."))
    value = _build(day or "1", month or "1", year)
    if day:
        return PartialDate(value, DatePrecision.DAY)
    return PartialDate(value, DatePrecision.MONTH if month else DatePrecision.YEAR)


def split_partial(text: str) -> tuple[str, str, str]:
    """Day, month and year out of one text: 05/02/2017, 02/2017, 2017 or 2017-02-05."""
    parts = _split(text)
    if len(parts) > 1 and len(parts[0]) == 4:
        parts.reverse()
    if len(parts) > 3:
        raise ValueError(_("Ghi ngày dạng ngày/tháng/năm, ví dụ 05/02/2017."))
    day, month, year = ["", "", "", *parts][-3:]
    return day, month, year


def parse_time(text: str) -> time:
    """A time of day: 14:30, 14h30, 1430 or 9h."""
    compact = text.strip()
    found = _TIME.fullmatch(f"{compact[:-2]}:{compact[-2:]}" if _is_hhmm(compact) else compact)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise ValueError(_("Ghi giờ theo 24 giờ, ví dụ 14:30."))
    return time(hour, minute)


def parse_datetime(date_text: str, time_text: str) -> datetime:
    """The moment in UTC of a date and a time written in Vietnam."""
    day = parse_date(date_text)
    if not time_text:
        raise ValueError(_("Ghi cả giờ, ví dụ 14:30."))
    return datetime.combine(day, parse_time(time_text), LOCAL).astimezone(UTC)


def parse_iso_datetime(text: str) -> datetime | None:
    """The moment in UTC of an ISO text (Vietnam's time where it names no zone), else None."""
    if not _ISO_DATETIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(_year_message())
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)


def _is_hhmm(text: str) -> bool:
    return len(text) in {3, 4} and bool(_DIGITS.fullmatch(text))


def _split(text: str) -> list[str]:
    text = text.strip()
    if len(text) == 8 and _DIGITS.fullmatch(text):
        return [text[:2], text[2:4], text[4:]]
    return [part for part in _SEPARATORS.split(text) if part]


def _build(day: str, month: str, year: str) -> date:
    if not all(_DIGITS.fullmatch(part) and len(part) <= 4 for part in (day, month, year)):
        raise ValueError(_("Ngày chỉ gồm chữ số, ví dụ 05/02/2026."))
    if len(year) != 4:
        raise ValueError(_("Ghi đủ bốn chữ số của năm, ví dụ 2026."))
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(_year_message())
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(_("Ngày này không có trong lịch. Hãy xem lại ngày và tháng.")) from None


def _year_message() -> str:
    return str(_("Năm phải từ %(first)s đến %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
