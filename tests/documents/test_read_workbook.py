"""A workbook's rows and columns are bounded before they are read, whatever numbers they give."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from app.documents.examine import Fault, FileRefused
from app.documents.read_workbook import outline_of, table_of
from tests.register.workbooks import sheet_of
from tests.tiers import every

SECONDS = 15.0  # as long as a page waits, and some for a busy machine


def changed(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with its first sheet changed."""
    into = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(into, "w") as new:
        for member in old.namelist():
            source = old.read(member)
            is_sheet = member == "xl/worksheets/sheet1.xml"
            new.writestr(member, change(source) if is_sheet else source, zipfile.ZIP_DEFLATED)
    return into.getvalue()


def renumbered(content: bytes, row: int) -> bytes:
    """The workbook with another number at its third row."""
    number = rb'r="\g<1>%d"' % row
    return changed(content, lambda xml: re.sub(rb'r="([A-Z]*)3"', number, xml))


@pytest.mark.parametrize("row", every(3, [1_048_577, 10_000_000, 10**9]))
def test_a_row_below_the_last_of_any_sheet_is_refused_at_once(row: int) -> None:
    """What such a file passes over is not filled in, by neither reading."""
    formula = changed(sheet_of([[1], [2]]), lambda xml: xml.replace(b"<v>", b"<f>A1</f><v>"))
    content = renumbered(formula, row)
    assert len(outline_of(content, seconds=SECONDS).sheets[0].head) == 2
    with pytest.raises(FileRefused) as refused:
        table_of(content, sheet=0, after=1, most=20_000, seconds=SECONDS)
    assert refused.value.fault is Fault.ROWS
    assert "nhiều dòng hơn mức cho phép" in str(refused.value.text)


def test_the_last_row_of_a_sheet_is_read() -> None:
    content = renumbered(sheet_of([["a"], ["b"]]), 1_048_576)
    table = table_of(content, sheet=0, after=1, most=10, seconds=SECONDS)
    assert table.rows == [(2, ["a"]), (1_048_576, ["b"])]


def test_columns_beyond_those_that_are_read_cost_nothing() -> None:
    """20,000 rows of 16,384 columns each, in 200 kB."""
    far = b"".join(
        b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(4, 20_004)
    )
    content = changed(
        sheet_of([["a"], ["b"]]),
        lambda xml: xml.replace(b"</sheetData>", far + b"</sheetData>"),
    )
    table = table_of(content, sheet=0, after=1, most=10, seconds=SECONDS)
    assert table.rows == [(2, ["a"]), (3, ["b"])]
