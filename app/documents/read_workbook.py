"""Reading a workbook that somebody sent: its sheets, then the rows of one of them.

The work is done by a process of its own (`inspect_workbook.py`), as for every other file.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.documents.examine import MAX_BYTES, Fault, FileRefused, answer_of, require_clean

READER = Path(__file__).with_name("inspect_workbook.py")
SECONDS = 90.0
WAITED_SECONDS = 20.0  # a person waits, and a request must not keep its transaction idle for long
COLUMNS = 60  # so many are read
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and every workbook with a password

Cell = Any  # str, int, float, bool, None, {"d": …}, {"e": …} or {"f": Cell}: see the reader


class Sheet(BaseModel):
    """One sheet. `head`: (row number, its cells) of the first 40 rows that hold anything."""

    name: str
    is_hidden: bool = False
    head: list[tuple[int, list[Cell]]]
    columns: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.head


class Outline(BaseModel):
    sheets: list[Sheet]


class Table(BaseModel):
    """`merged`: first column (from 0), first row, last column, last row."""

    rows: list[tuple[int, list[Cell]]]
    merged: list[tuple[int, int, int, int]] = []


def outline_of(content: bytes, *, seconds: float = WAITED_SECONDS) -> Outline:
    """The sheets of a workbook. Raises FileRefused."""
    if not content:
        raise FileRefused(Fault.EMPTY)
    if len(content) > MAX_BYTES:
        raise FileRefused(Fault.BOOK_SIZE)
    if content.startswith(_OLD_OFFICE):
        raise FileRefused(Fault.OLD_OFFICE)
    require_clean(content)
    found = Outline.model_validate(_read(content, ["outline"], seconds))
    if all(sheet.is_empty for sheet in found.sheets):
        raise FileRefused(Fault.NO_ROWS)
    return found


def table_of(
    content: bytes, *, sheet: int, after: int, most: int, seconds: float = SECONDS
) -> Table:
    """The rows below row `after` of the sheet at this place. Raises FileRefused."""
    wanted = ["table", str(sheet), str(after), str(most)]
    return Table.model_validate(_read(content, wanted, seconds))


def _read(content: bytes, arguments: Sequence[str], seconds: float) -> Any:
    try:
        done = subprocess.run(  # noqa: S603  # our own file; words and numbers of our own
            [sys.executable, "-I", str(READER), *arguments],
            input=content,
            capture_output=True,
            timeout=seconds,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileRefused(Fault.BOOK_SLOW) from None
    try:
        return json.loads(answer_of(done.stdout).served)
    except FileRefused as refused:
        raise FileRefused(_IN_A_BOOK.get(refused.fault, refused.fault)) from None


_IN_A_BOOK = {Fault.TYPE: Fault.NO_BOOK, Fault.BROKEN: Fault.BOOK_BROKEN}
