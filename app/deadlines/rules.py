"""The legal clocks as data: how long each runs, from what, and what meets it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.clock import LOCAL
from app.deadlines.calendar import DATA, Overrides, add_working_days, day_start
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.texts import Text

Fraction: TypeAlias = float
BESIDE_CASES = ("T_GLASS",)  # clocks whose subject is no case: lists of cases leave them out


class Clock(StrEnum):
    WALL = "wall"
    WORKING = "working"
    CALENDAR = "calendar"


class ClockRule(BaseModel):
    """One clock. `start` and `met_by` are kinds of case events; `alarms` are parts of the term.

    `is_legal` is false where the length is our proposal for a word such as "immediately".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^T_[A-Z_]+$")
    version: int
    article: str = Field(min_length=1)
    title: Text
    short: Text
    note: Text | None = None
    clock: Clock
    amount: int = Field(ge=1)
    unit: Literal["minutes", "hours", "days"]
    start: str
    met_by: tuple[str, ...] = Field(min_length=1)
    alarms: tuple[Fraction, ...] = ()
    is_legal: bool
    is_extendable: bool
    mark: str = Field(pattern=r"^[VMI]$")

    @model_validator(mode="after")
    def check_units(self) -> "ClockRule":
        if self.clock is not Clock.WALL and self.unit != "days":
            raise ValueError(f"a {self.clock} clock counts days, not {self.unit}")
        if not all(0 < part <= 1 for part in self.alarms):
            raise ValueError("alarms are parts of the term: more than 0, at most 1")
        if list(self.alarms) != sorted(set(self.alarms)):
            raise ValueError("alarms must rise")
        return self


class ClocksFile(DataFile):
    clocks: dict[str, ClockRule] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def name_clocks(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Each rule knows its key and the version of its file: a deadline keeps both."""
        clocks = {
            key: {**rule, "key": key, "version": data.get("version")}
            for key, rule in data.get("clocks", {}).items()
        }
        return {**data, "clocks": clocks}


class _Process:
    """What this process has read."""

    files: Versions[ClocksFile] | None = None


def load(*folders: Path) -> Versions[ClocksFile]:
    """The `clocks.v<n>.toml` of the folders. Raises ReferenceDataError, naming file and key."""
    found = read_versions(folders, ClocksFile, "clocks.*")
    if "clocks" not in found:
        raise ReferenceDataError("clocks.v1.toml: no such data file")
    return found["clocks"]


def install(extra: Path | None = None) -> Versions[ClocksFile]:
    """Read the rules now, the administrator's folder included. Called once, at the start."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.files = files = load(*folders)
    return files


def clock_rules(at: date) -> Mapping[str, ClockRule]:
    """The rules in force on a day, by key."""
    return _files().in_force(at).clocks


def clock_rule(key: str, version: int) -> ClockRule:
    """The rule a deadline was made with. Raises ReferenceDataError for an unknown version."""
    return _files().numbered(version).clocks[key]


def due_at(rule: ClockRule, start: datetime, overrides: Overrides) -> datetime:
    """When the clock that began at `start` runs out, in UTC. Raises ValueError for a naive `start`.

    wall: to the minute. working: the end of office hours of the last working day. calendar: the
    same time of day, `amount` days later, which is the strictest reading of the law.
    """
    if rule.clock is Clock.WORKING:
        return add_working_days(start, rule.amount, overrides).astimezone(UTC)
    return _aware(start) + timedelta(**{rule.unit: rule.amount})


def alarm_times(rule: ClockRule, start: datetime, overrides: Overrides) -> tuple[datetime, ...]:
    """When someone is to be told before the clock runs out, in UTC, in order.

    Days are rounded to whole days; an alarm in working days rings in the morning of its day.
    """
    return tuple(_alarm(rule, start, part, overrides) for part in rule.alarms)


def _alarm(rule: ClockRule, start: datetime, part: Fraction, overrides: Overrides) -> datetime:
    if rule.clock is Clock.WALL:
        return _aware(start) + part * timedelta(**{rule.unit: rule.amount})
    days = max(1, round(rule.amount * part))
    if rule.clock is Clock.CALENDAR:
        return _aware(start) + timedelta(days=days)
    day = add_working_days(start, days, overrides).date()
    return datetime.combine(day, day_start(), LOCAL).astimezone(UTC)


def _files() -> Versions[ClocksFile]:
    return _Process.files or install()


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC)
