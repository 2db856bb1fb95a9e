"""The 24 indicators of the provincial plan and their 34 measurable parts, as data."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.auth.models import UnitKind, UnitLevel
from app.core import clock
from app.indicators.board_rules import Direction, Goal
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions

DATA = Path(__file__).with_name("data")
INDICATORS, PARTS = 24, 34


class MeasureUnit(StrEnum):
    """What a value counts; `FACTORS` says by what a share is multiplied."""

    PERCENT = "percent"
    PERMILLE = "permille"  # of live births
    PER_100K = "per_100k"
    WEDDINGS = "weddings"  # a count: no share


FACTORS: Mapping[MeasureUnit, int] = {
    MeasureUnit.PERCENT: 100,
    MeasureUnit.PERMILLE: 1_000,
    MeasureUnit.PER_100K: 100_000,
}
MOST_COUNT = 1_000_000


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Department(_Entry):
    """Who answers for parts of the plan; the kind of its unit says which unit that is."""

    code: str = Field(pattern=r"^[A-Z]{2}$")
    unit_kind: UnitKind
    label: str


class Objective(_Entry):
    number: int
    title: str


class Indicator(_Entry):
    number: int
    objective: int
    text: str


class Part(_Entry):
    """`is_yearly`: the target is a fall in percent against the year before. `is_released`: its
    values come from approved releases, nobody types them."""

    code: str = Field(pattern=r"^[1-9][0-9]?[a-d]?$")
    indicator: int
    name: str
    direction: Direction
    target: Decimal
    target_high: Decimal | None = None
    is_yearly: bool = False
    is_released: bool = False
    unit: MeasureUnit
    department: str
    others: tuple[str, ...] = Field(default=(), alias="with")
    mark: str = Field(pattern=r"^[VMI]$")
    note: str = ""

    @property
    def factor(self) -> int | None:
        return FACTORS.get(self.unit)

    @property
    def most(self) -> int:
        """The largest value that can be true."""
        return self.factor or MOST_COUNT


class YearDay(_Entry):
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class Plan(DataFile):
    first_year: int = Field(ge=2000)
    target_year: int
    values_due: YearDay = YearDay(month=3, day=31)
    departments: tuple[Department, ...]
    objectives: tuple[Objective, ...]
    indicators: tuple[Indicator, ...]
    parts: tuple[Part, ...]

    @model_validator(mode="after")
    def check_whole(self) -> Self:
        numbers = [one.number for one in self.indicators]
        known = {one.code for one in self.departments}
        if numbers != list(range(1, INDICATORS + 1)):
            raise ValueError("the indicators 1 to 24, in their order")
        if {part.indicator for part in self.parts} != set(numbers):
            raise ValueError("each indicator has a part")
        if len(self.by_code) != PARTS or len(self.parts) != PARTS:
            raise ValueError("34 parts, each once")
        if any(not {part.department, *part.others} <= known for part in self.parts):
            raise ValueError("a department that is not listed")
        if {one.objective for one in self.indicators} != {one.number for one in self.objectives}:
            raise ValueError("an objective that is not listed")
        return self

    @cached_property
    def by_code(self) -> Mapping[str, Part]:
        return {part.code: part for part in self.parts}

    @cached_property
    def entered(self) -> tuple[Part, ...]:
        """The parts that departments enter."""
        return tuple(part for part in self.parts if not part.is_released)

    def indicator_of(self, part: Part) -> Indicator:
        return self.indicators[part.indicator - 1]

    def objective_of(self, part: Part) -> int:
        return self.indicator_of(part).objective

    def department(self, code: str) -> Department:
        """Raises KeyError."""
        return {one.code: one for one in self.departments}[code]

    def department_of(self, kind: UnitKind, level: UnitLevel) -> Department | None:
        """The department that a unit is: of the province, never of a commune."""
        if level is not UnitLevel.PROVINCE:
            return None
        return next((one for one in self.departments if one.unit_kind is kind), None)

    def due_of(self, year: int) -> date:
        """Until when the values of a year are to be entered."""
        return date(year + 1, self.values_due.month, self.values_due.day)

    def goal(self, part: Part) -> Goal:
        return Goal(part.direction, part.target, self.target_year, part.is_yearly)


class _Process:
    files: Versions[Plan] | None = None


def install(extra: Path | None = None) -> Versions[Plan]:
    """Read the plan now, the administrator's folder included. Called once, at the start."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, Plan, "plan24.*")
    if "plan24" not in found:
        raise ReferenceDataError("plan24.v1.toml: no such data file")
    _Process.files = files = found["plan24"]
    return files


def plan() -> Plan:
    """In force today."""
    return (_Process.files or install()).in_force(clock.today())
