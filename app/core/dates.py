"""A date known to the day, to the month or only to the year (birth dates often are)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DatePrecision(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """`value` is the first day of what is known: 2017 alone is 2017-01-01 with YEAR."""

    value: date
    precision: DatePrecision = DatePrecision.DAY

    def __str__(self) -> str:
        match self.precision:
            case DatePrecision.DAY:
                return self.value.strftime("%d/%m/%Y")
            case DatePrecision.MONTH:
                return self.value.strftime("%m/%Y")
        return self.value.strftime("%Y")


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))
