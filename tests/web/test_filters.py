from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.core.dates import DatePrecision, PartialDate
from app.web import filters

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 10, tzinfo=UTC)  # 14:10 in Vietnam


@pytest.fixture(autouse=True)
def vietnamese(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 2, 5), "05/02/2026"),
        (datetime(2026, 11, 22, 17, 30, tzinfo=UTC), "23/11/2026"),
        (PartialDate(date(2017, 2, 1), DatePrecision.MONTH), "02/2017"),
        (PartialDate(date(2017, 1, 1), DatePrecision.YEAR), "2017"),
        (None, ""),
    ],
)
def test_a_date_is_shown_day_first_on_a_vietnamese_calendar(value: object, shown: str) -> None:
    assert filters.vn_date(value) == shown  # type: ignore[arg-type]


def test_a_moment_is_shown_in_24_hours() -> None:
    assert filters.vn_datetime(NOW) == "14:10 ngày 23/11/2026"
    assert filters.vn_datetime(None) == ""


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (MONDAY, "Hôm nay, thứ Hai 23/11"),
        (date(2026, 11, 22), "Hôm qua, Chủ nhật 22/11"),
        (date(2026, 11, 24), "Ngày mai, thứ Ba 24/11"),
        (date(2026, 11, 21), "Thứ Bảy 21/11"),
        (date(2025, 12, 31), "Thứ Tư 31/12/2025"),
    ],
)
def test_a_day_has_its_name(day: date, shown: str) -> None:
    assert filters.vn_day(day, MONDAY) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (NOW, "14:10, hôm nay, thứ Hai 23/11"),
        (datetime(2026, 11, 27, 10, 0, tzinfo=UTC), "17:00, thứ Sáu 27/11"),
        (datetime(2026, 11, 29, 10, 0, tzinfo=UTC), "17:00, chủ nhật 29/11"),
    ],
)
def test_a_deadline_has_its_weekday(moment: datetime, shown: str) -> None:
    assert filters.vn_moment(moment, MONDAY) == shown


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(hours=4, minutes=10), "4 giờ 10 phút"),
        (timedelta(hours=3), "3 giờ"),
        (timedelta(days=4, hours=2, minutes=59), "4 ngày 2 giờ"),
        (timedelta(days=1, minutes=5), "1 ngày"),
        (timedelta(minutes=38, seconds=59), "38 phút"),
        (timedelta(seconds=20), "chưa đầy 1 phút"),
        (timedelta(hours=-3), "3 giờ"),
        (5400, "1 giờ 30 phút"),
    ],
)
def test_a_span_names_its_two_largest_units(span: timedelta | float, shown: str) -> None:
    assert filters.duration(span) == shown


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (timedelta(days=4, hours=2), "còn 4 ngày 2 giờ"),
        (timedelta(0), "còn chưa đầy 1 phút"),
        (timedelta(hours=-3), "quá hạn 3 giờ"),
        (timedelta(seconds=-1), "quá hạn chưa đầy 1 phút"),
    ],
)
def test_a_clock_says_how_long_is_left_or_how_late(left: timedelta, shown: str) -> None:
    assert filters.remaining(NOW + left, NOW) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(1234567, 0, "1.234.567"), (1234.5, 1, "1.234,5"), (0, 0, "0"), (None, 0, "\u2013")],
)
def test_a_number_has_a_decimal_comma(value: float | None, decimals: int, shown: str) -> None:
    assert filters.number(value, decimals) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("033240001234", "033•••••1234"), ("12345678", "•••••"), (None, ""), ("", "")],
)
def test_an_identity_number_is_masked(value: str | None, shown: str) -> None:
    assert filters.mask_id(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+84912345678", "0912 345 678"),
        ("0912345678", "0912 345 678"),
        ("02213861234", "02213 861 234"),
        ("111", "111"),
        (None, ""),
    ],
)
def test_a_phone_number_is_grouped(value: str | None, shown: str) -> None:
    assert filters.phone(value) == shown


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 2, 5), "ngày 05 tháng 02 năm 2026"),
        (date(2026, 11, 23), "ngày 23 tháng 11 năm 2026"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (None, "ngày … tháng … năm …"),
    ],
)
def test_a_decree_s_date_is_padded_as_the_decree_says(day: date | None, shown: str) -> None:
    assert filters.decree_date(day) == shown
