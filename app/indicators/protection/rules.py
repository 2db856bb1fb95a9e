"""The rule of disclosure as data."""

from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.indicators.tables import Audience
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions

DATA = Path(__file__).parent.parent / "data"

TimeKind: TypeAlias = Literal["date", "since", "events", "distinct", "flow"]


class Bounds(BaseModel):
    """What holds for one audience; the words are explained in the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hide_up_to: int = Field(ge=1)
    round_to: int = Field(ge=1)
    width: int = Field(ge=1)
    group_slack: int = Field(ge=1)
    open_width: int = Field(ge=0)

    @model_validator(mode="after")
    def check_rounding(self) -> "Bounds":
        if self.round_to % 2 == 0:
            raise ValueError("round_to must be odd: with an even one a figure has two nearest")
        if self.round_to > self.hide_up_to:
            raise ValueError("an open figure above 0 must not be rounded to 0")
        if self.open_width >= self.round_to:
            raise ValueError("open_width must be smaller than round_to")
        return self

    def shown(self, count: int) -> int:
        """An open figure as it is published."""
        half = self.round_to // 2
        return (count + half) // self.round_to * self.round_to

    def possible(self, shown: int) -> tuple[int, int]:
        """Lowest and highest count that is published as `shown`."""
        if shown == 0:
            return 0, 0
        half = self.round_to // 2
        return max(shown - half, self.hide_up_to + 1), shown + half


class Part(BaseModel):
    """Which universe a universe counts some of, and which category of which axis says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    axis: str
    category: str


class Flow(BaseModel):
    """Of which universe a universe tells the change between two days; the categories of `axis` that
    make up the figure before the period (`start`) and on its last day (`end`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    axis: str
    start: tuple[str, ...]
    end: tuple[str, ...]


class DisclosureRule(DataFile):
    mark: str = Field(pattern=r"^[VMI]$")
    total_weight: float = Field(ge=1)
    group_exempt_axes: tuple[str, ...] = ()
    structural_zeros: tuple[dict[str, str], ...] = ()
    solver_seconds: float = Field(ge=0)
    agency: Bounds
    public: Bounds
    times: dict[str, TimeKind]
    within: dict[str, Part] = Field(default_factory=dict)
    flows: dict[str, Flow] = Field(default_factory=dict)

    def bounds(self, audience: Audience) -> Bounds:
        return self.agency if audience is Audience.AGENCY else self.public

    def family(self, universe: str) -> str:
        """Universes of one family count some of the same children: they are protected together."""
        found = self.within.get(universe) or self.flows.get(universe)
        return universe if found is None else found.of


def load(*folders: Path) -> Versions[DisclosureRule]:
    """The `disclosure.v<n>.toml` of the folders. Raises ReferenceDataError."""
    found = read_versions(folders, DisclosureRule, "disclosure.*")
    if "disclosure" not in found:
        raise ReferenceDataError("disclosure.v1.toml: no such data file")
    return found["disclosure"]


@cache
def disclosure_rules() -> Versions[DisclosureRule]:
    """The rules that come with the application, read once."""
    return load(DATA)
