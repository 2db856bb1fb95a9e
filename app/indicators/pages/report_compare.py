"""A report beside the one of the period before: totals, and only what is shown in both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.indicators.pages.report_tables import Grid, GridCell, GridRow, shown
from app.web.words import _

# of which tables which columns
_WANTED = {"2": (3, 1, 2, 6), "3": (0,), "4": (0,)}


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure beside the one of the period before; words where it cannot be told."""

    label: str
    now: str
    before: str
    difference: str
    percent: str

    @property
    def change(self) -> str:
        """Both in one: +6 (+66,7%)."""
        told = self.percent not in ("0,0%", _("không tính được"))
        return f"{self.difference} ({self.percent})" if told else self.difference


def compare(now: Sequence[Grid], before: Sequence[Grid]) -> tuple[Compared, ...]:
    """Totals only, of figures that are shown in both."""
    earlier = {one.code: one for one in before}
    found = []
    for grid, row, column, label in _headlines(now):
        other = _same(earlier.get(grid.code), row.label, column)
        found.append(_compared(label, row.cells[column], other))
    return tuple(found)


def _headlines(tables: Sequence[Grid]) -> Iterator[tuple[Grid, GridRow, int, str]]:
    for grid in tables:
        for row in grid.rows if grid.code in _WANTED else ():
            if row.kind != "total" and not row.is_headline:
                continue
            for column in _WANTED[grid.code]:
                name = f"{row.label}: {grid.head[column]}" if grid.code == "2" else row.label
                yield grid, row, column, name


def _same(grid: Grid | None, label: str, column: int) -> GridCell:
    for row in grid.rows if grid is not None else ():
        if row.label == label:
            return row.cells[column]
    return GridCell(None, is_empty=True)


def _compared(label: str, now: GridCell, before: GridCell) -> Compared:
    difference = share = _("không tính được")
    if isinstance(now.value, int) and isinstance(before.value, int):
        change = now.value - before.value
        difference = f"{'+' if change > 0 else ''}{shown(change)}"
        if before.value:
            rate = (Decimal(100) * change / before.value).quantize(Decimal("0.1"), ROUND_HALF_UP)
            share = f"{'+' if rate > 0 else ''}{shown(rate)}%"
    return Compared(label, now.text or "–", before.text or "–", difference, share)
