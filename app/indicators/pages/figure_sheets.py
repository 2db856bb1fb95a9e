"""Figures as a workbook: what they are on the first sheet, then a sheet for each table. Texts are
cells of text, whatever they begin with."""

from collections.abc import Sequence
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.documents.workbook import LONGEST_CELL, sheet_name
from app.indicators.pages.cards import titled
from app.indicators.pages.figure_rates import HIDDEN, MEASURES, FigureLine
from app.indicators.pages.figure_source import Source
from app.indicators.pages.grid import Grid, GridCell, grid_of
from app.indicators.pages.rate_words import rate_words
from app.indicators.pages.table_words import category_words, cut_words, table_title
from app.indicators.tables import TOTAL, ProtectedTable
from app.web.words import _

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDE, _NARROW = 46, 14


class _Formats:
    def __init__(self, book: Workbook) -> None:
        text = {"num_format": "@", "quote_prefix": True, "text_wrap": True, "valign": "top"}
        self.text: Format = book.add_format(text)
        self.bold: Format = book.add_format({**text, "bold": True})
        self.head: Format = book.add_format({**text, "bold": True, "bottom": 1})
        about = _("khoảng")
        self.about: Format = book.add_format({"num_format": f'"{about} "#,##0', "valign": "top"})
        self.number: Format = book.add_format({"num_format": "#,##0", "valign": "top"})
        self.hidden: Format = book.add_format({**text, "italic": True, "align": "right"})


def figures_xlsx(source: Source) -> bytes:
    target = BytesIO()
    book = Workbook(target, _OPTIONS)
    book.set_properties({"title": source.name, "author": "Vòng Tay"})
    formats = _Formats(book)
    _about(book.add_worksheet(_("Giới thiệu")), source, formats)
    if source.lines:
        _figures(book.add_worksheet(_("Chỉ tiêu")), source, formats)
    if source.commune_lines:
        _communes(book.add_worksheet(_("Chỉ tiêu theo xã")), source, formats)
    for number, table in enumerate(source.tables, start=1):
        name = f"{number}. {_short_title(table, source)}"
        _table(book.add_worksheet(sheet_name(name)), source, table, formats)
    if source.withheld:
        _withheld(book.add_worksheet(_("Bảng không công bố")), source, formats)
    for sheet in book.worksheets():
        sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()


def _short_title(table: ProtectedTable, source: Source) -> str:
    """“8a theo nhóm hoàn cảnh”: what a sheet is called, its whole title stands in it."""
    part = source.rules.indicator_of(table.code).part if table.code in source.rules.tables else ""
    cut = _("theo %(axes)s", axes=cut_words(table))
    return f"{part} {cut}" if part else cut.capitalize()


def _about(sheet: Worksheet, source: Source, formats: _Formats) -> None:
    sheet.set_column(0, 0, 2 * _WIDE)
    row = 0
    for words in source.notices():
        _write(sheet, row, 0, words, formats.bold if row == 0 else formats.text)
        row += 1
    for number, table in enumerate(source.tables, start=1):
        _write(
            sheet, row + number, 0, f"{number}. {table_title(table.code, source.rules)}",
            formats.text,
        )  # fmt: skip


def _figures(sheet: Worksheet, source: Source, formats: _Formats) -> None:
    """Counts and rates of the province. A rate of rounded counts says between what it lies."""
    sheet.set_column(0, 0, 2 * _WIDE)
    sheet.set_column(1, 4, _WIDE / 2)
    _write(sheet, 0, 0, _("Chỉ tiêu của toàn tỉnh"), formats.bold)
    _write(sheet, 1, 0, f"{source.name}; {source.period.label}", formats.text)
    heads = (_("Chỉ tiêu"), _("Tử số"), _("Mẫu số"), _("Tỷ lệ"))
    for column, words in enumerate(heads):
        _write(sheet, 3, column, words, formats.head)
    for row, (_code, line) in enumerate(source.lines, start=4):
        _write(sheet, row, 0, titled(line.indicator), formats.text)
        _line(sheet, row, 1, line, formats)


