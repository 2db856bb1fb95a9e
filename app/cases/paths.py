"""Which clocks a case starts and how long its path is, by the category of its report, as data."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.cases.enums import Category, RiskLevel
from app.cases.models import Case
from app.core import clock
from app.deadlines.queries import ClockView
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions

DATA = Path(__file__).parent / "data"
EMERGENCY = "T_EMERG"


class CasePath(BaseModel):
    """One category. `in_danger` None: danger changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clocks: tuple[str, ...]
    in_danger: tuple[str, ...] | None = None
    is_light: bool = False
    channels: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    mark: str = Field(pattern=r"^[VMI]$")

    @model_validator(mode="after")
    def check_danger(self) -> "CasePath":
        if EMERGENCY not in (self.clocks if self.in_danger is None else self.in_danger):
            raise ValueError(f"present danger must start {EMERGENCY}")
        return self


class CaseClocksFile(DataFile):
    categories: dict[Category, CasePath]

    @model_validator(mode="after")
    def check_categories(self) -> "CaseClocksFile":
        if missing := sorted(set(Category) - self.categories.keys()):
            raise ValueError(f"no path for {missing}")
        return self


class _Process:
    """What this process has read."""

    files: Versions[CaseClocksFile] | None = None


def install(extra: Path | None = None) -> Versions[CaseClocksFile]:
    """Read the paths now, the administrator's folder included. Called once, at the start.

    Raises ReferenceDataError, naming file and key.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, CaseClocksFile, "case_clocks.*")
    if "case_clocks" not in found:
        raise ReferenceDataError("case_clocks.v1.toml: no such data file")
    _Process.files = files = found["case_clocks"]
    return files


def path_of(category: Category, day: date) -> CasePath:
    """The path in force on a day."""
    return (_Process.files or install()).in_force(day).categories[category]


def clocks_of_report(
    category: Category, *, channel: str, is_present_danger: bool, day: date
) -> tuple[str, ...]:
    """The keys of the clocks that a report received on `day` starts."""
    path = path_of(category, day)
    if is_present_danger:
        return path.clocks if path.in_danger is None else path.in_danger
    return path.channels.get(channel, path.clocks)


def is_light(case: Case, clocks: Sequence[ClockView]) -> bool:
    """May the case go from verification to the plan? Not where anything speaks of danger."""
    if case.is_emergency or case.risk_level is RiskLevel.HIGH:
        return False
    if any(view.rule_key == EMERGENCY for view in clocks):
        return False
    return path_of(case.category, clock.local(case.opened_at).date()).is_light
