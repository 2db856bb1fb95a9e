"""Which further cells to hide: for each figure that is too narrow the cheapest other world.

The world must take the figure as far as the rule asks. Open figures may leave what is published
of them at a price, their loss of information; those that do are hidden (Kelly, Golden and Assad,
"Cell suppression", Networks 22, 1992, with several tables in one system).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.indicators.protection.bounds import Failure
from app.indicators.protection.solver import CAP, Program, Rows
from app.indicators.protection.system import TOLERANCE, System


class Choice:
    """`prices`: of each column that may be hidden."""

    def __init__(self, system: System, prices: Mapping[int, float], seconds: float) -> None:
        self.system, self.size = system, len(system.low)
        self.priced = np.asarray(list(prices), dtype=np.int64)
        self.is_hidden = np.zeros(len(prices), dtype=bool)
        self.up = self.size + np.arange(len(prices))
        self.down = self.up + len(prices)
        low = [*system.low, *([0] * 2 * len(prices))]
        high = [*system.high, *([CAP] * len(prices)), *(system.low[c] for c in prices)]
        weights = list(prices.values())
        self.costs = np.asarray([0.0] * self.size + weights + weights)
        rows = _with_ways(system.rows, dict(zip(prices, range(len(prices)), strict=True)), self)
        self.program = Program(low, high, rows, seconds=seconds)
        self.low, self.high = np.full(self.size, np.inf), np.zeros(self.size)

    def open_up(self, failures: Sequence[Failure]) -> set[int]:
        """The columns to hide besides."""
        for failure in failures:
            column, wanted = failure.target.column, failure.target
            if wanted.is_rest:
                if not self._demand(column, 0, wanted.low):
                    self._demand(column, failure.low + wanted.width, CAP)
                continue
            lowest = failure.low
            if lowest > wanted.low:
                self._demand(column, 0, wanted.low)
                lowest = wanted.low
            highest = max(wanted.high, lowest + wanted.width)
            if failure.high < highest and not self._demand(column, highest, CAP):
                self._demand(column, 0, failure.high - wanted.width)
        return {int(column) for column in self.priced[self.is_hidden]}

    def _demand(self, column: int, low: float, high: float) -> bool:
        """Whether there is a world with the figure between `low` and `high`."""
        if low > high:
            return False
        if self.high[column] >= low if low else self.low[column] <= high:
            return True
        self._hide(np.flatnonzero(self.priced == column))
        self.program.bound(column, low, high)
        values = self.program.minimum(self.costs)
        self.program.bound(column, *self._own(column))
        if values is None:
            return False
        self._hide(np.flatnonzero(np.maximum(values[self.up], values[self.down]) > TOLERANCE))
        figures = values[: self.size].copy()
        figures[self.priced] += values[self.up] - values[self.down]
        self.low, self.high = np.minimum(self.low, figures), np.maximum(self.high, figures)
        return True

    def _own(self, column: int) -> tuple[float, float]:
        if self.is_hidden[self.priced == column].any():
            return 0, CAP
        return self.system.low[column], self.system.high[column]

    def _hide(self, numbers: NDArray[np.int64]) -> None:
        for number in numbers[~self.is_hidden[numbers]]:
            self.program.bound(int(self.priced[number]), 0, CAP)
            self.program.bound(int(self.up[number]), 0, 0)
            self.program.bound(int(self.down[number]), 0, 0)
        self.is_hidden[numbers] = True


def _with_ways(rows: Rows, number_of: Mapping[int, int], choice: Choice) -> Rows:
    found = Rows()
    for row, (start, end) in enumerate(zip(rows.start, rows.start[1:], strict=False)):
        terms = []
        for column, value in zip(rows.index[start:end], rows.value[start:end], strict=True):
            terms.append((column, value))
            if column in number_of:
                number = number_of[column]
                terms += [(int(choice.up[number]), value), (int(choice.down[number]), -value)]
        found.add(terms, rows.low[row], rows.high[row])
    return found
