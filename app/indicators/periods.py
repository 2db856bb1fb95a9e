"""The periods figures are counted for: a month, a quarter, half a year, a year."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

_TEXT = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<kind>[QH]?)(?P<part>[0-9]{1,2}))?")
_ROMAN = ("I", "II", "III", "IV")
FIRST_YEAR, LAST_YEAR = 2000, 2100


class BadPeriod(ValueError):  # errors state the fact
    """A text that names no period."""


class PeriodKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"

    @property
    def months(self) -> int:
        return _MONTHS[self]


_MONTHS = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF: 6,
    PeriodKind.YEAR: 12,
}
_MARKS = {PeriodKind.QUARTER: "Q", PeriodKind.HALF: "H"}
_KINDS = {"": PeriodKind.MONTH, "Q": PeriodKind.QUARTER, "H": PeriodKind.HALF}


@dataclass(frozen=True, order=True)
class Period:
    """From the day `start` until before the day `end`, which is the first day after."""

    start: date
    end: date
    kind: PeriodKind

    @classmethod
    def of(cls, kind: PeriodKind, year: int, part: int = 1) -> "Period":
        """The `part`-th of its kind in a year, counted from 1. Raises BadPeriod."""
        months = kind.months
        if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= part <= 12 // months:
            raise BadPeriod(f"{kind} {part} of {year}")
        return cls(_first(year, (part - 1) * months), _first(year, part * months), kind)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """2026, 2026-H1, 2026-Q2 or 2026-05; nothing else. Raises BadPeriod."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise BadPeriod(text)
        if match["part"] is None:
            return cls.of(PeriodKind.YEAR, int(match["year"]))
        kind = _KINDS[match["kind"]]
        if (len(match["part"]) == 2) is not (kind is PeriodKind.MONTH):
            raise BadPeriod(text)
        return cls.of(kind, int(match["year"]), int(match["part"]))

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> "Period":
        return cls.of(kind, day.year, (day.month - 1) // kind.months + 1)

    @property
    def year(self) -> int:
        return self.start.year

    @property
    def part(self) -> int:
        """Which of its kind in the year, from 1."""
        return (self.start.month - 1) // self.kind.months + 1

    @property
    def last_day(self) -> date:
        """The day to which a stock refers."""
        return self.end - timedelta(days=1)

    @property
    def label(self) -> LazyString:
        match self.kind:
            case PeriodKind.MONTH:
                return _l("Tháng %(month)s năm %(year)s", month=self.part, year=self.year)
            case PeriodKind.QUARTER:
                return _l(
                    "Quý %(quarter)s năm %(year)s", quarter=_ROMAN[self.part - 1], year=self.year
                )
            case PeriodKind.HALF if self.part == 1:
                return _l("6 tháng đầu năm %(year)s", year=self.year)
            case PeriodKind.HALF:
                return _l("6 tháng cuối năm %(year)s", year=self.year)
            case _:
                return _l("Năm %(year)s", year=self.year)

    def previous(self) -> "Period":
        """The one before, of the same kind. Raises BadPeriod before the first year."""
        return Period.containing(self.kind, self.start - timedelta(days=1))

    def following(self) -> "Period":
        """The one after, of the same kind. Raises BadPeriod after the last year."""
        return Period.containing(self.kind, self.end)

    def same_of_year(self, year: int) -> "Period":
        """The same part of another year: what this period is compared with."""
        return Period.of(self.kind, year, self.part)

    def parts(self, kind: PeriodKind) -> tuple["Period", ...]:
        """The shorter periods of a kind that make this one up, in order."""
        first = (self.start.month - 1) // kind.months + 1
        count = self.kind.months // kind.months
        return tuple(Period.of(kind, self.year, first + number) for number in range(count))

    def __str__(self) -> str:
        if self.kind is PeriodKind.YEAR:
            return str(self.year)
        if self.kind is PeriodKind.MONTH:
            return f"{self.year}-{self.part:02d}"
        return f"{self.year}-{_MARKS[self.kind]}{self.part}"


def _first(year: int, months: int) -> date:
    """The first day of the month that is `months` after January."""
    return date(year + months // 12, months % 12 + 1, 1)
