"""A protected table as rows and columns of a page or a sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.indicators.pages.table_words import axis_words, category_words
from app.indicators.tables import TOTAL, Axis, Cell, Place, ProtectedTable

_MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class GridCell:
    """`place` names the cell in every export: the categories joined by "|"."""

    cell: Cell
    place: str


@dataclass(frozen=True, slots=True)
class GridRow:
    label: str
    is_total: bool
    cells: Sequence[GridCell]


@dataclass(frozen=True, slots=True)
class Grid:
    """`choices`: of a third axis (category, label, is chosen): the grid shows one of them."""

    head: str
    columns: Sequence[str]
    rows: Sequence[GridRow]
    hidden: int
    slice_title: str = ""
    choices: Sequence[tuple[str, str, bool]] = ()


def grid_of(table: ProtectedTable, at: str | None = None) -> Grid:
    """`at`: which category of the first of three axes; the total by default."""
    axes = list(enumerate(table.axes))
    fixed: dict[int, str] = {}
    choices: list[tuple[str, str, bool]] = []
    if len(axes) == 3:
        number, axis = axes.pop(0)
        fixed[number] = at if at in axis.places else TOTAL
        choices = [(c, category_words(axis.code, c), c == fixed[number]) for c in _shown(axis)]
    if len(axes) == 2 and len(axes[1][1].places) > max(_MOST_COLUMNS, len(axes[0][1].places)):
        axes.reverse()
    rows_axis = axes[0] if axes else None
    columns_axis = axes[1] if len(axes) == 2 else None
    rows = _rows(table, fixed, rows_axis, columns_axis)
    return Grid(
        head=_cap(axis_words(rows_axis[1].code)) if rows_axis else "",
        columns=_columns(columns_axis),
        rows=rows,
        hidden=sum(one.cell.is_hidden for row in rows for one in row.cells),
        slice_title=_cap(axis_words(table.axes[0].code)) if choices else "",
        choices=choices,
    )


def _shown(axis: Axis) -> tuple[str, ...]:
    """The total first: it is what is read most."""
    return (TOTAL, *axis.categories)


def _columns(axis: tuple[int, Axis] | None) -> Sequence[str]:
    if axis is None:
        return ()
    return [category_words(axis[1].code, one) for one in _shown(axis[1])]


def _rows(
    table: ProtectedTable,
    fixed: dict[int, str],
    down: tuple[int, Axis] | None,
    across: tuple[int, Axis] | None,
) -> list[GridRow]:
    found = []
    for category in _shown(down[1]) if down else (TOTAL,):
        cells = []
        for other in _shown(across[1]) if across else (TOTAL,):
            chosen = dict(fixed)
            if down:
                chosen[down[0]] = category
            if across:
                chosen[across[0]] = other
            place: Place = tuple(chosen[number] for number in range(len(table.axes)))
            cells.append(GridCell(table[place], place_words(place)))
        label = category_words(down[1].code, category) if down else ""
        found.append(GridRow(label, category == TOTAL, cells))
    return found


def place_words(place: Place) -> str:
    return "|".join(place)


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
