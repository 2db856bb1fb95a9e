"""How the figures of one table are tied to each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import inf

from app.indicators.tables import TOTAL, Axis, Place, places_of


@dataclass(frozen=True)
class Relation:
    """low <= sum of coefficient * figure <= high."""

    terms: tuple[tuple[Place, int], ...]
    low: float
    high: float

    def holds(self, counts: Mapping[Place, int]) -> bool:
        found = sum(coefficient * counts[place] for place, coefficient in self.terms)
        return self.low <= found <= self.high


@dataclass(frozen=True)
class Line:
    """A total and its parts, along one axis (by its number)."""

    axis: int
    total: Place
    parts: tuple[Place, ...]


def lines(axes: tuple[Axis, ...]) -> Iterator[Line]:
    for number, axis in enumerate(axes):
        for other in places_of((*axes[:number], *axes[number + 1 :])):
            before, after = other[:number], other[number:]
            parts = tuple((*before, category, *after) for category in axis.categories)
            yield Line(number, (*before, TOTAL, *after), parts)


@lru_cache(maxsize=128)
def relations(axes: tuple[Axis, ...]) -> tuple[Relation, ...]:
    """A partition adds up. Else no category exceeds the total, which does not exceed their sum."""
    return tuple(_relations(axes))


def _relations(axes: tuple[Axis, ...]) -> Iterator[Relation]:
    for line in lines(axes):
        sum_less_total = (*((part, 1) for part in line.parts), (line.total, -1))
        if axes[line.axis].is_partition:
            yield Relation(sum_less_total, 0, 0)
            continue
        yield Relation(sum_less_total, 0, inf)
        for part in line.parts:
            yield Relation(((part, 1), (line.total, -1)), -inf, 0)


def intersections(axes: tuple[Axis, ...]) -> Iterator[Relation]:
    """What holds besides where a figure of two overlapping axes counts who is in both categories:
    those outside a category are in some category of the other axis, and in none more often."""
    overlapping = [number for number, axis in enumerate(axes) if not axis.is_partition]
    for one, two in combinations(overlapping, 2):
        yield from _outside(axes, one, two)
        yield from _outside(axes, two, one)


def _outside(axes: tuple[Axis, ...], one: int, two: int) -> Iterator[Relation]:
    """For those outside each category of `one`: their lines along `two`."""
    for line in lines(axes):
        if line.axis != two or line.total[one] == TOTAL:
            continue
        whole = _with_total(line.total, one)
        missing_total = ((whole, -1), (line.total, 1))
        missing = [((_with_total(part, one), 1), (part, -1)) for part in line.parts]
        yield Relation((*(term for pair in missing for term in pair), *missing_total), 0, inf)
        for pair in missing:
            yield Relation((*pair, *missing_total), -inf, 0)


def _with_total(place: Place, number: int) -> Place:
    return (*place[:number], TOTAL, *place[number + 1 :])
