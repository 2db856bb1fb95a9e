"""A child's age on a given day, and what an identity number tells."""

from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask

from app.people.ages import Age, age_at
from app.people.identifiers import case_number_of, doubts, national_id_of, phone_of
from app.people.models import DobPrecision, Sex


@dataclass
class Known:
    dob_precision: DobPrecision
    dob: str | None = None
    birth_year: int | None = None
    estimated_age: int | None = None
    estimated_on: date | None = None


D = DobPrecision


@pytest.mark.parametrize(
    ("known", "day", "age"),
    [
        (Known(D.DAY, "2017-03-05", 2017), date(2026, 3, 4), Age(8, True)),
        (Known(D.DAY, "2017-03-05", 2017), date(2026, 3, 5), Age(9, True)),
        (Known(D.DAY, "2016-02-29", 2016), date(2025, 2, 28), Age(8, True)),
        (Known(D.DAY, "2016-02-29", 2016), date(2025, 3, 1), Age(9, True)),
        (Known(D.DAY, "2017-03-05", 2017), date(2017, 3, 4), None),
        (Known(D.MONTH, "2017-03-01", 2017), date(2026, 3, 20), Age(9, False)),
        (Known(D.MONTH, "2017-03-01", 2017), date(2026, 4, 1), Age(9, True)),
        (Known(D.YEAR, "2017-01-01", 2017), date(2026, 1, 1), Age(9, False)),
        (Known(D.ESTIMATED, None, 2017, 8, date(2025, 6, 1)), date(2026, 5, 31), Age(8, False)),
        (Known(D.ESTIMATED, None, 2017, 8, date(2025, 6, 1)), date(2026, 6, 1), Age(9, False)),
        (Known(D.UNKNOWN), date(2026, 1, 1), None),
    ],
)
def test_age(known: Known, day: date, age: Age | None) -> None:
    assert age_at(known, day) == age


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912 345 678", "+84912345678"),
        ("+84 912.345.678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0221 3862 345", "+842213862345"),
        ("012345", None),
        ("111", None),
        ("091234567x", None),
    ],
)
def test_telephone_numbers(typed: str, number: str | None) -> None:
    assert phone_of(typed) == number


def test_numbers_of_people_and_cases() -> None:
    assert national_id_of("033 317 001 234") == "033317001234"
    assert national_id_of("03331700123") is None
    assert national_id_of("٠٣٣٣١٧٠٠١٢٣٤") is None
    assert case_number_of("hy 2026-123") == "HY-2026-000123"
    assert case_number_of("HY-2026-000123 x") is None


@pytest.mark.parametrize(
    ("number", "sex", "year", "count"),
    [
        ("033317001234", Sex.FEMALE, 2017, 0),
        ("033317001234", Sex.UNKNOWN, None, 0),
        ("034099001234", Sex.MALE, 1999, 0),
        ("033317001234", Sex.MALE, 2017, 1),
        ("033317001234", Sex.MALE, 2016, 2),
        ("000317001234", Sex.MALE, 2016, 3),
    ],
)
def test_doubts(app: Flask, number: str, sex: Sex, year: int | None, count: int) -> None:
    with app.test_request_context():
        assert len(list(doubts(number, sex=sex, birth_year=year))) == count
