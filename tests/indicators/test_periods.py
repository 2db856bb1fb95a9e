"""Periods: what a text names, and how they follow one another."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from app.indicators.periods import BadPeriod, Period, PeriodKind

PERIODS = st.builds(
    lambda kind, year, part: Period.of(kind, year, part % (12 // kind.months) + 1),
    st.sampled_from(PeriodKind),
    st.integers(2001, 2099),
    st.integers(0, 11),
)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-H1", date(2026, 1, 1), date(2026, 7, 1)),
        ("2026-H2", date(2026, 7, 1), date(2027, 1, 1)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 7, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_text_names_a_period(text: str, start: date, end: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "text",
    "|26|2026-|2026-5|2026-13|2026-00|2026-Q5|2026-Q0|2026-Q01|2026-H3|2026-M1|1999|2101| 2026"
    "|2026\n|２０２６|2026-05-01|-2026|2026-H".split("|"),
)
def test_anything_else_names_none(text: str) -> None:
    with pytest.raises(BadPeriod):
        Period.parse(text)


@given(PERIODS)
def test_the_text_of_a_period_names_it(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(PERIODS)
def test_periods_follow_without_gap(period: Period) -> None:
    assert period.previous().end == period.start
    assert period.following().start == period.end
    assert period.last_day + timedelta(days=1) == period.end


@given(PERIODS, st.sampled_from(PeriodKind))
def test_the_parts_of_a_period_are_the_whole(period: Period, kind: PeriodKind) -> None:
    parts = period.parts(kind)
    if kind.months > period.kind.months:
        assert parts == ()
        return
    assert (parts[0].start, parts[-1].end) == (period.start, period.end)
    assert all(one.end == other.start for one, other in pairwise(parts))


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from(PeriodKind))
def test_a_day_is_in_the_period_that_contains_it(day: date, kind: PeriodKind) -> None:
    period = Period.containing(kind, day)
    assert period.start <= day < period.end


def test_periods_before_the_first_year_are_none() -> None:
    with pytest.raises(BadPeriod):
        Period.parse("2000").previous()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026", "Năm 2026"),
        ("2026-Q2", "Quý II năm 2026"),
        ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-H2", "6 tháng cuối năm 2026"),
        ("2026-05", "Tháng 5 năm 2026"),
    ],
)
def test_how_a_period_is_called(app: object, text: str, label: str) -> None:
    with app.test_request_context(), force_locale("vi"):  # type: ignore[attr-defined]
        assert str(Period.parse(text).label) == label
