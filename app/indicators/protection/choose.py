"""Which further cells to hide: for each figure that is too narrow the cheapest other world.

The world must take the figure as far as the rule asks. Open figures may leave what is published
of them at a price, their loss of information; those that do are hidden (Kelly, Golden and Assad,
"Cell suppression", Networks 22, 1992, with several tables in one system).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.indicators.protection.bounds import Failure
from app.indicators.protection.solver import CAP, Program, Rows
from app.indicators.protection.system import TOLERANCE, System


@dataclass(frozen=True)
class _Way:
    """The columns that take an open figure above and below what is published of it."""

    up: int
    down: int


class Choice:
    """`prices`: of each column that may be hidden."""

    def __init__(self, system: System, prices: Mapping[int, float], seconds: float) -> None:
        self.system = system
        self.ways: dict[int, _Way] = {}
        self.hidden: set[int] = set()
        low: list[float] = list(system.low)
        high: list[float] = list(system.high)
        for column in prices:
            self.ways[column] = _Way(len(low), len(low) + 1)
            low += [0, 0]
            high += [CAP, system.low[column]]
        self.costs = np.zeros(len(low))
        for column, way in self.ways.items():
            self.costs[[way.up, way.down]] = prices[column]
        rows = _with_ways(system.rows, self.ways)
        self.program = Program(low, high, rows, seconds=seconds, primal=False)
        self.low = np.full(len(system.low), np.inf)
        self.high = np.zeros(len(system.low))

    def open_up(self, failures: Sequence[Failure]) -> set[int]:
        """The columns to hide besides."""
        for failure in failures:
            column, wanted = failure.target.column, failure.target
            lowest = failure.low
            if lowest > wanted.low:
                self._demand(column, 0, wanted.low)
                lowest = wanted.low
            highest = max(wanted.high, lowest + wanted.width)
            if failure.high < highest and not self._demand(column, highest, CAP):
                self._demand(column, 0, failure.high - wanted.width)
        return self.hidden

    def _demand(self, column: int, low: float, high: float) -> bool:
        """Whether there is a world with the figure between `low` and `high`."""
        if low > high:
            return False
        if (low and self.high[column] >= low) or (not low and self.low[column] <= high):
            return True
        values = self._world(column, low, high)
        if values is None:
            return False
        self._hide([c for c, way in self.ways.items()
                    if c not in self.hidden and values[[way.up, way.down]].max() > TOLERANCE])  # fmt: skip
        figures = self._figures(values)
        self.low, self.high = np.minimum(self.low, figures), np.maximum(self.high, figures)
        return True

    def _world(self, column: int, low: float, high: float) -> np.ndarray | None:
        """An open figure that must itself move has no bounds of its own to set: it is hidden."""
        if column in self.ways and column not in self.hidden:
            self._hide([column])
        self.program.bound(column, low, high)
        values = self.program.minimum(self.costs)
        self.program.bound(column, *self._own(column))
        return values

    def _own(self, column: int) -> tuple[float, float]:
        if column in self.hidden:
            return 0, CAP
        return self.system.low[column], self.system.high[column]

    def _hide(self, columns: Sequence[int]) -> None:
        for column in columns:
            self.hidden.add(column)
            self.program.bound(column, 0, CAP)
            self.program.bound(self.ways[column].up, 0, 0)
            self.program.bound(self.ways[column].down, 0, 0)

    def _figures(self, values: np.ndarray) -> np.ndarray:
        figures = values[: len(self.system.low)].copy()
        for column, way in self.ways.items():
            figures[column] += values[way.up] - values[way.down]
        return figures


def _with_ways(rows: Rows, ways: Mapping[int, _Way]) -> Rows:
    found = Rows()
    for row, (start, end) in enumerate(zip(rows.start, rows.start[1:], strict=False)):
        terms = []
        for column, value in zip(rows.index[start:end], rows.value[start:end], strict=True):
            terms.append((column, value))
            if column in ways:
                terms += [(ways[column].up, value), (ways[column].down, -value)]
        found.add(terms, rows.low[row], rows.high[row])
    return found
