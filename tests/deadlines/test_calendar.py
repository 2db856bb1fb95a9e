"""Working days in Vietnam."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import LOCAL
from app.deadlines.calendar import (
    add_working_days,
    is_working_day,
    shipped_days,
    working_days_between,
    working_time_between,
)

NONE: dict[date, bool] = {}
ZONES = st.sampled_from([UTC, LOCAL])
MOMENTS = st.builds(
    datetime.combine, st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.times(), ZONES
)


def at(text: str) -> datetime:
    """A moment on a clock in Vietnam."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def off(*days: date) -> list[bool]:
    return [is_working_day(day, NONE) for day in days]


def test_weekends_are_off() -> None:
    friday = date(2026, 11, 20)
    week = [is_working_day(friday + timedelta(days=n), NONE) for n in range(4)]
    assert week == [True, False, False, True]


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 2, 16), date(2026, 2, 20)), (date(2027, 2, 5), date(2027, 2, 9))],
)
def test_tet_is_off(first: date, last: date) -> None:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert off(*days) == [False] * 5


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 4, 27),  # Hùng Kings' day fell on a Sunday
        date(2026, 4, 30),
        date(2026, 5, 1),
        date(2026, 9, 2),
        date(2027, 1, 1),
        date(2028, 1, 3),  # New Year's day fell on a Saturday
    ],
)
def test_public_holidays_and_their_substitutes_are_off(day: date) -> None:
    assert day.weekday() < 5
    assert not is_working_day(day, NONE)


def test_a_swapped_day_that_the_calendar_knows() -> None:
    assert not is_working_day(date(2026, 8, 31), NONE)  # a Monday
    assert is_working_day(date(2026, 8, 22), NONE)  # the Saturday worked instead


def test_overrides_win_over_everything() -> None:
    saturday, monday, new_year = date(2026, 11, 21), date(2026, 11, 23), date(2027, 1, 1)
    overrides = {saturday: True, monday: False, new_year: True}
    assert [is_working_day(day, overrides) for day in overrides] == [True, False, True]


def test_the_shipped_days_swap_2_january_2026() -> None:
    overrides = {entry.day: entry.is_working for entry in shipped_days()}
    assert overrides == {date(2026, 1, 2): False, date(2026, 1, 10): True}
    assert all(day.reason and day.citation for day in shipped_days())
    assert is_working_day(date(2026, 1, 2), NONE)
    assert not is_working_day(date(2026, 1, 2), overrides)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-16 09:00", 5, "2026-11-23 17:00"),  # over a weekend
        ("2026-11-21 09:00", 1, "2026-11-23 17:00"),  # from a Saturday
        ("2026-02-12 09:00", 5, "2026-02-26 17:00"),  # over Tết 2026
        ("2027-02-03 09:00", 1, "2027-02-11 17:00"),  # over Tết 2027
        ("2026-12-30 16:59", 2, "2027-01-04 17:00"),  # over the end of the year
        ("2028-02-28 08:00", 1, "2028-02-29 17:00"),  # a leap day
        ("2026-08-21 08:00", 1, "2026-08-22 17:00"),  # a Saturday that is worked
        ("2026-11-16 00:00", 1, "2026-11-17 17:00"),
        ("2026-11-16 23:59", 1, "2026-11-17 17:00"),
    ],
)
def test_working_days_are_added(start: str, days: int, due: str) -> None:
    assert add_working_days(at(start), days, NONE) == at(due)


def test_the_day_is_the_day_in_vietnam() -> None:
    before = datetime(2026, 11, 16, 16, 59, tzinfo=UTC)  # 23:59 on Monday
    after = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)  # 00:00 on Tuesday
    assert add_working_days(before, 1, NONE) == at("2026-11-17 17:00")
    assert add_working_days(after, 1, NONE) == at("2026-11-18 17:00")


def test_a_swapped_day_moves_the_end() -> None:
    start = at("2026-11-20 09:00")
    assert add_working_days(start, 1, {date(2026, 11, 21): True}) == at("2026-11-21 17:00")
    assert add_working_days(start, 1, {date(2026, 11, 23): False}) == at("2026-11-25 17:00")


def test_there_is_no_daylight_saving() -> None:
    offsets = {
        add_working_days(at(f"2026-{m:02}-05 09:00"), 1, NONE).utcoffset() for m in range(1, 13)
    }
    assert offsets == {timedelta(hours=7)}


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_one_day_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(at("2026-11-16 09:00"), days, NONE)


def test_a_moment_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        add_working_days(datetime.fromisoformat("2026-11-16 09:00"), 1, NONE)


@given(MOMENTS, st.integers(1, 30))
def test_the_end_is_later_on_a_working_day_and_counts_back(start: datetime, days: int) -> None:
    due = add_working_days(start, days, NONE)
    assert due > start
    assert is_working_day(due.date(), NONE)
    assert working_days_between(start, due, NONE) == days


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-16 07:30", "2026-11-16 17:00", 8),
        ("2026-11-16 00:00", "2026-11-17 00:00", 8),
        ("2026-11-16 11:00", "2026-11-16 13:30", 1),
        ("2026-11-20 16:00", "2026-11-23 08:30", 2),
        ("2026-11-21 08:00", "2026-11-22 20:00", 0),
        ("2026-11-16 18:00", "2026-11-17 07:00", 0),
        ("2026-11-17 10:00", "2026-11-16 10:00", 0),
    ],
)
def test_working_time(start: str, end: str, hours: float) -> None:
    assert working_time_between(at(start), at(end), NONE) == timedelta(hours=hours)


@given(MOMENTS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_working_time_adds_up(start: datetime, one: int, other: int) -> None:
    middle, end = start + timedelta(seconds=one), start + timedelta(seconds=one + other)
    parts = working_time_between(start, middle, NONE) + working_time_between(middle, end, NONE)
    assert parts == working_time_between(start, end, NONE) <= end - start
