"""The administrator's exceptions to the calendar: days off in lieu, swapped working days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import holidays
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.core import clock
from app.core.errors import DomainError, InvalidInput
from app.deadlines.calendar import SATURDAY, is_working_day, shipped_days
from app.deadlines.models import CalendarDay

AHEAD = timedelta(days=366)
# The library calls the day before New Year's Eve the 29th of the last lunar month; where that month
# has 29 days (2025, 2027, 2028) it is the 28th.
_RENAMED = {"29 Tết": _l("Nghỉ Tết Nguyên Đán (hai ngày trước mùng một)")}


class DayUnknown(DomainError):
    """There is no such exception, or its day has passed."""

    status = 404
    message = _l("Không có ngày này trong danh sách, hoặc ngày đã qua.")


@dataclass(frozen=True)
class ShownDay:
    """A day that differs from its weekday. `is_ours`: typed by an administrator, may be removed."""

    day: date
    is_working: bool
    reason: str
    citation: str | None
    is_ours: bool


def days_ahead(session: Session, today: date) -> list[ShownDay]:
    """The days of the next twelve months that differ from their weekday, whatever the source."""
    return days_between(session, today, today + AHEAD)


def days_between(session: Session, first: date, last: date) -> list[ShownDay]:
    """The days from `first` to `last` that differ from their weekday. One statement."""
    own = session.execute(
        select(
            CalendarDay.day, CalendarDay.is_working, CalendarDay.reason, CalendarDay.citation
        ).where(CalendarDay.day.between(first, last))
    )
    found = {row.day: row for row in _known(first, last)}
    found |= {
        row.day: ShownDay(row.day, row.is_working, row.reason, row.citation, True) for row in own
    }
    return [found[day] for day in sorted(found)]


def add_day(session: Session, actor: Actor, values: ShownDay, *, now: datetime) -> None:
    """Raises InvalidInput("day"): passed, too far, listed already, or no different."""
    today = clock.local(now).date()
    if not today <= values.day <= today + AHEAD:
        raise InvalidInput("day", _l("Chọn một ngày từ hôm nay đến 12 tháng tới."))
    shipped = {entry.day: entry.is_working for entry in shipped_days()}
    if is_working_day(values.day, shipped) == values.is_working:
        raise InvalidInput("day", _l("Theo lịch chung, ngày này vốn đã như vậy."))
    added = session.execute(
        insert(CalendarDay)
        .values(
            day=values.day,
            is_working=values.is_working,
            reason=values.reason,
            citation=values.citation,
        )
        .on_conflict_do_nothing()
        .returning(CalendarDay.day)
    ).first()
    if added is None:
        raise InvalidInput("day", _l("Ngày này đã có trong danh sách."))
    _note(session, actor, values.day, "added", now)


def remove_day(session: Session, actor: Actor, day: date, *, now: datetime) -> None:
    """Raises DayUnknown."""
    gone = delete(CalendarDay).where(
        CalendarDay.day == day, CalendarDay.day >= clock.local(now).date()
    )
    if session.execute(gone.returning(CalendarDay.day)).first() is None:
        raise DayUnknown
    _note(session, actor, day, "removed", now)


def _known(first: date, last: date) -> Iterator[ShownDay]:
    """Public holidays on weekdays and what came with the product."""
    years = range(first.year, last.year + 1)
    for day, name in holidays.country_holidays("VN", years=years, language="vi").items():
        if first <= day <= last and day.weekday() < SATURDAY:
            yield ShownDay(day, False, str(_RENAMED.get(name, name)), None, False)
    for entry in shipped_days():
        if first <= entry.day <= last:
            yield ShownDay(entry.day, entry.is_working, entry.reason, entry.citation, False)


def _note(session: Session, actor: Actor, day: date, what: str, now: datetime) -> None:
    record(
        session,
        actor,
        AuditAction.REFERENCE_CHANGED,
        at=now,
        data={"list": "calendar_days", "fields": [what], "day": day},
    )
