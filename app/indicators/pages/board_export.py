"""The board as a workbook and as CSV: texts are texts, whatever they begin with."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO

from app.documents.workbook import Cell, Sheet, make_workbook
from app.indicators.pages.board import Line, Page
from app.indicators.pages.board_words import unit_words
from app.indicators.plan24 import plan
from app.web.filters import vn_datetime
from app.web.words import _

CSV = "text/csv; charset=utf-8"
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for a formula


def board_xlsx(page: Page, now: datetime) -> bytes:
    stamp = _("Vòng Tay, lập lúc %(when)s", when=vn_datetime(now))
    sheet = Sheet(
        title=_("Bảng 24 chỉ tiêu về trẻ em"),
        author="Vòng Tay",
        notices=[_("Bảng 24 chỉ tiêu về trẻ em"), page.citation, _notice()],
        mark=stamp,
        stamp=stamp,
        stamp_title=_("Nguồn tệp"),
        columns=_columns(page),
    )
    return make_workbook(sheet, _rows(page))


def board_csv(page: Page, now: datetime) -> bytes:
    """UTF-8 with its mark, so that Excel reads Vietnamese; a decimal point, for programs."""
    target = StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    stamp = _("Vòng Tay, lập lúc %(when)s", when=vn_datetime(now))
    writer.writerow([*(title for title, _width in _columns(page)), _("Nguồn tệp")])
    for row in _rows(page):
        writer.writerow([_inert(cell) for cell in (*row, stamp)])
    return target.getvalue().encode("utf-8-sig")


def _inert(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def _notice() -> str:
    return _(
        "Chỉ có số liệu đã được người khác xác nhận; 8a, 8b và 9 lấy từ bản công bố. Dòng ghi"
        " “nội bộ, không công bố” thì không được đưa ra ngoài."
    )


def _years(page: Page) -> range:
    return range(plan().first_year, page.year + 1)


def _columns(page: Page) -> Sequence[tuple[str, int]]:
    return [
        (_("Mục tiêu"), 9),
        (_("Chỉ tiêu"), 9),
        (_("Phần"), 7),
        (_("Nội dung"), 46),
        (_("Đơn vị phụ trách"), 26),
        (_("Đơn vị tính"), 22),
        (_("Mục tiêu 2030"), 22),
        (_("Mục tiêu bằng số"), 12),
        (_("Giá trị mới nhất"), 12),
        (_("Năm"), 8),
        (_("Tình trạng"), 22),
        (_("Còn phải làm để đạt mục tiêu"), 30),
        (_("Ghi chú"), 34),
        *((str(year), 10) for year in _years(page)),
        (_("Nguồn của giá trị mới nhất"), 40),
        (_("Ngày của nguồn"), 12),
    ]


def _rows(page: Page) -> Iterator[Sequence[Cell]]:
    for group in page.groups:
        for line in group.lines:
            yield _row(page, group.number, line)


def _row(page: Page, objective: int, line: Line) -> Sequence[Cell]:
    facts = line.facts
    part, newest = facts.part, facts.given.get(line.year) if line.year is not None else None
    return [
        objective,
        part.indicator,
        part.code,
        part.name,
        line.department,
        unit_words(part.unit),
        line.target,
        float(part.target),
        _number(facts.standing.value),
        line.year,
        line.light_words,
        line.way,
        "; ".join([*line.notes, *_kinds(line)]),
        *(_number(facts.values.get(year)) for year in _years(page)),
        newest.source if newest else "",
        newest.source_on.strftime("%d/%m/%Y") if newest and newest.source_on else "",
    ]


def _kinds(line: Line) -> Iterator[str]:
    """What kind of figures of releases these are: said in the row itself, as numbers cannot."""
    for year, given in sorted(line.facts.given.items()):
        if given.is_internal:
            yield _("Số liệu năm %(year)s: nội bộ, không công bố", year=year)
        elif given.is_about:
            yield _("Số liệu năm %(year)s: khoảng, đã làm tròn để công bố", year=year)
        elif given.is_hidden:
            yield _("Số liệu năm %(year)s: không công bố, số quá nhỏ", year=year)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
