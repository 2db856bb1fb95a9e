"""Somebody who knows what was published and how such tables are made, and calculates.

Written apart from the code it attacks: a matrix of its own, solved by SciPy, whole numbers only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from app.indicators.tables import TOTAL, Audience, ProtectedTable

SMALL = {Audience.AGENCY: 4, Audience.PUBLIC: 7}
MANY = 100_000


@dataclass
class Attacker:
    tables: Sequence[ProtectedTable]
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    sums: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    cells: dict[tuple[int, tuple[str, ...]], int] = field(default_factory=dict)
    changes: list[int] = field(default_factory=list)
    _rows: LinearConstraint | None = None

    def __post_init__(self) -> None:
        for number, table in enumerate(self.tables):
            self._read(number, table)

    def _read(self, number: int, table: ProtectedTable) -> None:
        for place, cell in table.cells.items():
            low, high = 0, MANY
            if cell.value is not None:
                half = 2 if table.audience is Audience.PUBLIC and cell.value else 0
                low, high = cell.value - half, cell.value + half
                if half:
                    low = max(low, 8)
            self.cells[number, place] = self._variable(low, high)
        for axis_number, axis in enumerate(table.axes):
            others = [(*a.categories, TOTAL) for n, a in enumerate(table.axes) if n != axis_number]
            for rest in product(*others):

                def at(category: str, rest=rest, axis_number=axis_number) -> int:
                    place = (*rest[:axis_number], category, *rest[axis_number:])
                    return self.cells[number, place]

                parts = {at(category): 1.0 for category in axis.categories}
                whole = at(TOTAL)
                self.sums.append(({**parts, whole: -1.0}, 0, 0 if axis.is_partition else np.inf))
                if not axis.is_partition:
                    self.sums += [({part: 1.0, whole: -1.0}, -np.inf, 0) for part in parts]

    def _variable(self, low: float, high: float) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def suppose_little_changed(self, pairs: Sequence[tuple[list[int], int, bool]]) -> None:
        """(parts, whole, is a sum): equal or, where it is no sum, parts <= whole <= their sum;
        or else as little different as explains what was published."""
        for parts, whole, is_sum in pairs:
            terms = dict.fromkeys(parts, 1.0)
            more, less = self._variable(0, MANY), self._variable(0, MANY)
            self.changes += [more, less]
            self.sums.append(
                ({**terms, whole: -1.0, more: -1.0, less: 1.0}, 0, 0 if is_sum else np.inf)
            )
            for part in [] if is_sum else parts:
                over = self._variable(0, MANY)
                self.changes.append(over)
                self.sums.append(({part: 1.0, whole: -1.0, over: -1.0}, -np.inf, 0))
        least = self._solve(dict.fromkeys(self.changes, 1.0))
        self.sums.append((dict.fromkeys(self.changes, 1.0), 0, round(least)))

    def is_same(self, one: tuple[int, tuple[str, ...]], other: tuple[int, tuple[str, ...]]) -> None:
        """Two cells of two tables are one figure."""
        self.sums.append(({self.cells[one]: 1.0, self.cells[other]: -1.0}, 0, 0))

    def difference(
        self, more: tuple[int, tuple[str, ...]], less: tuple[int, tuple[str, ...]]
    ) -> tuple[int, int]:
        """Between what the one cell less the other lies."""
        terms = {self.cells[more]: 1.0, self.cells[less]: -1.0}
        lowest = self._solve(terms)
        return round(lowest), -round(self._solve({at: -value for at, value in terms.items()}))

    def interval(self, number: int, place: tuple[str, ...]) -> tuple[int, int]:
        variable = self.cells[number, place]
        return round(self._solve({variable: 1.0})), -round(self._solve({variable: -1.0}))

    def _solve(self, costs: dict[int, float]) -> float:
        size = len(self.low)
        if self._rows is None or self._rows.A.shape != (len(self.sums), size):
            self._rows = self._matrix(size)
        objective = np.zeros(size)
        objective[list(costs)] = list(costs.values())
        found = milp(
            objective, integrality=np.ones(size), bounds=Bounds(self.low, self.high),
            constraints=self._rows,
        )  # fmt: skip
        assert found.status == 0, found.message
        return found.fun

    def _matrix(self, size: int) -> LinearConstraint:
        matrix = lil_array((len(self.sums), size))
        for row, (terms, _, _) in enumerate(self.sums):
            for column, value in terms.items():
                matrix[row, column] = value
        lows, highs = zip(*((low, high) for _, low, high in self.sums), strict=True)
        return LinearConstraint(matrix.tocsr(), lows, highs)


def narrow_cells(
    attacker: Attacker, width: int | None = None
) -> list[tuple[int, tuple[str, ...], tuple[int, int]]]:
    """The hidden cells that come out narrower than the bound."""
    found = []
    for number, table in enumerate(attacker.tables):
        bound = width or SMALL[table.audience]
        for place in table.hidden:
            low, high = attacker.interval(number, place)
            if high - low < bound:
                found.append((number, place, (low, high)))
    return found
