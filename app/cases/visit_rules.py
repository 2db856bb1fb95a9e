"""How often a child is visited, as data: by level of risk, in days of the calendar."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.cases.enums import RISK_RANK, RiskLevel
from app.core import clock
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions

DATA = Path(__file__).parent / "data"
LONGEST = 180  # days
_END_OF_DAY = time(23, 59)


class VisitRule(BaseModel):
    """First visit at the latest `first_days` after the start, then one every `every_days`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_days: int = Field(ge=1, le=LONGEST)
    every_days: int = Field(ge=1, le=LONGEST)


class VisitRules(DataFile):
    """One rule for each level; a higher risk is never visited more rarely."""

    mark: str = Field(pattern=r"^[VMI]$")
    levels: dict[RiskLevel, VisitRule]

    @model_validator(mode="after")
    def check_levels(self) -> Self:
        if set(self.levels) != set(RiskLevel):
            raise ValueError("a rule for each of HIGH, MEDIUM, LOW")
        if not is_rising(self.levels):
            raise ValueError("a higher risk is visited at least as often as a lower one")
        return self


class _Process:
    """What this process has read."""

    files: Versions[VisitRules] | None = None


def is_rising(levels: Mapping[RiskLevel, VisitRule]) -> bool:
    """The days grow as the risk falls."""
    rules = [levels[level] for level in sorted(levels, key=lambda level: RISK_RANK[level])]
    for name in VisitRule.model_fields:
        days = [getattr(rule, name) for rule in rules]
        if days != sorted(days):
            return False
    return True


def load(*folders: Path) -> Versions[VisitRules]:
    """The `visit_rules.v<n>.toml` of the folders. Raises ReferenceDataError."""
    found = read_versions(folders, VisitRules, "visit_rules.*")
    if "visit_rules" not in found:
        raise ReferenceDataError("visit_rules.v1.toml: no such data file")
    return found["visit_rules"]


def install(extra: Path | None = None) -> Versions[VisitRules]:
    """Read the rules now, the administrator's folder included. Called once, at the start."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.files = files = load(*folders)
    return files


def rules_of_file(at: date) -> VisitRules:
    """The data file in force on a day. What an administrator typed comes before it
    (queries/follow_up.py, `rules_in_force`)."""
    return (_Process.files or install()).in_force(at)


def read_levels(stored: Mapping[str, Any]) -> dict[RiskLevel, VisitRule]:
    """{"HIGH": {"first_days": 3, "every_days": 7}, …} as the table keeps it."""
    return {RiskLevel(level): VisitRule(**rule) for level, rule in stored.items()}


def next_visit(rule: VisitRule, *, since: datetime, last_done: datetime | None) -> datetime:
    """When the next visit is due: the last minute of its day in Vietnam, in UTC.

    `since`: the plan was approved, or the risk became what it is. Only a visit done after that
    starts the rhythm; before it the first visit is due.
    """
    if last_done is None or last_done <= since:
        return end_of_day(clock.local(since).date() + timedelta(days=rule.first_days))
    return end_of_day(clock.local(last_done).date() + timedelta(days=rule.every_days))


def end_of_day(day: date) -> datetime:
    return datetime.combine(day, _END_OF_DAY, clock.LOCAL).astimezone(UTC)
