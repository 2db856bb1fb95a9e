"""The process that reads one workbook; app.documents.read_workbook starts this file by its path.

As `inspect_file.py`, whose bounds it takes over: no network, no programs, no files, little memory
and time. The arguments are `outline` (each sheet's name and first rows) or `table`, a sheet's
number and a row's (all rows below it). The answer is one JSON text: cells are texts, numbers,
booleans or null, or {"d": ISO date or time}, {"e": what Excel could not compute}, and for formulas
{"f": the value that the workbook keeps of it}.
"""

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from operator import is_not
from pathlib import Path
from types import ModuleType
from typing import Any

sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl goes without: half its start

from openpyxl import load_workbook  # noqa: E402
from openpyxl.cell.read_only import EMPTY_CELL  # noqa: E402
from openpyxl.utils.cell import range_boundaries  # noqa: E402

HEAD_ROWS, SHEETS, COLUMNS, LETTERS = 40, 30, 60, 4_000
HEAD_LETTERS, TITLE_LETTERS = 200, 100  # what a person chooses by
LAST_ROW = 1_048_576  # of any sheet; rows that a file passes over are filled in one by one
MOST_LETTERS = 50_000_000  # of all cells: one long text can stand in a million of them
CPU_SECONDS = 60
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"'
)
_ERRORS = frozenset("#REF! #N/A #VALUE! #DIV/0! #NAME? #NUM! #NULL! #SPILL! #CALC!".split())
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MOST_MERGED = 20_000


def _sibling(name: str) -> ModuleType:
    """A file of this folder, which is on nobody's path."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sandbox = _sibling("inspect_file")
FaultFound = sandbox.FaultFound


def check(content: bytes) -> None:
    """Raises FaultFound for what is no workbook, or more than one."""
    if content[:4] != b"PK\x03\x04" or sandbox.inspect_office.office(content) != SHEET:
        raise FaultFound("type")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                with archive.open(name) as member:
                    if _DOCTYPE.search(member.read(4096)):
                        raise FaultFound("broken")


def outline(content: bytes) -> dict[str, Any]:
    """Every sheet with its first rows, so that a person can choose."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets = [_outlined(sheet) for sheet in book.worksheets[:SHEETS]]
    return {"sheets": sheets}


def _outlined(sheet: Any) -> dict[str, Any]:
    """`columns`: how many of them hold something in the first rows, those beyond the read ones
    too."""
    sheet.reset_dimensions()
    head, columns = [], 0
    for number, values in enumerate(sheet.iter_rows(max_row=HEAD_ROWS, values_only=True), 1):
        cells = _trimmed([_cell(value, HEAD_LETTERS) for value in values])
        columns = max(columns, len(cells))
        if cells:
            head.append([number, _trimmed(cells[:COLUMNS])])
    return {
        "name": sheet.title[:TITLE_LETTERS],
        "is_hidden": sheet.sheet_state != "visible",
        "head": head,
        "columns": columns,
    }


def table(content: bytes, place: int, after: int, most: int) -> dict[str, Any]:
    """The rows of one sheet below row `after` that hold anything, each with its number.

    More than `most` of them, or one below LAST_ROW: FaultFound("rows"); more than MOST_LETTERS in
    them: "bomb".
    """
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    if place >= len(book.worksheets):
        raise FaultFound("sheet")
    sheet = book.worksheets[place]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        source = archive.read(sheet._worksheet_path)
    formulas = _formulas(content, place, after) if _FORMULA.search(source) else frozenset()
    sheet.reset_dimensions()
    rows: list[list[Any]] = []
    letters = 0
    for number, values in _rows_below(sheet, after, values_only=True):
        cells = [_cell(value) for value in values]
        if _trimmed(cells[:]):
            rows.append([number, _trimmed(_told(cells, number, formulas))])
        if len(rows) > most:
            raise FaultFound("rows")
        letters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if letters > MOST_LETTERS:
            raise FaultFound("bomb")
    return {"rows": rows, "merged": list(_merged(source, after))}


def _rows_below(sheet: Any, after: int, *, values_only: bool) -> Iterator[tuple[int, Any]]:
    """Those that hold anything, with their numbers."""
    empty = (None if values_only else EMPTY_CELL,) * COLUMNS
    bounds = {"min_row": after + 1, "max_row": LAST_ROW + 1, "max_col": COLUMNS}
    for number, row in enumerate(sheet.iter_rows(**bounds, values_only=values_only), after + 1):
        if number > LAST_ROW:
            raise FaultFound("rows")
        if any(map(is_not, row, empty)):
            yield number, row


def _told(cells: list[Any], number: int, formulas: frozenset[tuple[int, int]]) -> list[Any]:
    """With its formulas told from what was typed."""
    return [
        {"f": cell} if (number, column) in formulas else cell for column, cell in enumerate(cells)
    ]


def _formulas(content: bytes, place: int, after: int) -> frozenset[tuple[int, int]]:
    """(row, column from 0) of every formula: only the second reading tells them from values."""
    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    sheet = book.worksheets[place]
    sheet.reset_dimensions()
    return frozenset(
        (cell.row, cell.column - 1)
        for _number, row in _rows_below(sheet, after, values_only=False)
        for cell in row
        if getattr(cell, "data_type", "") == "f"
    )


def _merged(source: bytes, after: int) -> Iterator[list[int]]:
    """[first column from 0, first row, last column, last row] of the merged cells below `after`."""
    begin = source.find(b"mergeCells")
    if begin < 0:
        return
    for count, found in enumerate(_MERGED.finditer(source, begin)):
        if count >= MOST_MERGED:
            raise FaultFound("bomb")
        left, top, right, bottom = range_boundaries(found[1].decode())
        if bottom > after:
            yield [left - 1, top, right - 1, bottom]


def _cell(value: Any, most: int = LETTERS) -> Any:
    if isinstance(value, datetime | date | time):
        return {"d": value.isoformat()}
    if isinstance(value, timedelta):
        return {"d": str(value)}
    if isinstance(value, str):
        text = value[:most]
        return {"e": text} if text in _ERRORS else (text if text.strip() else None)
    return value if isinstance(value, bool | int | float) else None


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def look(content: bytes, arguments: list[str]) -> dict[str, Any]:
    check(content)
    if arguments[0] == "outline":
        return outline(content)
    return table(content, *(int(argument) for argument in arguments[1:4]))


def main(arguments: list[str]) -> bytes:
    content = sys.stdin.buffer.read()
    try:
        found = json.dumps(look(content, arguments), ensure_ascii=False, allow_nan=False)
    except FaultFound as fault:
        return bytes(sandbox.answer(f"fault {fault}"))
    except Exception:  # whatever a library trips over: the file is not taken
        return bytes(sandbox.answer("fault broken"))
    return bytes(sandbox.answer("type application/json", found.encode("utf-8", "replace")))


if __name__ == "__main__":
    sandbox.limit(CPU_SECONDS)
    sys.stdout.buffer.write(main(sys.argv[1:]))
