"""Working days in Vietnam: Monday to Friday, without public holidays, with swapped days.

Everything is pure: `overrides` says which days differ (`{day: is it a working day?}`), from the
shipped file and the table `calendar_days`. Days are days in Vietnam: 23:30 in UTC is tomorrow.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import holidays
from pydantic import BaseModel, ConfigDict, Field

from app.core.clock import LOCAL
from app.reference.datafiles import DataFile, read_versions

DATA = Path(__file__).parent / "data"
ONE_DAY = timedelta(days=1)
SATURDAY = 5

Overrides: TypeAlias = Mapping[date, bool]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Entry):
    """A stretch of office hours."""

    opens: time = Field(alias="from")
    closes: time = Field(alias="to")


class DifferentDay(_Entry):
    day: date
    is_working: bool
    reason: str
    citation: str


class CalendarFile(DataFile):
    hours: tuple[Hours, ...] = Field(min_length=1)
    days: tuple[DifferentDay, ...] = ()


class _Year(NamedTuple):
    """What the library knows of one year: days off, and weekend days that are worked instead."""

    off: frozenset[date]
    worked: frozenset[date]


def shipped_days() -> tuple[DifferentDay, ...]:
    """The swapped days that come with the product; they fill the table `calendar_days`."""
    return _file().days


def is_working_day(day: date, overrides: Overrides) -> bool:
    """An override decides; else the holiday calendar with its swapped days; else the weekday."""
    if day in overrides:
        return overrides[day]
    year = _year(day.year)
    return day in year.worked or (day.weekday() < SATURDAY and day not in year.off)


def add_working_days(start: datetime, days: int, overrides: Overrides) -> datetime:
    """The end of office hours of the `days`-th working day after the day of `start`.

    The day of the event is not counted (Civil Code, art. 147). Raises ValueError below one day
    and for a naive `start`.
    """
    if days < 1:
        raise ValueError("at least one working day")
    day = _local(start).date()
    for _ in range(days):
        day = _next_working_day(day, overrides)
    return datetime.combine(day, day_end(), LOCAL)


def working_days_between(start: datetime, end: datetime, overrides: Overrides) -> int:
    """How many working days follow the day of `start`, up to the day of `end` included."""
    first, last = _local(start).date(), _local(end).date()
    return sum(is_working_day(day, overrides) for day in _days(first + ONE_DAY, last))


def working_time_between(start: datetime, end: datetime, overrides: Overrides) -> timedelta:
    """The office hours from `start` to `end`; nothing where `end` is not later."""
    begin, finish = _local(start), _local(end)
    total = timedelta()
    for day in _days(begin.date(), finish.date()):
        if is_working_day(day, overrides):
            for hours in _file().hours:
                opens = datetime.combine(day, hours.opens, LOCAL)
                closes = datetime.combine(day, hours.closes, LOCAL)
                total += max(min(closes, finish) - max(opens, begin), timedelta())
    return total


def day_start() -> time:
    return _file().hours[0].opens


def day_end() -> time:
    return _file().hours[-1].closes


@cache
def _file() -> CalendarFile:
    return read_versions([DATA], CalendarFile, "calendar.*")["calendar"].newest


@cache
def _year(year: int) -> _Year:
    calendar = holidays.country_holidays("VN", years=year, expand=False)
    return _Year(frozenset(calendar), frozenset(calendar.weekend_workdays))


def _next_working_day(day: date, overrides: Overrides) -> date:
    day += ONE_DAY
    while not is_working_day(day, overrides):
        day += ONE_DAY
    return day


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(LOCAL)
