"""How far each figure stays open, proved by worlds: whole numbers for every figure that fit
everything published. Two worlds in which a figure differs by n prove that nobody can bring it
into an interval narrower than n, whether with linear or with integer programming.

Only what is published goes in: what comes out tells nothing that a reader could not find.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.reduced import Reduced, reduced
from app.indicators.protection.solver import CAP, Integers, Program
from app.indicators.protection.system import TOLERANCE, System

MIXED_ROUNDS = 12


@dataclass(frozen=True)
class Target:
    """What must stay possible for a column: `low` or less, `high` or more, both `width` apart."""

    column: int
    low: int = CAP
    high: int = 0
    width: int = 0

    def is_met(self, low: float, high: float) -> bool:
        return low <= self.low and high >= self.high and high - low >= self.width


@dataclass(frozen=True)
class Failure:
    """A target, and the interval in which whoever calculates finds its column."""

    target: Target
    low: float
    high: float


@dataclass(frozen=True)
class Examination:
    """For each column the lowest and highest figure of a world, and the targets that fail."""

    low: Integers
    high: Integers
    failures: tuple[Failure, ...]


def examine(system: System, targets: Sequence[Target], seconds: float) -> Examination:
    """Raises CannotProtect where the solver fails or what is published is contradictory."""
    small = reduced(system)
    low, high = np.asarray(system.low), np.asarray(system.high)
    if small.free.size == 0:
        return Examination(low, high, _failures(targets, low, high))
    search = _Search(small, seconds)
    place = {int(column): number for number, column in enumerate(small.free)}
    inside = [target for target in targets if target.column in place]
    fixed = [target for target in targets if target.column not in place]
    columns = np.asarray([place[t.column] for t in inside], dtype=np.int64)
    search.mix(columns, inside)
    failures = search.decide(columns, inside)
    low, high = low.copy(), high.copy()
    low[small.free], high[small.free] = search.low, search.high
    return Examination(low, high, (*_failures(fixed, low, high), *failures))


def _failures(targets: Sequence[Target], low: Integers, high: Integers) -> tuple[Failure, ...]:
    found = ((t, float(low[t.column]), float(high[t.column])) for t in targets)
    return tuple(Failure(t, a, b) for t, a, b in found if not t.is_met(a, b))


class _Search:
    """`low`, `high`: of the worlds found so far, by free column."""

    def __init__(self, small: Reduced, seconds: float) -> None:
        self.small, self.seconds = small, seconds
        self.linear = small.program(seconds)
        self.whole: Program | None = None
        self.low = np.full(small.free.size, CAP, dtype=np.int64)
        self.high = np.zeros(small.free.size, dtype=np.int64)

    def mix(self, columns: Integers, targets: Sequence[Target]) -> None:
        """Worlds that take many targets far at once: all up, all down, then drawn by lot."""
        lots = np.random.default_rng(0)
        for turn in range(MIXED_ROUNDS):
            open_targets = [
                c for c, t in zip(columns, targets, strict=True)
                if not t.is_met(self.low[c], self.high[c])
            ]  # fmt: skip
            if not open_targets and turn > 1:
                return
            costs = np.zeros(self.small.free.size)
            if turn < 2:
                costs[columns] = (-1.0, 1.0)[turn]
            else:
                costs[open_targets] = lots.choice((-1.0, 1.0), len(open_targets))
            self._solve(self.linear, costs)

    def decide(self, columns: Integers, targets: Sequence[Target]) -> list[Failure]:
        """One target of each part at a time, up and down."""
        waiting: list[list[int]] = [[] for _ in range(self.small.parts)]
        for number, column in enumerate(columns):
            waiting[self.small.part_of_column[column]].append(number)
        failures: list[Failure] = []
        while any(waiting):
            chosen = [self._next(queue, columns, targets) for queue in waiting]
            numbers = [number for number in chosen if number is not None]
            if numbers:
                failures += self._bounds(columns[numbers], [targets[n] for n in numbers])
        return failures

    def _next(self, queue: list[int], columns: Integers, targets: Sequence[Target]) -> int | None:
        while queue:
            number = queue.pop(0)
            column = columns[number]
            if not targets[number].is_met(self.low[column], self.high[column]):
                return number
        return None

    def _bounds(self, columns: Integers, targets: Sequence[Target]) -> list[Failure]:
        """Columns of different parts, so that one run bounds them all."""
        highest, lowest = self._extreme(columns, -1.0), self._extreme(columns, 1.0)
        failures = []
        for number, target in enumerate(targets):
            column, low, high = columns[number], lowest[number], highest[number]
            if target.is_met(self.low[column], self.high[column]):
                continue
            if target.is_met(low, high):
                low, high = self._whole_bounds(column)
            if not target.is_met(low, high):
                failures.append(Failure(target, low, high))
        return failures

    def _extreme(self, columns: Integers, sign: float) -> list[float]:
        costs = np.zeros(self.small.free.size)
        costs[columns] = sign
        values = self._solve(self.linear, costs)
        return [float(round(values[c])) if abs(values[c] - round(values[c])) < TOLERANCE
                else float(values[c]) for c in columns]  # fmt: skip

    def _whole_bounds(self, column: int) -> tuple[float, float]:
        """Where the linear interval is wide enough, but no world of whole numbers was found."""
        self.whole = self.whole or self.small.program(self.seconds, integer=True)
        for sign in (-1.0, 1.0):
            costs = np.zeros(self.small.free.size)
            costs[column] = sign
            self._solve(self.whole, costs)
        return float(self.low[column]), float(self.high[column])

    def _solve(self, program: Program, costs: np.ndarray) -> np.ndarray:
        values = program.minimum(costs)
        if values is None:
            raise CannotProtect("the published tables contradict each other")
        world, fits = self.small.whole_parts(values)
        kept = fits[self.small.part_of_column]
        self.low = np.where(kept, np.minimum(self.low, world), self.low)
        self.high = np.where(kept, np.maximum(self.high, world), self.high)
        return values
