"""Spreadsheets that we make: text stays text, a password opens them, nothing is written to disk."""

from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msoffcrypto
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msoffcrypto.exceptions import InvalidKeyError
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.documents.workbook import Cell, Sheet, lock_workbook, make_workbook, sheet_name
from app.web.cleaning import clean_line, forbidden

SHEET = Sheet(
    "XUAT-000001", "an", ("BẢN XUẤT",), "XUAT-000001 & an", "XUAT-000001", "Bản xuất", [("Tên", 20)]
)
FIRST = 4  # row of the first child: the notice, an empty row, the titles
# whatever a form lets pass
KEPT = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200)
    .map(clean_line)
    .filter(lambda text: text and not forbidden(text))
)


def opened(xlsx: bytes) -> Worksheet:
    found = load_workbook(BytesIO(xlsx)).active
    assert isinstance(found, Worksheet)
    return found


def made(*rows: list[Cell]) -> Worksheet:
    return opened(make_workbook(SHEET, rows))


@pytest.mark.wide
@settings(max_examples=150, deadline=None)
@given(KEPT)
@example("=1+1")
@example("+84912009431")
@example("-2+3")
@example("@SUM(A1)")
@example("=cmd|' /C calc'!A0")
@example('=HYPERLINK("https://evil.example","bấm")')
@example("{=1+1}")
@example("＝1+1")
@example("https://evil.example/")
@example("internal:Sheet2!A1")
@example("007")
@example("1E5")
@example("TRUE")
@example("_x0041_")
@example("''")
def test_any_text_comes_back_as_the_same_text(text: str) -> None:
    cell = made([text]).cell(FIRST, 1)
    assert (cell.data_type, cell.value) == ("s", text)
    assert cell.number_format == "@" and cell.hyperlink is None


@pytest.mark.parametrize("text", ["\t=1+1", "\r=1+1", "\n=1+1", "=1+1\n=2+2"])
def test_blanks_before_a_formula_do_not_make_one(text: str) -> None:
    assert made([text]).cell(FIRST, 1).data_type == "s"


def test_no_formula_and_no_link_stands_in_the_file() -> None:
    xlsx = make_workbook(SHEET, [["=1+1", "https://evil.example"]])
    with ZipFile(BytesIO(xlsx)) as members:
        sheet = members.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "hyperlink" not in sheet
        assert 'quotePrefix="1"' in members.read("xl/styles.xml").decode()


def test_dates_and_numbers_can_be_sorted() -> None:
    row = made([date(2026, 11, 23), 9, None])[FIRST]
    assert row[0].is_date and row[0].number_format == "dd/mm/yyyy"
    assert row[1].value == 9 and row[2].value is None


def test_every_row_and_every_printed_page_says_where_it_comes_from() -> None:
    page = made(["a"], ["b"])
    assert page.cell(1, 1).value == "BẢN XUẤT"
    assert [page.cell(row, 2).value for row in (FIRST, FIRST + 1)] == ["XUAT-000001"] * 2
    assert page.oddHeader.center.text is not None and "XUAT-000001" in page.oddHeader.center.text
    assert page.oddFooter.left.text is not None and "XUAT-000001" in page.oddFooter.left.text


def test_a_text_too_long_for_a_cell_is_cut_and_not_lost() -> None:
    value = made(["á" * 40_000]).cell(FIRST, 1).value
    assert isinstance(value, str) and len(value) == 32_767


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Bảng 24 chỉ tiêu về trẻ em", "Bảng 24 chỉ tiêu về trẻ em"),
        ("1. 8a theo nhóm hoàn cảnh, giới tính và xã", "1. 8a theo nhóm hoàn cảnh, giới"),
        ("a/b: [c]?", "a b c"),
        ("x" * 40, "x" * 31),
    ],
)
def test_a_sheet_is_named_as_excel_allows(words: str, name: str) -> None:
    assert sheet_name(words) == name


def test_only_the_password_opens_it() -> None:
    xlsx = make_workbook(SHEET, [["Nguyễn Minh Anh"]])
    locked = lock_workbook(xlsx, "K7QF-2M9X-AAAA-BBBB")
    assert not locked.startswith(b"PK") and "Minh Anh".encode("utf-16-le") not in locked
    found = msoffcrypto.OfficeFile(BytesIO(locked))
    assert found.is_encrypted()
    with pytest.raises(InvalidKeyError):
        found.load_key(password="K7QF-2M9X-AAAA-BBBC", verify_password=True)
    found.load_key(password="K7QF-2M9X-AAAA-BBBB", verify_password=True)
    clear = BytesIO()
    found.decrypt(clear, verify_integrity=True)
    assert opened(clear.getvalue()).cell(FIRST, 1).value == "Nguyễn Minh Anh"


def test_a_guess_costs_what_was_promised(
    light_locks: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ECMA376Agile.encrypt, "__defaults__", light_locks)
    found = msoffcrypto.OfficeFile(BytesIO(lock_workbook(make_workbook(SHEET, []), "mật khẩu")))
    assert found.info["spinValue"] == 100_000


def test_no_temporary_file_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder that is not there: whatever wanted to write a file would fail."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert lock_workbook(make_workbook(SHEET, [["Nguyễn Minh Anh"]] * 500), "mật khẩu")
