"""A table as a picture: a map where its rows are communes, else bars. It shows the rate where there
is one, else the count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.indicators.definitions import IndicatorsFile
from app.indicators.pages.board_words import decimal_words
from app.indicators.pages.commune_map import Look, Place, commune_map
from app.indicators.pages.figure_bars import Bar, figure_bars
from app.indicators.pages.grid import Grid, GridRow
from app.indicators.pages.rate_words import span_words
from app.indicators.pages.shades import Scale, scale_of
from app.indicators.pages.table_rates import Rates
from app.indicators.pages.table_words import COUNTS, count_words, table_title
from app.indicators.queries.axes import COMMUNES
from app.indicators.queries.outlines import outlines_of
from app.indicators.tables import TOTAL, Cell, ProtectedTable
from app.reference.communes import communes
from app.web.filters import number
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Legend:
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`map` or `bars`; `head`: what is drawn, and of a map what its shades mean."""

    svg: Markup
    head: str
    legend: Sequence[Legend] = ()
    note: str = ""


def picture_of(
    session: Session, table: ProtectedTable, grid: Grid, rates: Rates, rules: IndicatorsFile
) -> Picture | None:
    """At most one statement."""
    unit = rules.indicator_of(table.code).unit
    head = rates.head if rates.are_drawn else str(COUNTS[unit])
    title = f"{table_title(table.code, rules)}. {head}"
    if table.axes and table.axes[0].code in COMMUNES:
        return _map(session, table, rates, title, head, unit)
    bars = [_bar(row, rates) for row in grid.rows if not row.is_total]
    full = Decimal(100) if rates.sign else None
    return Picture(figure_bars(title, bars, full), head) if bars else None


def _bar(row: GridRow, rates: Rates) -> Bar:
    one = row.cells[0]
    if not rates.are_drawn:
        value = None if one.cell.value is None else Decimal(one.cell.value)
        return Bar(row.label, value, _shown(one.cell))
    code = one.place.partition("|")[0]
    return Bar(row.label, rates.values.get(code), rates.words[code])


def _shown(cell: Cell) -> str:
    return _("ẩn") if cell.value is None else number(cell.value)


def _counted(cell: Cell, unit: str) -> str:
    return _("ẩn") if cell.value is None else count_words(unit, number(cell.value))


def _map(
    session: Session, table: ProtectedTable, rates: Rates, title: str, head: str, unit: str
) -> Picture:
    loaded = outlines_of(session)
    known = {one.code for one in communes()}  # what happened nobody knows where has no place
    cells = {code: table[_whole(table, code)] for code in table.axes[0].categories if code in known}
    values = rates.values if rates.are_drawn else _counts(cells)
    values = {code: value for code, value in values.items() if code in known}
    scale = scale_of(values.values())
    places = {
        code: _place(code, cell, rates, values.get(code), scale, unit)
        for code, cell in cells.items()
    }
    note = _("Mỗi ô là một xã, phường, xếp theo mã. Chưa nạp bản đồ ranh giới.")
    if loaded is not None:
        note = _("Ranh giới: %(source)s.", source=loaded.source)
    svg = commune_map(title, communes(), places, loaded.outlines if loaded else None)
    return Picture(svg, head, _legend(scale, rates), note)


def _whole(table: ProtectedTable, code: str) -> tuple[str, ...]:
    return (code, *(TOTAL for _axis in table.axes[1:]))


def _counts(cells: Mapping[str, Cell]) -> Mapping[str, Decimal]:
    return {code: Decimal(one.value) for code, one in cells.items() if one.value is not None}


def _place(
    code: str, cell: Cell, rates: Rates, value: Decimal | None, scale: Scale | None, unit: str
) -> Place:
    if value is not None and scale is not None:
        words = _counted(cell, unit)
        if rates.are_drawn:
            words = f"{words}; {rates.head.lower()}: {rates.words[code]}"
        return Place(scale.shade(value), words)
    if cell.is_hidden or code in rates.hidden:
        return Place(Look.HIDDEN, _("không công bố để bảo vệ trẻ em"))
    return Place(Look.MISSING, _counted(cell, unit))


def _legend(scale: Scale | None, rates: Rates) -> list[Legend]:
    classes = scale.classes if scale else ()
    found = [
        Legend(f"map-{shade}", class_words(low, high, rates))
        for shade, (low, high) in enumerate(classes, 1)
    ]
    found.append(Legend("map-hidden", _("ẩn để bảo vệ trẻ em")))
    found.append(Legend("map-missing", _("không có số")))
    return found


def class_words(low: Decimal, high: Decimal, rates: Rates) -> str:
    if rates.are_drawn and rates.is_rounded and high:  # none is never a rounded number
        return span_words(low, high, rates.sign)
    words = decimal_words(high) + rates.sign
    return words if low == high else _("%(low)s đến %(high)s", low=decimal_words(low), high=words)
