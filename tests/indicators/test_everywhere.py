"""What is hidden is hidden wherever it is shown: page, bars, map, CSV, workbook, JSON, PDF."""

from io import BytesIO

import pytest
from bs4 import BeautifulSoup, Tag
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.indicators.models import CurrentTable, Release, ReleaseTable
from app.indicators.pages.report_one import tables_of
from app.indicators.pages.report_tables import Grid
from app.indicators.queries.axes import UNKNOWN
from app.indicators.services.current_tables import refresh
from app.indicators.tables import TOTAL, Audience, ProtectedTable
from app.reference.communes import commune
from tests.browser import Browser
from tests.indicators.test_releases import (  # noqa: F401
    CODES,
    Cells,
    Department,
    _page_cells,
    department,
    published,
    readers,
)
from tests.indicators.test_reports import (  # noqa: F401
    Office,
    children,
    july,
    office,
    sent,
)

SHOW = "indicators.show"


class Shown:
    """Where the tables of a release, or the current ones, are: addresses of page and file."""

    def __init__(self, browser: Browser, audience: Audience, period: str, release: Release | None):
        self.browser, self.audience, self.period, self.release = browser, audience, period, release

    def page(self, code: str) -> BeautifulSoup:
        if self.release is None:
            place = {"current_period": self.period}
            return self.browser.get("current_figures.table", table_code=code, **place)
        place = {"release_id": self.release.id, "audience": self.audience.value}
        return self.browser.get("releases.table", table_code=code, **place)

    def indicator(self, code: str) -> BeautifulSoup:
        source = "current" if self.release is None else "released"
        return self.browser.get(SHOW, code="8a", table=code, period=self.period, source=source)

    def file(self, kind: str, code: str) -> bytes:
        values: dict[str, object] = {"export_format": kind, "table": code}
        if self.release is None:
            where = "current_figures.export"
            values["current_period"] = self.period
        else:
            where = "releases.export"
            values |= {"release_id": self.release.id, "audience": self.audience.value}
        answer = self.browser._alone(self.browser.client.get, self.browser._url(where, values))
        assert answer.status_code == 200
        content: bytes = answer.data
        return content


@pytest.fixture(params=["agency", "public", "current"])
def shown(
    request: pytest.FixtureRequest,
    session: Session,
    browser: Browser,
    department: Department,  # noqa: F811
) -> Shown:
    period = str(department.year)
    if request.param == "current":
        begin = db.sessionmaker.begin
        refresh(now=clock.now(), begin=begin, periods=[department.year], codes=CODES)
        made = Shown(browser, Audience.AGENCY, period, None)
    else:
        release = published(session, department, codes=CODES)
        made = Shown(browser, Audience(request.param), period, release)
    browser.sign_in(department.analyst)
    return made


def kept(session: Session, shown: Shown, code: str) -> ProtectedTable:
    key = {"code": code, "audience": shown.audience}
    if shown.release is None:
        row = session.get_one(CurrentTable, {**key, "period": shown.period}).table
    else:
        row = session.get_one(ReleaseTable, {**key, "release_id": shown.release.id}).table
    assert row is not None
    return row


def test_the_same_cells_are_hidden_everywhere(session: Session, shown: Shown) -> None:
    hidden = 0
    for code in sorted(CODES):
        table = kept(session, shown, code)
        wanted: Cells = {"|".join(place): cell.value for place, cell in table.cells.items()}
        on_page = _page_cells(shown.page(code))
        assert on_page == wanted
        for kind, read in readers(shown.audience, is_released=shown.release is not None).items():
            assert read(shown.file(kind, code), wanted, on_page) == wanted, kind
        if shown.release is None or shown.audience is Audience.PUBLIC:
            page = shown.indicator(code)
            assert _page_cells(page) == wanted
            check_picture(page, table)
        hidden += sum(value is None for value in wanted.values())
    assert hidden


def check_picture(page: BeautifulSoup, table: ProtectedTable) -> None:
    """Bars are those of the first column of the table, a map's tiles those of the communes."""
    rest = (TOTAL,) * (len(table.axes) - 1)
    values = {code: table[code, *rest].value for code in table.axes[0].categories}
    if table.axes[0].code == "commune":
        said = {title.text: title.parent for title in page.select("svg.map title")}
        for code, value in values.items():
            if code == UNKNOWN:
                continue  # no place on the map
            words = next(one for one in said if one.startswith(f"{commune(code).label}:"))
            tile = said[words]
            assert isinstance(tile, Tag)
            is_hatched = tile["class"] == ["map-hidden"]
            assert is_hatched is (value is None)
            digits = any(char.isdigit() for char in words.partition(":")[2])
            assert digits is (value is not None)
        return
    counts = [text.text for text in page.select("svg.fig-bars .fig-count")]
    assert counts == ["ẩn" if value is None else str(value) for value in values.values()]
    assert len(page.select("svg.fig-bars .fig-bar")) == sum(bool(v) for v in values.values())


@pytest.mark.wide
def test_page_paper_and_workbook_of_a_report_hide_the_same(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    for number, group in ((20, "DISABILITY"), (3, "ORPHAN"), (9, "ABANDONED"), (2, "HIV")):
        children(session, number, group, since=clock.today().replace(year=2025))
    version = sent(session, office)
    tables = tables_of(office.report, version)
    assert any(grid.has_hidden for grid in tables)
    browser.sign_in(office.supervisor)
    page = browser.get("periodic.show", periodic_id=office.report.id)
    for grid in tables:
        assert on_page(page, grid) == as_written(grid), grid.code
    words = paper(browser, office)
    at = 0
    for grid in tables:
        for row in grid.rows:
            wanted = " ".join([row.label, *(cell.text or "–" for cell in row.cells)])
            found = words.find(f" {wanted} ", at)
            assert found >= 0, wanted
            at = found + len(wanted)
    in_tables = [cell for grid in tables for row in grid.rows for cell in row.cells]
    said_once = 1  # what the word means
    assert words.split().count("ẩn") == sum(cell.is_hidden for cell in in_tables)
    assert words.count("“ẩn”") == said_once
    book = load_workbook(BytesIO(file_of(browser, office, "xlsx")))
    for grid in tables:
        sheet = book[f"Biểu {grid.code}"]
        cells = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows()}
        for row in grid.rows:
            for cell, written in zip(row.cells, cells[row.label], strict=False):
                assert (written == "ẩn") is cell.is_hidden


def as_written(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in grid.rows if row.cells]


def on_page(page: BeautifulSoup, grid: Grid) -> list[list[str]]:
    """The rows of the table whose first head is the grid's, under its title."""
    for table in page.select("table"):
        rows = [
            [cell.get_text(strip=True).replace("–", "") for cell in row.select("td")]
            for row in table.select("tbody tr")
            if row.select("td")
        ]
        if grid.title in table.find_previous(["h2", "h3", "summary"]).text:  # type: ignore[union-attr]
            return rows
    raise AssertionError(grid.title)


def paper(browser: Browser, office: Office) -> str:  # noqa: F811
    """The words of the PDF in the order in which they were drawn."""
    pages = PdfReader(BytesIO(file_of(browser, office, "pdf"))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def file_of(browser: Browser, office: Office, kind: str) -> bytes:  # noqa: F811
    answer = browser.client.get(f"/indicators/reports/{office.report.id}/report.{kind}")
    assert answer.status_code == 200
    content: bytes = answer.data
    return content
