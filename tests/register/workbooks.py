"""Workbooks as communes send them, made in memory: a real-looking list, and what goes wrong."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from io import BytesIO
from random import Random
from typing import Any

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

TITLE = "DANH SÁCH TRẺ EM CÓ HOÀN CẢNH ĐẶC BIỆT"
PLAIN = ("Họ và tên", "Ngày sinh", "Giới tính", "Nhóm", "Họ tên mẹ")
# (old commune, its district) of Phường Phố Hiến; the last is its name today
OF_PHO_HIEN = (
    ("Phường Hiến Nam", "TP Hưng Yên"),
    ("P. An Tảo", "Thành phố Hưng Yên"),
    ("Lê Lợi", "TP. Hưng Yên"),
    ("Phường Phố Hiến", ""),
)
GROUPS = (
    "Trẻ em khuyết tật",
    "KT nặng",
    "Mồ côi cả cha và mẹ",
    "Trẻ mồ côi",
    "Bị bỏ rơi",
    "Không nơi nương tựa",
    "Có nguy cơ",
    "d) Trẻ em khuyết tật",
    "Khuyết tật nặng; Mồ côi cả cha lẫn mẹ",
)
FAMILIES = "Nguyễn Trần Lê Phạm Hoàng Vũ Đặng Bùi Đỗ Ngô".split()
MIDDLES = "Văn Thị Minh Ngọc Gia Bảo Thanh Đức Hải Thu Quốc Anh Xuân Khánh Phương".split()
GIVEN = "An Bình Châu Dũng Giang Hà Hùng Khang Lan Linh Mai Nam Oanh Phúc Quân Sơn Tú Vy".split()


def workbook(fill: Callable[[Workbook], None], **options: Any) -> bytes:
    into = BytesIO()
    book = xlsxwriter.Workbook(into, {"in_memory": True, **options})
    fill(book)
    book.close()
    return into.getvalue()


def sheet_of(
    rows: Iterable[Sequence[Any]], headings: Sequence[str] = PLAIN, *, first: int = 0
) -> bytes:
    """One sheet: the headings in row `first` (from 0), the rows below."""

    def fill(book: Workbook) -> None:
        put(book.add_worksheet("Danh sách"), [headings, *rows], first=first)

    return workbook(fill)


def put(sheet: Worksheet, rows: Iterable[Sequence[Any]], *, first: int = 0) -> None:
    for place, cells in enumerate(rows, first):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(place, column, value)
            elif value is not None:
                sheet.write(place, column, value)


def commune_list(count: int = 40, *, seed: str = "commune", wrong: bool = True) -> bytes:
    """As a commune keeps it: titles above, merged; STT; a heading of two rows; dates as text or
    years or Excel's; old communes with districts; groups in any words; a sum and names below.

    With `wrong` the rows 5, 9 and 13 of the list cannot be read.
    """

    def fill(book: Workbook) -> None:
        book.add_worksheet("Hướng dẫn").write_string(0, 0, "Kính gửi các thôn")
        _fill_list(book, list(children(count, seed)), wrong=wrong)

    return workbook(fill)


def _fill_list(book: Workbook, rows: list[list[Any]], *, wrong: bool) -> None:
    sheet, bold = book.add_worksheet("DS 2026"), book.add_format({"bold": True, "align": "center"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.merge_range("A1:D1", "UBND PHƯỜNG PHỐ HIẾN", bold)
    sheet.merge_range("A3:L3", TITLE, bold)
    sheet.merge_range("A4:L4", "(Kèm theo Báo cáo số 12/BC-UBND ngày 05/10/2026)", bold)
    for column, words in enumerate(("STT", "Họ và tên trẻ", "Ngày sinh", "Giới tính")):
        sheet.merge_range(5, column, 6, column, words, bold)
    sheet.merge_range("E6:F6", "Nơi ở", bold)
    put(sheet, [(None,) * 4 + ("Thôn", "Xã cũ", "Huyện cũ")], first=6)
    sheet.write_string(5, 6, "", bold)
    for column, words in ((7, "Đối tượng"), (8, "Họ tên cha"), (9, "Họ tên mẹ"), (10, "Loại hộ")):
        sheet.merge_range(5, column, 6, column, words, bold)
    sheet.merge_range(5, 11, 6, 11, "Số định danh", bold)
    put(sheet, [[f"({n})" for n in range(1, 13)]], first=7)
    if wrong:
        for place, column, value in (
            (4, 2, "31/02/2017"),
            (8, 7, "Trẻ em lang thang"),
            (12, 1, ""),
        ):
            if place < len(rows):
                rows[place][column] = value
    for place, cells in enumerate(rows, 8):
        for column, value in enumerate(cells):
            if isinstance(value, date):
                sheet.write_datetime(place, column, value, day)  # type: ignore[arg-type]
            elif value != "":
                sheet.write(place, column, value)
    end = 8 + len(rows)
    sheet.merge_range(end, 0, end, 1, "Tổng cộng", bold)
    sheet.write_number(end, 2, len(rows))
    sheet.merge_range(end + 2, 7, end + 2, 11, "NGƯỜI LẬP BIỂU", bold)


def children(count: int, seed: str) -> Iterable[list[Any]]:
    """STT, name, birth, sex, village, old commune, district, group, father, mother, household,
    number: all different children, below 16 in 2026."""
    rng = Random(seed)
    for number in range(1, count + 1):
        female = rng.random() < 0.5
        born = date(rng.randint(2012, 2024), rng.randint(1, 12), rng.randint(1, 28))
        written = rng.choice(
            (born.strftime("%d/%m/%Y"), f"{born.day}.{born.month}.{born.year}", born)
        )
        if number % 7 == 0:
            written = born.year
        name = " ".join((rng.choice(FAMILIES), *rng.sample(MIDDLES, 2), rng.choice(GIVEN)))
        commune, district = rng.choice(OF_PHO_HIEN)
        yield [
            number,
            f"{name} ",
            written,
            "Nữ" if female else "Nam",
            f"Thôn {rng.randint(1, 9)}",
            commune,
            district,
            rng.choice(GROUPS),
            f"{rng.choice(FAMILIES)} Văn {rng.choice(GIVEN)}" if number % 3 else "",
            f"{rng.choice(FAMILIES)} Thị {rng.choice(GIVEN)}",
            rng.choice(("Hộ nghèo", "Cận nghèo", "Không")),
            f"033{2 + female}{born.year % 100:02}{number:06}" if number % 4 else "",
        ]
