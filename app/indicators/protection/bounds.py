"""How far each figure stays open, proved by worlds: whole numbers for every figure that fit
everything published. Two worlds in which a figure differs by n prove that nobody can bring it
into an interval narrower than n, whether with linear or with integer programming.

Only what is published goes in: what comes out tells nothing that a reader could not find.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.reduced import Reduced, reduced
from app.indicators.protection.solver import CAP, Integers, Program
from app.indicators.protection.system import TOLERANCE, System

QUICK_ROUNDS, FINAL_ROUNDS, WITHOUT_PROGRESS = 14, 40, 6
WEIGHTS = (1.0, 5.0, 25.0)
FEW = 24  # so many targets are decided one by one; more are given back undecided


Name: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Target:
    """What must stay possible for a column: `low` or less, `high` or more, both `width` apart.
    `name`: of which table (its number) and figure, however the columns are numbered.

    `is_rest`: no table shows it. Then `low` or less is enough, or the width; or that it is surely
    more than `small`, and no secret."""

    column: int
    low: int = CAP
    high: int = 0
    width: int = 0
    name: Name = ()
    is_rest: bool = False
    small: int = CAP

    def is_met(self, low: float, high: float) -> bool:
        if self.is_rest:
            return low <= self.low or high - low >= self.width
        return low <= self.low and high >= self.high and high - low >= self.width


@dataclass(frozen=True)
class Failure:
    """A target, and the interval in which whoever calculates finds its column: the widest that
    was proved so far, where the examination was broken off."""

    target: Target
    low: float
    high: float


@dataclass(frozen=True)
class Examination:
    """For each column the lowest and highest figure of a world, and the targets that fail."""

    low: Integers
    high: Integers
    failures: tuple[Failure, ...]


def examine(
    system: System,
    targets: Sequence[Target],
    seconds: float,
    *,
    touching: Collection[int],
    is_final: bool = True,
) -> Examination:
    """Without failures, every target is proved that has to do with a column of `touching` (the new
    table): the others are as they were without it. With `is_final`, every failure is, too.

    Raises CannotProtect where the solver fails or what is published is contradictory.
    """
    small = reduced(system, touching)
    low, high = np.asarray(system.low), np.asarray(system.high)
    if small.free.size == 0:
        return Examination(low, high, _failures(targets, low, high))
    search = _Search(small, seconds)
    place = {int(column): number for number, column in enumerate(small.free)}
    inside = [
        target
        for target in targets
        if target.column in place and small.is_touched[small.part_of_column[place[target.column]]]
    ]
    fixed = [target for target in targets if target.column not in place]
    columns = np.asarray([place[t.column] for t in inside], dtype=np.int64)
    waiting = search.mix(columns, inside, FINAL_ROUNDS if is_final else QUICK_ROUNDS)
    if is_final or waiting <= FEW:
        failures = search.decide(columns, inside)
    else:
        failures = list(_failures(inside, search.low, search.high, columns))
    low, high = low.copy(), high.copy()
    low[small.free], high[small.free] = search.low, search.high
    return Examination(low, high, (*_failures(fixed, low, high), *failures))


def _failures(
    targets: Sequence[Target], low: Integers, high: Integers, columns: Integers | None = None
) -> tuple[Failure, ...]:
    places = [t.column for t in targets] if columns is None else columns
    found = ((t, float(low[c]), float(high[c])) for t, c in zip(targets, places, strict=True))
    return tuple(Failure(t, a, b) for t, a, b in found if not t.is_met(a, b))


class _Search:
    """`low`, `high`: of the worlds found so far, by free column."""

    def __init__(self, small: Reduced, seconds: float) -> None:
        self.small, self.seconds = small, seconds
        self.linear = small.program(seconds)
        self.whole: Program | None = None
        self.low = np.full(small.free.size, CAP, dtype=np.int64)
        self.high = np.zeros(small.free.size, dtype=np.int64)

    def mix(self, columns: Integers, targets: Sequence[Target], rounds: int) -> int:
        """Worlds that take many targets far at once, up or down by lot. How many are not met."""
        lots = np.random.default_rng(0)
        self.linear.prefer_primal(False)
        waiting, last_progress = len(targets), 0
        for turn in range(rounds):
            left = [
                column for column, target in zip(columns, targets, strict=True)
                if not target.is_met(self.low[column], self.high[column])
            ]  # fmt: skip
            if len(left) < waiting:
                waiting, last_progress = len(left), turn
            if turn and (not left or turn - last_progress >= WITHOUT_PROGRESS):
                break
            costs = np.zeros(self.small.free.size)
            costs[left] = lots.choice((-1.0, 1.0), len(left)) * lots.choice(WEIGHTS, len(left))
            self._solve(self.linear, costs)
        self.linear.prefer_primal(True)
        return waiting

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
            if target.is_met(self.low[column], self.high[column]) or low > target.small:
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
