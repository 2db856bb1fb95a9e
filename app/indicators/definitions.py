"""The definitions of the indicators, as data: what is counted, of whom, on which day or in which
period, by whose words. docs/counting-rules.md explains them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.texts import Text

DATA = Path(__file__).parent / "data"

# Three axes with every commune: not proved within the time of a run; its margins are published.
TOO_LARGE = frozenset({"special.commune_group_sex"})

AxisCode = Literal[
    "commune",
    "event_commune",
    "case_commune",
    "sex",
    "age_group",
    "sc_group",
    "support_kind",
    "abuse_form",
    "setting",
    "relation",
    "category",
    "channel",
    "kept",
    "given",
]
Source = Literal[
    "special",
    "supported",
    "abuse",
    "abuse_events",
    "cases",
    "assessed_12h",
    "planned_5d",
    "approved_7d",
    "referrals",
    "population",
]


class UnknownIndicator(KeyError):
    """No indicator, or no table, has this code."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgeGroup(_Entry):
    """Years of age, both limits included."""

    code: str
    first: int = Field(alias="from", ge=0)
    last: int = Field(alias="to", ge=0)


class TableDefinition(_Entry):
    """`code` is "<universe>.<axes>": tables of one universe count the same, cut differently."""

    code: str = Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")
    axes: tuple[AxisCode, ...] = Field(max_length=3)

    @property
    def universe(self) -> str:
        return self.code.partition(".")[0]


class Indicator(_Entry):
    """`reference`: a stock on the last day of the period, or what happened in the period. `per`:
    the figure is numerator / denominator times this. `part`: which of the plan's 34 parts."""

    title: Text
    numerator: Text
    denominator: Text | None = None
    source: Source
    denominator_source: Source | None = None
    rule: str | None = None  # the legal clock
    reference: Literal["date", "period"]
    unit: Literal["child", "event", "case", "clock", "referral"]
    age: Text
    method: Text
    citation: str
    mark: Literal["V", "M", "I"]
    part: str | None = None
    target: Decimal | None = None
    per: int | None = None
    tables: tuple[TableDefinition, ...]

    @property
    def is_clock(self) -> bool:
        return self.unit in ("clock", "referral")


class IndicatorsFile(DataFile):
    child_below: int = Field(ge=1, le=18)
    age_groups: tuple[AgeGroup, ...]
    open_service_months: int | None = Field(default=None, ge=1)  # None: until it is ended
    indicators: Mapping[str, Indicator]

    @model_validator(mode="after")
    def _is_whole(self) -> "IndicatorsFile":
        expected = 0
        for group in self.age_groups:
            if group.first != expected or group.last < group.first:
                raise ValueError(f"age_groups: {group.code} leaves a gap or overlaps")
            expected = group.last + 1
        if expected != self.child_below:
            raise ValueError("age_groups: they do not end below child_below")
        codes = [table.code for one in self.indicators.values() for table in one.tables]
        if len(codes) != len(set(codes)):
            raise ValueError("indicators: a table has a code twice")
        for code, one in self.indicators.items():
            if (one.per is None) is not (one.denominator_source is None):
                raise ValueError(f"indicators.{code}: per and denominator_source go together")
            if any(table.universe != one.source for table in one.tables):
                raise ValueError(f"indicators.{code}: a table counts something else")
        return self

    @property
    def tables(self) -> dict[str, TableDefinition]:
        return {table.code: table for one in self.indicators.values() for table in one.tables}

    def indicator(self, code: str) -> Indicator:
        """Raises UnknownIndicator."""
        if code not in self.indicators:
            raise UnknownIndicator(code)
        return self.indicators[code]

    def indicator_of(self, table_code: str) -> Indicator:
        """The one a table belongs to. Raises UnknownIndicator."""
        for one in self.indicators.values():
            if any(table.code == table_code for table in one.tables):
                return one
        raise UnknownIndicator(table_code)

    def table(self, code: str) -> TableDefinition:
        """Raises UnknownIndicator."""
        found = self.tables.get(code)
        if found is None:
            raise UnknownIndicator(code)
        return found


class _Process:
    """What this process has read."""

    files: Versions[IndicatorsFile] | None = None


def install(extra: Path | None = None) -> Versions[IndicatorsFile]:
    """Read the definitions now, the administrator's folder included. Called once, at the start.

    Raises ReferenceDataError, naming file and key.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, IndicatorsFile, "indicators.*")
    if "indicators" not in found:
        raise ReferenceDataError("indicators.v1.toml: no such data file")
    _Process.files = files = found["indicators"]
    return files


def definitions(on: date) -> IndicatorsFile:
    """The version in force on a day: that of a period is the one on its last day."""
    return (_Process.files or install()).in_force(on)


def definitions_numbered(version: int) -> IndicatorsFile:
    """The version something was published with. Raises ReferenceDataError."""
    return (_Process.files or install()).numbered(version)
