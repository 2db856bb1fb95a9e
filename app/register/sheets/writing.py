"""Workbooks that are handed out: the template, and the rows that are to be corrected.

Every cell is written as text: nothing in them is ever computed.
"""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter
from flask_babel import force_locale
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from app.reference.communes import communes
from app.reference.library import code_list
from app.register.groups import choices
from app.register.sheets.rows_data import SheetRow
from app.register.sheets.vocabulary import ImportsFile, SheetField

LIST, GUIDE, CODES = "Danh sách", "Hướng dẫn", "Danh mục"
_ROWS = 2_000  # of the template, prepared as text
_CODE_COLUMNS = {
    "group": 0,
    "sex": 1,
    "poverty": 2,
    "evidence_kind": 3,
    "ethnicity": 4,
    "commune": 5,
}
_LISTS = {"sex": "sex", "poverty": "household_poverty", "evidence_kind": "evidence_kinds"}
_GUIDE = (
    "Mỗi dòng của trang “Danh sách” là một trẻ em. Ô nào không biết thì bỏ trống.",
    "Bắt buộc: họ và tên, nhóm. Nên có: ngày sinh, giới tính, họ tên cha hoặc mẹ.",
    "Ngày ghi dạng ngày/tháng/năm, ví dụ 05/02/2017. Chỉ biết năm sinh thì ghi năm, ví dụ 2017.",
    "Số định danh gồm 12 chữ số; các ô đã để dạng văn bản để Excel không bỏ số 0 ở đầu.",
    "Trẻ em thuộc nhiều nhóm: ghi các nhóm trong một ô, cách nhau bằng dấu chấm phẩy.",
    "Xã, phường: ghi tên mới, hoặc tên trước 01/7/2025 kèm huyện cũ. Bỏ trống là xã của bạn.",
    "Dòng có chữ “Ví dụ” ở cột STT không được nhập.",
    "Danh sách riêng của xã, có tiêu đề và cột khác, cũng đọc được: không cần chép lại.",
    "Gửi lại cùng một tệp không làm trùng: trẻ em đã có được nhận ra.",
)
_WRONG_HEADINGS = ("Dòng", "Cần sửa")


def template_workbook(known: ImportsFile) -> bytes:
    """A workbook with the headings that are understood, lists to choose from, and a guide."""
    into = BytesIO()
    book = _book(into)
    fields = [field for field in known.fields if field.heading]
    with force_locale("vi"):
        _list(book, fields)
        _guide(book, fields)
        _codes(book)
    book.close()
    return into.getvalue()


def workbook_of_faults(rows: Sequence[tuple[SheetRow, str]], known: ImportsFile) -> bytes:
    """The rows that could not be read as they stood, each with what is wrong in words, to be
    corrected and sent again."""
    into = BytesIO()
    book = _book(into)
    fields = [f for f in known.fields if any(f.code in row.cells for row, _words in rows)]
    sheet, head, text = book.add_worksheet(LIST), _head(book), _text(book)
    headings = [field.heading or field.label.vi for field in fields]
    for place, words in enumerate([*headings, *_WRONG_HEADINGS]):
        sheet.write_string(0, place, words, head)
        sheet.set_column(place, place, fields[place].wide if place < len(fields) else 12, text)
    sheet.set_column(len(fields) + 1, len(fields) + 1, 60, text)
    for line, (row, wrong) in enumerate(rows, 1):
        cells = [row.cells.get(field.code, "") for field in fields]
        for place, value in enumerate([*cells, str(row.number), wrong]):
            sheet.write_string(line, place, value, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return into.getvalue()


def _book(into: BytesIO) -> Workbook:
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(into, options)


def _head(book: Workbook) -> Format:
    return book.add_format(
        {"bold": True, "bg_color": "#E2EFEC", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )


def _text(book: Workbook) -> Format:
    return book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})


def _list(book: Workbook, fields: Sequence[SheetField]) -> None:
    sheet, head, text = book.add_worksheet(LIST), _head(book), _text(book)
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#6B7A78"})
    for place, field in enumerate(fields):
        sheet.set_column(place, place, field.wide, text)
        sheet.write_string(0, place, field.heading, head)
        sheet.write_string(1, place, field.example, example)
        if field.code in _CODE_COLUMNS:
            _offer(sheet, place, field.code)
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 2)


def _offer(sheet: Worksheet, place: int, code: str) -> None:
    """A list to choose from; other words are allowed, they are understood too."""
    column = chr(65 + _CODE_COLUMNS[code])
    last = len(_choices(code)) + 1
    sheet.data_validation(
        1, place, _ROWS, place,
        {
            "validate": "list",
            "source": f"='{CODES}'!${column}$2:${column}${last}",
            "error_type": "information",
            "error_title": "Không có trong danh mục",
            "error_message": "Vẫn ghi được; hệ thống sẽ báo nếu không hiểu.",
        },
    )  # fmt: skip


def _choices(code: str) -> list[str]:
    if code == "group":
        return [words for _code, words in choices()]
    if code == "commune":
        return [one.label for one in communes()]
    key = _LISTS.get(code, "ethnic_groups")
    return [item.label.vi for item in code_list(key).items if not item.is_retired]


def _codes(book: Workbook) -> None:
    sheet, head = book.add_worksheet(CODES), _head(book)
    titles = ("Nhóm", "Giới tính", "Loại hộ", "Loại giấy tờ", "Dân tộc", "Xã, phường")
    for (code, place), title in zip(_CODE_COLUMNS.items(), titles, strict=True):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, 70 if code == "group" else 30)
        for line, words in enumerate(_choices(code), 1):
            sheet.write_string(line, place, words)


def _guide(book: Workbook, fields: Sequence[SheetField]) -> None:
    sheet = book.add_worksheet(GUIDE)
    big = book.add_format({"bold": True, "font_size": 14})
    wrap, head = book.add_format({"text_wrap": True, "valign": "top"}), _head(book)
    sheet.set_column(0, 0, 30, wrap)
    sheet.set_column(1, 1, 90, wrap)
    sheet.write_string(0, 0, "Cách ghi danh sách trẻ em có hoàn cảnh đặc biệt", big)
    for line, words in enumerate(_GUIDE, 2):
        sheet.write_string(line, 0, f"{line - 1}.")
        sheet.write_string(line, 1, words)
    top = len(_GUIDE) + 3
    for place, words in enumerate(("Cột", "Các cách gọi khác cũng hiểu được")):
        sheet.write_string(top, place, words, head)
    for line, field in enumerate(fields, top + 1):
        sheet.write_string(line, 0, field.heading)
        sheet.write_string(line, 1, field.label.vi)
