"""A child's age on a given day: the law asks for it at the report, the event, the measure."""

from datetime import date
from typing import NamedTuple, Protocol

from app.people.models import DobPrecision


class Born(Protocol):
    """What is known of a birth: a Child, or a row with the same columns."""

    @property
    def dob(self) -> str | None: ...
    @property
    def dob_precision(self) -> DobPrecision: ...
    @property
    def birth_year(self) -> int | None: ...
    @property
    def estimated_age(self) -> int | None: ...
    @property
    def estimated_on(self) -> date | None: ...


class Age(NamedTuple):
    """Full years. Not exact: from a year or an estimate, so it may be one less or more."""

    years: int
    is_exact: bool


def age_at(child: Born, day: date) -> Age | None:
    """The age on `day`, or None where nothing is known or the child was not yet born."""
    match child.dob_precision:
        case DobPrecision.DAY if child.dob:
            age = Age(years_between(date.fromisoformat(child.dob), day), True)
        case DobPrecision.MONTH if child.dob:
            first = date.fromisoformat(child.dob)
            age = Age(years_between(first, day), (first.month != day.month))
        case DobPrecision.ESTIMATED if child.estimated_age is not None:
            passed = years_between(child.estimated_on, day) if child.estimated_on else 0
            age = Age(child.estimated_age + passed, False)
        case _ if child.birth_year is not None:
            age = Age(day.year - child.birth_year, False)
        case _:
            return None
    return age if age.years >= 0 else None


def exact_age_at(child: Born, day: date | None) -> int | None:
    """The age on `day` where both it and the day of birth are known well enough to be sure."""
    age = age_at(child, day) if day else None
    return age.years if age and age.is_exact else None


def years_between(start: date, end: date) -> int:
    """Full years; someone born on 29 February turns a year older on 1 March."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
