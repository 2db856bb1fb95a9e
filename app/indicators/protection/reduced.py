"""A system without what is fixed, in parts that know nothing of each other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.indicators.protection.solver import Floats, Integers, Program, Rows
from app.indicators.protection.system import TOLERANCE, System


@dataclass(frozen=True)
class Reduced:
    """`free`: the columns of the system that are left; everything else counts these."""

    free: Integers
    low: Sequence[int]
    high: Sequence[int]
    rows: Rows
    part_of_column: Integers
    part_of_row: Integers
    is_touched: NDArray[
        np.bool_
    ]  # of each part: whether a row of it has a column that was asked for

    @property
    def parts(self) -> int:
        return int(self.part_of_column.max(initial=-1)) + 1

    def program(self, seconds: float, *, integer: bool = False) -> Program:
        return Program(self.low, self.high, self.rows, seconds=seconds, integer=integer)

    def whole_parts(self, values: Floats) -> "tuple[Integers, np.ndarray]":
        """The values as whole numbers, and for each part whether these fit every row of it."""
        whole = np.rint(values).astype(np.int64)
        fits = np.ones(self.parts, dtype=bool)
        fits[self.part_of_column[np.abs(values - whole) > TOLERANCE]] = False
        if self.part_of_row.size:
            products = np.asarray(self.rows.value) * whole[self.rows.index]
            sums = np.add.reduceat(products, self.rows.start[:-1])
            wrong = (sums < np.asarray(self.rows.low)) | (sums > np.asarray(self.rows.high))
            fits[self.part_of_row[wrong]] = False
        return whole, fits


def reduced(system: System, touching: Collection[int]) -> Reduced:
    low, high = np.asarray(system.low), np.asarray(system.high)
    is_free = low < high
    numbers = np.cumsum(is_free) - 1
    rows, given, touched = Rows(), system.rows, []
    for row, (start, end) in enumerate(zip(given.start, given.start[1:], strict=False)):
        entries = list(zip(given.index[start:end], given.value[start:end], strict=True))
        left = [(int(numbers[column]), value) for column, value in entries if is_free[column]]
        if left:
            known = sum(value * int(low[c]) for c, value in entries if not is_free[c])
            rows.add(left, given.low[row] - known, given.high[row] - known)
            if any(column in touching for column, _ in entries):
                touched.append(len(rows.low) - 1)
    columns, of_rows = _parts(int(is_free.sum()), rows)
    is_touched = np.zeros(int(columns.max(initial=-1)) + 1, dtype=bool)
    is_touched[of_rows[touched]] = True
    is_touched[columns[[int(numbers[c]) for c in touching if is_free[c]]]] = True
    return Reduced(
        np.flatnonzero(is_free), low[is_free].tolist(), high[is_free].tolist(),
        rows, columns, of_rows, is_touched,
    )  # fmt: skip


def _parts(size: int, rows: Rows) -> tuple[Integers, Integers]:
    """Columns that share a row belong together."""
    leader = list(range(size))

    def find(column: int) -> int:
        while leader[column] != column:
            leader[column] = leader[leader[column]]
            column = leader[column]
        return column

    for start, end in zip(rows.start, rows.start[1:], strict=False):
        first = find(rows.index[start])
        for column in rows.index[start + 1 : end]:
            leader[find(column)] = first
    roots = np.asarray([find(column) for column in range(size)], dtype=np.int64)
    _, columns = np.unique(roots, return_inverse=True)
    firsts = [rows.index[start] for start in rows.start[:-1]]
    return columns.astype(np.int64), columns[np.asarray(firsts, dtype=np.int64)]
