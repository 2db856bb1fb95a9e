"""Spreadsheets that we make: words are text and never run, and a password opens the file.

Everything is made in memory: the names of children do not pass through a temporary file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from msoffcrypto.exceptions import EncryptionError
from msoffcrypto.format.ooxml import OOXMLFile
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767  # characters, Excel's limit
LONGEST_NAME = 31  # of a sheet, Excel's limit too
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_MOST_OF_HEADER = 200  # of 255, the rest is for the codes of the format
_PLAIN = {  # nothing is guessed from what a text looks like
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """`notices` stand above the table, `mark` in the head and foot of each printed page, `stamp` in
    the last cell of each row: a row that was copied out still says where it comes from."""

    title: str
    author: str
    notices: Sequence[str]
    mark: str
    stamp: str
    stamp_title: str
    columns: Sequence[tuple[str, int]]  # title and width


def make_workbook(sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet as .xlsx. Texts are cells of text, whatever they begin with."""
    target = BytesIO()
    book = Workbook(target, _PLAIN)
    book.set_properties({"title": sheet.title, "author": sheet.author})
    page = book.add_worksheet(sheet_name(sheet.title))
    top = len(sheet.notices) + 1
    _head(book, page, sheet, top)
    text = book.add_format(
        {"num_format": "@", "quote_prefix": True, "text_wrap": True, "valign": "top"}
    )
    day = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
    number = book.add_format({"valign": "top"})
    for place, cells in enumerate(rows, start=top + 1):
        for column, cell in enumerate((*cells, sheet.stamp)):
            _write(page, place, column, cell, text, day, number)
    book.close()
    return target.getvalue()


def sheet_name(words: str) -> str:
    """What a sheet may be called: whole words where it is too long, without the signs that Excel
    refuses."""
    name = " ".join(_NOT_IN_NAMES.sub(" ", words).split())
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME + 1].rpartition(" ")[0] or name[:LONGEST_NAME]
    return name.strip("' ,")


def _head(book: Workbook, page: Worksheet, sheet: Sheet, top: int) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    alarm = book.add_format({"bold": True, "font_color": "#9C1C1C", "quote_prefix": True})
    for place, notice in enumerate(sheet.notices):
        page.write_string(place, 0, notice[:LONGEST_CELL], alarm)
    columns = [*sheet.columns, (sheet.stamp_title, len(sheet.stamp) + 2)]
    for column, (title, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(top, column, title, bold)
    mark = sheet.mark.replace("&", "＆")[:_MOST_OF_HEADER]  # & begins a code there
    page.set_header(f"&C{mark}")
    page.set_footer(f"&L{mark}&R&P/&N")
    page.freeze_panes(top + 1, 1)
    page.repeat_rows(0, top)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _write(
    page: Worksheet,
    place: int,
    column: int,
    cell: Cell,
    text: Format,
    day: Format,
    number: Format,
) -> None:
    if isinstance(cell, str):
        page.write_string(place, column, cell[:LONGEST_CELL], text)
    elif isinstance(cell, date):
        page.write_datetime(place, column, cell, day)
    elif cell is not None:
        page.write_number(place, column, cell, number)


def lock_workbook(xlsx: bytes, password: str) -> bytes:
    """The same file encrypted (agile encryption of ECMA-376: AES-256, SHA-512, 100,000 rounds).

    It is opened again with the password before it is given out, and must be what went in. Raises
    EncryptionError.
    """
    locked, opened = BytesIO(), BytesIO()
    OOXMLFile(BytesIO(xlsx)).encrypt(password, locked)
    again = OOXMLFile(locked)
    again.load_key(password=password, verify_password=True)
    again.decrypt(opened, verify_integrity=True)
    if opened.getvalue() != xlsx:
        raise EncryptionError("the encrypted file does not open to what it was")
    return locked.getvalue()
