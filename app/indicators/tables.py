"""Tables of counts: the true ones, and the protected ones that pages may show.

A code is "<universe>.<axes>" ("special.group_sex"). Tables of one universe count the same children
(or cases) at the same time, so a margin that two of them share is one figure: protection relies
on it. Pages import this module only; the engine is in app.indicators.protection.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any, TypeAlias

TOTAL = "_T"

Place: TypeAlias = tuple[str, ...]  # one category or TOTAL for each axis
Where: TypeAlias = tuple[tuple[str, str], ...]  # axis and category


class Audience(StrEnum):
    AGENCY = "agency"
    PUBLIC = "public"


class Mark(StrEnum):
    """Why a cell is hidden. For the file: pages say "hidden" and never which."""

    OPEN = "O"
    PRIMARY = "P"
    GROUP = "G"
    COMPLEMENTARY = "C"
    UNSAID = "U"  # of a table that tells of some communes alone: of the others nothing


@dataclass(frozen=True)
class Axis:
    """`categories` in their order, without TOTAL.

    Not a partition: a child may be in several categories (never in none); the total is of
    distinct children, and the sum of the categories may be larger.
    """

    code: str
    categories: tuple[str, ...]
    is_partition: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        return (*self.categories, TOTAL)


def places_of(axes: Sequence[Axis]) -> Iterator[Place]:
    """Every combination of categories and TOTAL, the last axis running fastest."""
    return product(*(axis.places for axis in axes))


@dataclass(frozen=True)
class CountTable:
    """True counts of every combination, totals included. Never shown, sent or kept as it is.

    `where`: it counts those of one category of each of these axes alone, as of one commune.
    `through`: the month ("2026-11") in which it was counted, where its period had others to come.
    """

    code: str
    period: str
    axes: tuple[Axis, ...]
    cells: Mapping[Place, int]
    where: Where = ()
    through: str = ""


@dataclass(frozen=True)
class Cell:
    """What may be shown of one count. `value` is None where it is hidden."""

    value: int | None
    mark: Mark = Mark.OPEN

    @property
    def is_hidden(self) -> bool:
        return self.value is None


@dataclass(frozen=True)
class ProtectedTable:
    """What an audience may see. For the public each open figure is rounded by itself to 5, so that
    it is the same on every page; sums of rounded figures may differ from a rounded total.

    `certificate` says for each hidden cell how much stays open to whoever calculates.
    """

    code: str
    period: str
    axes: tuple[Axis, ...]
    cells: Mapping[Place, Cell]
    audience: Audience
    rule_version: int
    certificate: Mapping[str, Any]
    where: Where = ()
    through: str = ""

    def __getitem__(self, place: Place) -> Cell:
        return self.cells[place]

    @property
    def hidden(self) -> tuple[Place, ...]:
        return tuple(place for place, cell in self.cells.items() if cell.is_hidden)

    def to_json(self) -> dict[str, Any]:
        """Values and marks run as `places_of` does."""
        cells = [self.cells[place] for place in places_of(self.axes)]
        return {
            "code": self.code,
            "period": self.period,
            "axes": [
                {"code": a.code, "categories": list(a.categories), "is_partition": a.is_partition}
                for a in self.axes
            ],
            "values": [cell.value for cell in cells],
            "marks": "".join(cell.mark for cell in cells),
            "audience": self.audience.value,
            "rule_version": self.rule_version,
            "certificate": dict(self.certificate),
            **({"where": [list(one) for one in self.where]} if self.where else {}),
            **({"through": self.through} if self.through else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ProtectedTable":
        """Raises ValueError where values or marks do not fit the axes."""
        axes = tuple(
            Axis(a["code"], tuple(a["categories"]), a["is_partition"]) for a in data["axes"]
        )
        shown = (
            Cell(value, Mark(mark))
            for value, mark in zip(data["values"], data["marks"], strict=True)
        )
        return cls(
            code=data["code"],
            period=data["period"],
            axes=axes,
            cells=dict(zip(places_of(axes), shown, strict=True)),
            audience=Audience(data["audience"]),
            rule_version=data["rule_version"],
            certificate=data["certificate"],
            where=tuple((axis, category) for axis, category in data.get("where", ())),
            through=data.get("through", ""),
        )
