"""How a part of the plan stands: pure, from its values by year.

The path goes in straight lines from where the part began (the baseline, else its first value)
through the yearly milestones to the target in the target year.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Direction(StrEnum):
    AT_LEAST = ">="
    AT_MOST = "<="
    BELOW = "<"
    ABOVE = ">"
    KEEP = "="  # "duy trì": not below it


RISING = frozenset({Direction.AT_LEAST, Direction.ABOVE, Direction.KEEP})


class Light(StrEnum):
    """From best to worst; the last two say that nothing can be said."""

    MET = "met"
    ON_PATH = "on_path"
    BEHIND = "behind"
    NO_START = "no_start"  # the target is not met, and there is nothing to measure the way from
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Goal:
    """`is_yearly`: the value shall fall by `target` percent against the year before."""

    direction: Direction
    target: Decimal
    year: int
    is_yearly: bool = False

    @property
    def is_rising(self) -> bool:
        return self.direction in RISING


@dataclass(frozen=True, slots=True)
class Way:
    """What was set beside the plan: the baseline and milestones by year, perhaps neither."""

    baseline: tuple[int, Decimal] | None = None
    milestones: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """`value` of `year`, the newest; `reached` is what is held against the target (of a yearly goal
    the fall in percent); `expected`: where the path is that year; `step`: how much is still to be
    gained or lost each year, signed; `start`: where the path began."""

    light: Light
    year: int | None = None
    value: Decimal | None = None
    reached: Decimal | None = None
    expected: Decimal | None = None
    step: Decimal | None = None
    start: tuple[int, Decimal] | None = None


def is_met(goal: Goal, reached: Decimal) -> bool:
    match goal.direction:
        case Direction.BELOW:
            return reached < goal.target
        case Direction.ABOVE:
            return reached > goal.target
        case Direction.AT_MOST:
            return reached <= goal.target
        case _:
            return reached >= goal.target


def path(goal: Goal, start: tuple[int, Decimal] | None, way: Way) -> list[tuple[int, Decimal]]:
    """The corners of the way in the order of years, the target last; none of a yearly goal."""
    if goal.is_yearly:
        return []
    corners = {start[0]: start[1]} if start is not None and start[0] < goal.year else {}
    first = start[0] if start is not None else 0
    corners |= {y: value for y, value in way.milestones.items() if first <= y < goal.year}
    return [*sorted(corners.items()), (goal.year, goal.target)]


def expected_at(corners: list[tuple[int, Decimal]], year: int) -> Decimal | None:
    """Where the way is in a year; None before it begins, its end afterwards."""
    before = [corner for corner in corners if corner[0] <= year]
    after = [corner for corner in corners if corner[0] > year]
    if not before:
        return None
    if not after:
        return before[-1][1]
    (first, low), (last, high) = before[-1], after[0]
    return low + (high - low) * (year - first) / (last - first)


def judge(goal: Goal, values: Mapping[int, Decimal], way: Way) -> Standing:
    """By the newest value."""
    if not values:
        return Standing(Light.MISSING, start=way.baseline)
    if goal.is_yearly:
        return _judge_yearly(goal, values, way)
    year = max(values)
    value = values[year]
    start = start_of(values, way)
    corners = path(goal, start, way)
    is_first = start is not None and start[0] >= year and year not in way.milestones
    expected = None if is_first else expected_at(corners, year)
    light = _light(goal, value, year, expected)
    return Standing(light, year, value, value, expected, _step(goal, value, year), start)


def start_of(values: Mapping[int, Decimal], way: Way) -> tuple[int, Decimal] | None:
    """The baseline; without one the first value, unless a milestone stands before it."""
    if way.baseline is not None or not values:
        return way.baseline
    first = min(values)
    return None if any(year <= first for year in way.milestones) else (first, values[first])


def _light(goal: Goal, value: Decimal, year: int, expected: Decimal | None) -> Light:
    if is_met(goal, value):
        return Light.MET
    if year >= goal.year:
        return Light.BEHIND
    if expected is None:
        return Light.NO_START
    is_good = value >= expected if goal.is_rising else value <= expected
    return Light.ON_PATH if is_good else Light.BEHIND


def _step(goal: Goal, value: Decimal, year: int) -> Decimal | None:
    if is_met(goal, value) or year >= goal.year:
        return None
    return (goal.target - value) / (goal.year - year)


def _judge_yearly(goal: Goal, values: Mapping[int, Decimal], way: Way) -> Standing:
    year = max(values)
    value = values[year]
    before = values.get(year - 1)
    if before is None and way.baseline is not None and way.baseline[0] == year - 1:
        before = way.baseline[1]
    if before is None:
        return Standing(Light.NO_START, year, value)
    fall = fall_of(before, value)
    if fall is None:  # there was none the year before
        light = Light.MET if value == 0 else Light.BEHIND
        return Standing(light, year, value, start=(year - 1, before))
    light = Light.MET if is_met(goal, fall) else Light.BEHIND
    return Standing(light, year, value, fall, start=(year - 1, before))


def fall_of(before: Decimal, now: Decimal) -> Decimal | None:
    """By how many percent it fell; a rise is negative. None where there was nothing to fall."""
    if before == 0:
        return None
    return (before - now) / before * 100


def most_next_year(goal: Goal, value: Decimal) -> Decimal:
    """Of a yearly goal: what next year's value may be at most."""
    return value * (100 - goal.target) / 100
