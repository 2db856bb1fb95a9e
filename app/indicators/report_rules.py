"""Reports as data: who reports to whom and when, the tables, what a unit enters itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core import clock
from app.indicators.periods import Period, PeriodKind
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.texts import Text

DATA = Path(__file__).parent / "data"
OFFICE_ENDS = time(17)
TableCode = Literal["1", "2", "3", "4", "5", "6"]


class UnknownSchedule(KeyError):
    """No report is called so."""


class ReportKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    NINE = "nine"
    YEAR = "year"

    @property
    def months(self) -> int:
        return _MONTHS[self]


_MONTHS = {
    ReportKind.MONTH: 1,
    ReportKind.QUARTER: 3,
    ReportKind.HALF: 6,
    ReportKind.NINE: 9,
    ReportKind.YEAR: 12,
}
_NINE = "-N1"


class ReportLevel(StrEnum):
    COMMUNE = "commune"
    PROVINCE = "province"


@dataclass(frozen=True)
class ReportPeriod:
    """The `part`-th of its kind in a year, as text 2026-05, 2026-Q2, 2026-H1, 2026-N1, 2026."""

    kind: ReportKind
    year: int
    part: int = 1

    @classmethod
    def parse(cls, text: str) -> "ReportPeriod":
        """Raises BadPeriod."""
        if text.endswith(_NINE):
            return cls(ReportKind.NINE, Period.parse(text.removesuffix(_NINE)).year)
        found = Period.parse(text)
        return cls(ReportKind(found.kind.value), found.year, found.part)

    def __str__(self) -> str:
        if self.kind is ReportKind.NINE:
            return f"{self.year}{_NINE}"
        return str(self._plain)

    @property
    def _plain(self) -> Period:
        return Period.of(PeriodKind(self.kind.value), self.year, self.part)

    @property
    def start(self) -> date:
        return date(self.year, (self.part - 1) * self.kind.months + 1, 1)

    @property
    def end(self) -> date:
        """The first day after."""
        months = self.part * self.kind.months
        return date(self.year + months // 12, months % 12 + 1, 1)

    @property
    def label(self) -> LazyString:
        if self.kind is ReportKind.NINE:
            return _l("9 tháng đầu năm %(year)s", year=self.year)
        return self._plain.label

    @property
    def compared_with(self) -> "ReportPeriod":
        """The period before; of half a year and nine months the same of the year before."""
        if self.kind in (ReportKind.HALF, ReportKind.NINE) or self.part == 1:
            parts = 12 // self.kind.months
            is_short = self.kind in (ReportKind.MONTH, ReportKind.QUARTER)
            return ReportPeriod(self.kind, self.year - 1, parts if is_short else self.part)
        return ReportPeriod(self.kind, self.year, self.part - 1)

    def counted(self, cutoff_days: int) -> Period:
        """What is counted: until the cut-off."""
        last = self.end - timedelta(days=cutoff_days)
        return Period(self.start, max(last, self.start + timedelta(days=1)), PeriodKind.YEAR)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Entry):
    """One kind of report; the words are explained in the data file."""

    code: str = Field(pattern=r"^[a-z_]+$")
    level: ReportLevel
    kind: ReportKind
    parts: tuple[int, ...]
    years: tuple[int, ...] = ()
    cutoff_days: int = Field(default=0, ge=0, le=31)
    due_days: int = Field(ge=0, le=120)
    since: int
    is_active: bool = True
    title: Text
    to: tuple[str, ...] = Field(min_length=1)
    tables: tuple[TableCode, ...]
    mark: Literal["V", "M", "I"]

    def due_at(self, period: ReportPeriod) -> datetime:
        """At the end of office hours of the last day: the `due_days`-th after the period."""
        day = period.end + timedelta(days=max(self.due_days - 1, 0))
        return datetime.combine(day, OFFICE_ENDS, clock.LOCAL)

    def periods(self, first: date, last: date) -> Iterator[ReportPeriod]:
        """Those whose end lies in these days."""
        for year in range(max(first.year - 1, self.since), last.year + 1):
            for part in self.parts:
                period = ReportPeriod(self.kind, year, part)
                if first <= period.end <= last and (not self.years or year in self.years):
                    yield period


class TableTexts(_Entry):
    title: Text
    note: Text


class StaffField(_Entry):
    """A number that the unit enters; not larger than the one of `part_of`."""

    code: str
    label: Text
    part_of: str | None = None


class ReportsFile(DataFile):
    opens_days: int = Field(ge=0, le=60)
    looks_back: int = Field(ge=31)
    schedules: tuple[Schedule, ...]
    tables: Mapping[TableCode, TableTexts]
    staff: tuple[StaffField, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> "ReportsFile":
        codes = [one.code for one in self.schedules]
        if len(codes) != len(set(codes)):
            raise ValueError("schedules: a code twice")
        for one in self.schedules:
            if not set(one.tables) <= set(self.tables):
                raise ValueError(f"schedules.{one.code}: a table has no texts")
            if not all(1 <= part <= 12 // one.kind.months for part in one.parts):
                raise ValueError(f"schedules.{one.code}: no such part of a year")
        known = {one.code for one in self.staff}
        if any(one.part_of is not None and one.part_of not in known for one in self.staff):
            raise ValueError("staff: part_of names nothing")
        return self

    def schedule(self, code: str) -> Schedule:
        """Raises UnknownSchedule."""
        for one in self.schedules:
            if one.code == code:
                return one
        raise UnknownSchedule(code)


class _Process:
    """What this process has read."""

    files: Versions[ReportsFile] | None = None


def install(extra: Path | None = None) -> Versions[ReportsFile]:
    """Read the rules now, the administrator's folder included. Called once, at the start.

    Raises ReferenceDataError, naming file and key.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, ReportsFile, "reports.*")
    if "reports" not in found:
        raise ReferenceDataError("reports.v1.toml: no such data file")
    _Process.files = files = found["reports"]
    return files


def report_rules(version: int | None = None) -> ReportsFile:
    """The newest version, or the one a report was made with. Raises ReferenceDataError."""
    files = _Process.files or install()
    return files.newest if version is None else files.numbered(version)
