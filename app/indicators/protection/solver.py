"""HiGHS, kept between runs: a changed objective or bound starts from the last basis."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from app.indicators.protection.errors import CannotProtect

SOLVER = f"HiGHS {version('highspy')}"
# More children than any province has. A figure that reaches it has no upper bound.
CAP = 10_000_000

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_OPTIMAL = highspy.HighsModelStatus.kOptimal
_IMPOSSIBLE = highspy.HighsModelStatus.kInfeasible
_INTEGER = highspy.HighsVarType.kInteger
_DUAL, _PRIMAL = 1, 4
_FEW = 1_500  # columns of a program that is solved sooner than simplified


@dataclass
class Rows:
    """low <= sum of coefficient * column <= high, in compressed form."""

    start: list[int] = field(default_factory=lambda: [0])
    index: list[int] = field(default_factory=list)
    value: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Sequence[tuple[int, int]], low: float, high: float) -> None:
        columns, coefficients = zip(*terms, strict=True)
        self.index += columns
        self.value += coefficients
        self.start.append(len(self.index))
        self.low.append(low)
        self.high.append(high)


class Program:
    """A linear program over columns with bounds; `integer` searches whole numbers only."""

    def __init__(
        self, low: Sequence[float], high: Sequence[float], rows: Rows, *,
        seconds: float, integer: bool = False,
    ) -> None:  # fmt: skip
        self.size = len(low)
        self._costs = np.zeros(self.size)
        self._all = np.arange(self.size, dtype=np.int32)
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._set("output_flag", False)
        self._set("threads", 1)
        self._seconds = seconds
        if not integer:
            self._set("presolve", "off" if self.size < _FEW else "choose")
            self._set("solver", "simplex")
            self._set("simplex_strategy", _DUAL)
        self._highs.passModel(_model(low, high, rows))
        if integer:
            kinds = np.full(self.size, _INTEGER)
            self._highs.changeColsIntegrality(self.size, self._all, kinds)

    def _set(self, name: str, value: object) -> None:
        self._highs.setOptionValue(name, value)

    def prefer_primal(self, is_primal: bool) -> None:
        """Which simplex method: the primal one is faster where little of the objective changes."""
        self._set("simplex_strategy", _PRIMAL if is_primal else _DUAL)

    def bound(self, column: int, low: float, high: float) -> None:
        self._highs.changeColBounds(column, low, high)

    def minimum(self, costs: Floats) -> Floats | None:
        """The columns where the sum of cost * column is lowest; None where nothing fits the rows.

        Raises CannotProtect where the solver did not come to an end.
        """
        changed = np.flatnonzero(costs != self._costs).astype(np.int32)
        if changed.size:
            self._highs.changeColsCost(changed.size, changed, costs[changed])
            self._costs = costs.copy()
        self._set("time_limit", self._highs.getRunTime() + self._seconds)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == _IMPOSSIBLE:
            return None
        if status != _OPTIMAL:
            raise CannotProtect(f"solver: {self._highs.modelStatusToString(status)}")
        return np.asarray(self._highs.getSolution().col_value, dtype=np.float64)


def _model(low: Sequence[float], high: Sequence[float], rows: Rows) -> Any:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(low), len(rows.low)
    model.col_cost_ = np.zeros(len(low))
    model.col_lower_ = np.asarray(low, dtype=np.float64)
    model.col_upper_ = np.asarray(high, dtype=np.float64)
    model.row_lower_ = np.asarray(rows.low, dtype=np.float64)
    model.row_upper_ = np.asarray(rows.high, dtype=np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.asarray(rows.start, dtype=np.int32)
    model.a_matrix_.index_ = np.asarray(rows.index, dtype=np.int32)
    model.a_matrix_.value_ = np.asarray(rows.value, dtype=np.float64)
    return model
