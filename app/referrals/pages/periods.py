"""A month, a quarter or a year, as it is named in an address: 2026-11, 2026-Q4, 2026."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from app.core import clock
from app.referrals.queries.measures import Span
from app.web.words import _

_NAME = re.compile(r"(?P<year>20\d\d)(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """`months` 1, 3 or 12, from the first day of `start`."""

    start: date
    months: int

    @property
    def name(self) -> str:
        if self.months == 12:
            return f"{self.start.year}"
        if self.months == 3:
            return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
        return f"{self.start.year}-{self.start.month:02d}"

    @property
    def words(self) -> str:
        if self.months == 12:
            return _("năm %(year)s", year=self.start.year)
        if self.months == 3:
            return _("quý %(n)s/%(year)s", n=(self.start.month + 2) // 3, year=self.start.year)
        return _("tháng %(n)s/%(year)s", n=f"{self.start.month:02d}", year=self.start.year)

    @property
    def span(self) -> Span:
        ends = [
            datetime.combine(day, time(), clock.LOCAL).astimezone(UTC)
            for day in (self.start, self.moved(1).start)
        ]
        return Span(*ends)

    def moved(self, by: int) -> "Period":
        """So many periods later; earlier for a negative number."""
        months = self.start.year * 12 + self.start.month - 1 + by * self.months
        return Period(date(months // 12, months % 12 + 1, 1), self.months)

    def around(self, months: int) -> "Period":
        """The month, quarter or year in which this one begins."""
        return Period(
            date(self.start.year, (self.start.month - 1) // months * months + 1, 1), months
        )


def read_period(text: str, today: date) -> Period:
    """The period that an address names; this quarter for anything else."""
    found = _NAME.fullmatch(text)
    if found is None:
        return Period(today.replace(day=1), 1).around(3)
    year, month, quarter = int(found["year"]), found["month"], found["quarter"]
    if month:
        return Period(date(year, int(month), 1), 1)
    if quarter:
        return Period(date(year, int(quarter) * 3 - 2, 1), 3)
    return Period(date(year, 1, 1), 12)
