"""The rule of disclosure as data."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
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


class Balance(BaseModel):
    """Of which two universes of events one makes a stock more and the other less."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    more: str
    less: str


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
    balances: dict[str, Balance] = Field(default_factory=dict)
    same_zeros: dict[str, str] = Field(default_factory=dict)

    def bounds(self, audience: Audience) -> Bounds:
        return self.agency if audience is Audience.AGENCY else self.public

    def family(self, universe: str) -> str:
        """Universes of one family count some of the same children: they are protected together."""
        found = self.within.get(universe) or self.flows.get(universe)
        if found is not None:
            return found.of
        return self.stock(universe) or self.same_zeros.get(universe, universe)

    @cached_property
    def twins(self) -> dict[str, str]:
        """Of each universe the one that has the same zeros."""
        return {**self.same_zeros, **{of: one for one, of in self.same_zeros.items()}}

    def stock(self, universe: str) -> str | None:
        """The stock that grows or shrinks by what the universe counts."""
        named = (of for of, one in self.balances.items() if universe in (one.more, one.less))
        return next(named, None)


class Thresholds(BaseModel):
    """What an administrator may set; the intervals grow with what is hidden."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency_hide: int
    public_hide: int
    public_round: int


LOWEST = Thresholds(agency_hide=4, public_hide=7, public_round=5)
HIGHEST = Thresholds(agency_hide=10, public_hide=20, public_round=9)
ROUNDINGS = (5, 7, 9)  # odd: with an even one a figure has two nearest
OWN = 1_000  # versions from here on are those of administrators


class _Process:
    """What this process has read."""

    files: Versions[DisclosureRule] | None = None
    own: tuple[DisclosureRule, ...] = ()
    read_own: Callable[[], Iterable[tuple[int, date, Thresholds]]] | None = None


def load(*folders: Path) -> Versions[DisclosureRule]:
    """The `disclosure.v<n>.toml` of the folders. Raises ReferenceDataError, also where one protects
    less than the plan asks."""
    found = read_versions(folders, DisclosureRule, "disclosure.*")
    if "disclosure" not in found:
        raise ReferenceDataError("disclosure.v1.toml: no such data file")
    for file in found["disclosure"].files:
        if not _is_enough(file):
            raise ReferenceDataError(f"disclosure.v{file.version}.toml: below what must be hidden")
    return found["disclosure"]


def _is_enough(rule: DisclosureRule) -> bool:
    agency, public = rule.agency, rule.public
    return (
        agency.hide_up_to >= LOWEST.agency_hide
        and public.hide_up_to >= max(LOWEST.public_hide, agency.hide_up_to)
        and public.round_to >= LOWEST.public_round
        and all(one.width >= one.hide_up_to for one in (agency, public))
    )


def install(
    extra: Path | None = None,
    read_own: Callable[[], Iterable[tuple[int, date, Thresholds]]] | None = None,
) -> None:
    """Read the rules now, the administrator's folder included. Called once, at the start.
    `read_own`: (number, day, thresholds) of what administrators set on their page.

    Raises ReferenceDataError, naming file and key.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.files, _Process.own, _Process.read_own = load(*folders), (), read_own


def take_own(changes: Iterable[tuple[int, date, Thresholds]]) -> None:
    """From now on these thresholds are known to this process."""
    base = _files().newest
    _Process.own = tuple(_with(base, *change) for change in changes)


def _files() -> Versions[DisclosureRule]:
    if _Process.files is None:
        _Process.files = load(DATA)
    return _Process.files


def _with(base: DisclosureRule, number: int, day: date, thresholds: Thresholds) -> DisclosureRule:
    agency, public = thresholds.agency_hide, thresholds.public_hide
    return base.model_copy(
        update={
            "version": OWN + number,
            "effective_from": day,
            "agency": base.agency.model_copy(update={"hide_up_to": agency, "width": agency}),
            "public": base.public.model_copy(
                update={
                    "hide_up_to": public,
                    "width": public,
                    "round_to": thresholds.public_round,
                }
            ),
        }
    )


def thresholds_of(rule: DisclosureRule) -> Thresholds:
    return Thresholds(
        agency_hide=rule.agency.hide_up_to,
        public_hide=rule.public.hide_up_to,
        public_round=rule.public.round_to,
    )


def disclosure_rules() -> Versions[DisclosureRule]:
    """The rules that this process knows: of the data files, then of administrators."""
    files = _files()
    return Versions(files.key, (*files.files, *_Process.own))


def rule_numbered(version: int) -> DisclosureRule:
    """The one that something was protected with. Raises ReferenceDataError."""
    known = {rule.version for rule in disclosure_rules().files}
    if version not in known and _Process.read_own is not None:
        take_own(_Process.read_own())
    return disclosure_rules().numbered(version)
