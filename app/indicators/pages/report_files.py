"""A report on paper and as a workbook: the figures that leave the unit, in both the same."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO

from flask_babel import force_locale
from xlsxwriter import Workbook

from app.core import clock
from app.documents.letterhead import Office
from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.pages.report_compare import compare
from app.indicators.pages.report_one import tables_of
from app.indicators.pages.report_tables import Grid, GridCell
from app.indicators.pages.report_words import STATES, most_hidden, title_of
from app.indicators.report_rules import ReportLevel

VI = "vi"
BLANK = "\u00a0" * 8  # the number is written by hand when the report is registered
_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
HIDDEN_NOTE = (
    "“ẩn”: số từ 1 đến {most}, hoặc số mà nếu ghi ra thì suy được số đó; không ghi để không ai nhận"
    " ra một trẻ em."
)
_CHAIR = "CHỦ TỊCH"
_DIRECTOR = "GIÁM ĐỐC"


def office_of(report: PeriodicReport) -> Office:
    return Office(report.unit.name, report.unit.kind, report.commune_code)


def printed_report(
    report: PeriodicReport,
    version: ReportVersion,
    before: ReportVersion | None,
    *,
    signer: str | None,
    proof: str,
) -> dict[str, object]:
    """The context of templates/documents/periodic_report.html."""
    office = office_of(report)
    is_commune = report.level is ReportLevel.COMMUNE
    with force_locale(VI):
        tables = tables_of(report, version)
        return {
            "title": title_of(report),
            "office": office,
            "number": f"Số:{BLANK}/BC-{office.sign}",
            "day": version.sent_at,
            "subject": _subject(report),
            "recipients": _recipients(report),
            "citation": report.rules.citation,
            "period": str(report.of.label),
            "words": _words(version),
            "tables": tables,
            "compared": compare(tables, tables_of(report, before)) if before else (),
            "compared_with": str(report.of.compared_with.label),
            "hidden_note": _hidden_note(version) if any(one.has_hidden for one in tables) else "",
            "counted": clock.local(version.counted_at) if version.counted_at else None,
            "is_draft": version.sent_at is None,
            "post": _CHAIR if is_commune else _DIRECTOR,
            "authority": "TM. ỦY BAN NHÂN DÂN" if is_commune else None,
            "signer": signer or "",
            "copies": (*report.rule.to, f"Lưu: VT{'' if is_commune else ', BTXH'}"),
            "proof": proof,
        }


def _hidden_note(version: ReportVersion) -> str:
    return HIDDEN_NOTE.format(most=most_hidden(version))


def _subject(report: PeriodicReport) -> str:
    if report.rule.years:
        return "Tổng kết thực hiện Kế hoạch vì trẻ em giai đoạn 2026 - 2030"
    period = str(report.of.label)
    return f"Công tác bảo vệ, chăm sóc trẻ em {period[:1].lower()}{period[1:]}"


def _recipients(report: PeriodicReport) -> tuple[str, ...]:
    known = {"Sở Y tế": "Sở Y tế tỉnh Hưng Yên"}
    return tuple(known.get(name, name) for name in report.rule.to)


def _words(version: ReportVersion) -> tuple[tuple[str, Sequence[str]], ...]:
    """Headings as in a report, each with its paragraphs."""
    return tuple(
        (heading, [line for line in (text or "Không.").splitlines() if line.strip()])
        for heading, text in (
            ("Kết quả thực hiện", version.results),
            ("Khó khăn, vướng mắc", version.difficulties),
            ("Đề xuất, kiến nghị", version.proposals),
        )
    )


def proof_line(report: PeriodicReport, version: ReportVersion, printer: str, now: datetime) -> str:
    """The foot of each page."""
    with force_locale(VI):
        state = str(STATES[version.state][0])
    if version.state is PeriodicState.DRAFTED:
        state = "bản soạn, chưa gửi"
    there = clock.local(now).strftime("%H:%M ngày %d/%m/%Y")
    return f"Báo cáo {report.period} · bản {version.number}, {state} · in lúc {there} · {printer}"


def report_workbook(report: PeriodicReport, version: ReportVersion, now: datetime) -> bytes:
    """A sheet for each table. Texts are texts, whatever they begin with."""
    target = BytesIO()
    with force_locale(VI):
        tables = tables_of(report, version)
        title = f"{title_of(report)} - {report.unit.name}"
    hidden = _hidden_note(version)
    stamp = f"{title}, bản {version.number}, lập lúc {clock.local(now).strftime('%H:%M %d/%m/%Y')}."
    book = Workbook(target, _PLAIN)
    book.set_properties({"title": title, "author": "Vòng Tay"})
    for grid in tables:
        _sheet(book, grid, [stamp, grid.note, *([hidden] if grid.has_hidden else [])])
    book.close()
    return target.getvalue()


def _sheet(book: Workbook, grid: Grid, notes: Sequence[str]) -> None:
    page = book.add_worksheet(f"Biểu {grid.code}")
    bold = book.add_format({"bold": True, "text_wrap": True, "border": 1, "valign": "vcenter"})
    plain = book.add_format({"border": 1, "text_wrap": True, "quote_prefix": True})
    number = book.add_format({"border": 1, "num_format": "#,##0.##"})
    notice = book.add_format({"quote_prefix": True, "italic": True})
    lines = [f"Biểu {grid.code}. {grid.title}", *notes]
    for place, text in enumerate(lines):
        page.write_string(place, 0, text, notice)
    top = len(lines) + 1
    page.set_column(0, 0, 52)
    page.set_column(1, len(grid.head), 14)
    for column, text in enumerate((grid.first, *grid.head)):
        page.write_string(top, column, text, bold)
    for place, (label, cells) in enumerate(_rows(grid), start=top + 1):
        page.write_string(place, 0, label, plain)
        for column, one in enumerate(cells, start=1):
            if one.value is None or isinstance(one.value, str):
                page.write_string(place, column, one.text, plain)
            else:
                page.write_number(place, column, float(one.value), number)
    page.freeze_panes(top + 1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _rows(grid: Grid) -> Iterator[tuple[str, Sequence[GridCell]]]:
    empty = GridCell(None, is_empty=True)
    for row in grid.rows:
        yield row.label, row.cells or (empty,) * len(grid.head)