def _communes(sheet: Worksheet, source: Source, formats: _Formats) -> None:
    """A row for each commune, and three columns for each indicator."""
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 12, _WIDE / 2)
    _write(sheet, 0, 0, _("Chỉ tiêu của từng xã, phường"), formats.bold)
    _write(sheet, 1, 0, f"{source.name}; {source.period.label}", formats.text)
    _write(sheet, 4, 0, _("Xã, phường"), formats.head)
    columns: dict[str, int] = {}
    rows: dict[str, int] = {}
    for code, line in source.commune_lines:
        if code not in columns:
            columns[code] = 1 + 3 * len(columns)
            _heads(sheet, columns[code], line, formats)
        if line.commune not in rows:
            rows[line.commune] = 5 + len(rows)
            name = category_words("commune", line.commune)
            _write(sheet, rows[line.commune], 0, name, formats.text)
        _line(sheet, rows[line.commune], columns[code], line, formats)


def _heads(sheet: Worksheet, column: int, line: FigureLine, formats: _Formats) -> None:
    _write(sheet, 3, column, titled(line.indicator), formats.bold)
    for at, words in enumerate((_("Tử số"), _("Mẫu số"), _("Tỷ lệ"))):
        _write(sheet, 4, column + at, words, formats.head)


def _line(sheet: Worksheet, row: int, column: int, line: FigureLine, formats: _Formats) -> None:
    """Numerator, denominator and rate; why one is not there."""
    for at, measure in enumerate(MEASURES[:2], start=column):
        value, mark = line.values[measure], line.marks.get(measure)
        if value is not None:
            is_about = value > 0 and measure in line.rounded
            sheet.write_number(row, at, int(value), formats.about if is_about else formats.number)
        elif mark:
            _write(sheet, row, at, _why(mark), formats.hidden)
    if line.rate is not None:
        mark = line.marks.get("rate")
        words = _why(mark) if mark else rate_words(line.rate)
        _write(sheet, row, column + 2, words, formats.hidden if mark else formats.text)


def _withheld(sheet: Worksheet, source: Source, formats: _Formats) -> None:
    sheet.set_column(0, 0, 2 * _WIDE)
    sheet.set_column(1, 1, 2 * _WIDE)
    _write(sheet, 0, 0, _("Bảng không công bố"), formats.bold)
    _write(sheet, 1, 0, f"{source.name}; {source.period.label}", formats.text)
    for column, words in enumerate((_("Bảng"), _("Lý do"))):
        _write(sheet, 3, column, words, formats.head)
    for row, one in enumerate(source.withheld, start=4):
        _write(sheet, row, 0, one.title, formats.text)
        _write(sheet, row, 1, one.why, formats.text)


def _why(mark: str) -> str:
    return _("ẩn") if mark == HIDDEN else _("chưa có dân số")


def _table(sheet: Worksheet, source: Source, table: ProtectedTable, formats: _Formats) -> None:
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 12, _NARROW)
    _write(sheet, 0, 0, table_title(table.code, source.rules), formats.bold)
    _write(sheet, 1, 0, f"{source.name}; {source.period.label}", formats.text)
    row = 2
    for label, words in source.definitions_of(table):
        _write(sheet, row, 0, f"{label}: {words}", formats.text)
        row += 1
    row += 1
    for title, grid in _grids(table):
        row = _grid(sheet, row, title, grid, formats)


def _grids(table: ProtectedTable) -> Sequence[tuple[str, Grid]]:
    """One, or of three axes one for each category of the first."""
    if len(table.axes) < 3:
        return [("", grid_of(table))]
    first = table.axes[0]
    order = (TOTAL, *first.categories)
    return [(category_words(first.code, one), grid_of(table, one)) for one in order]


def _grid(sheet: Worksheet, row: int, title: str, grid: Grid, formats: _Formats) -> int:
    """Returns the first row below."""
    if title:
        _write(sheet, row, 0, title, formats.bold)
        row += 1
    heads = [grid.head, *(grid.columns or [_("Số")])]
    for column, words in enumerate(heads):
        _write(sheet, row, column, words, formats.head)
    for line in grid.rows:
        row += 1
        _write(sheet, row, 0, line.label, formats.bold if line.is_total else formats.text)
        for column, cell in enumerate(line.cells, start=1):
            _cell(sheet, row, column, cell, formats)
    return row + 2


def _cell(sheet: Worksheet, row: int, column: int, shown: GridCell, formats: _Formats) -> None:
    if shown.cell.value is None:
        _write(sheet, row, column, _("ẩn"), formats.hidden)
    else:
        sheet.write_number(row, column, shown.cell.value, formats.number)


def _write(sheet: Worksheet, row: int, column: int, words: str, format: Format) -> None:
    sheet.write_string(row, column, words[:LONGEST_CELL], format)
