"""The page of one indicator: its figure, one table with its picture, and what is counted how."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import Indicator, IndicatorsFile, TableDefinition, definitions
from app.indicators.models import Release
from app.indicators.pages.figure_source import Source, source_of_current, source_of_release
from app.indicators.pages.grid import Grid, grid_of
from app.indicators.pages.releases import FILE_WORDS, file_links
from app.indicators.pages.table_picture import Picture, picture_of
from app.indicators.pages.table_rates import Rates, rates_of
from app.indicators.pages.table_words import axis_words, joined, table_title
from app.indicators.periods import Period
from app.indicators.queries.released import current_table, table_of
from app.indicators.queries.shown import (
    approved_release,
    current_versions,
    released_versions,
)
from app.indicators.tables import Audience, ProtectedTable
from app.web.words import _

CURRENT, RELEASED = "current", "released"


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    url: str
    is_on: bool

    def __iter__(self) -> Iterator[object]:
        """As the macro `tabs` unpacks it."""
        return iter((self.label, self.url, None, self.is_on))


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    code: str
    indicator: Indicator
    title: str
    period: Period
    source: Source | None
    sources: Sequence[Choice]
    tables: Sequence[Choice]
    table_title: str
    grid: Grid | None
    slices: Sequence[Choice]
    rates: Rates
    picture: Picture | None
    definition: Sequence[tuple[str, str]]
    refused: bool
    files: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; whatever it is, something sensible is shown."""

    code: str
    period: Period
    source: str
    table: str
    at: str | None

    def url(self, **changed: str) -> str:
        now = {"period": str(self.period), "source": self.source, "table": self.table}
        return link("indicators.show", code=self.code, **(now | changed))


def asked_for(code: str, period: Period, args: Mapping[str, str]) -> Asked:
    """Raises UnknownIndicator."""
    indicator = definitions(period.last_day).indicator(code)
    known = [one.code for one in indicator.tables]
    table = args.get("table", "")
    source = args.get("source", "")
    return Asked(
        code,
        period,
        source if source in (CURRENT, RELEASED) else CURRENT,
        table if table in known else known[0],
        args.get("at"),
    )


def indicator_page(session: Session, asked: Asked) -> IndicatorPage:
    """At most eight statements."""
    rules = definitions(asked.period.last_day)
    indicator = rules.indicator(asked.code)
    release = approved_release(session, str(asked.period))
    there = _there(session, asked, release)
    source, table, is_refused = _read(session, asked, release)
    rates = rates_of(session, indicator, asked.period, table) if table else Rates()
    grid = grid_of(table, asked.at) if table else None
    return IndicatorPage(
        code=asked.code,
        indicator=indicator,
        title=str(indicator.title),
        period=asked.period,
        source=source,
        sources=_sources(asked, release),
        tables=[
            Choice(_cut(one), asked.url(table=one.code), one.code == asked.table)
            for one in indicator.tables
            if one.code in there or one.code == asked.table
        ],
        table_title=table_title(asked.table, rules),
        grid=grid,
        slices=[Choice(words, asked.url(at=code), on) for code, words, on in grid.choices]
        if grid
        else [],
        rates=rates,
        picture=picture_of(session, table, grid, rates, rules) if table and grid else None,
        definition=list(_definition(indicator, rules)),
        refused=is_refused,
        files=_files(asked, release) if table else [],
    )


def _there(session: Session, asked: Asked, release: Release | None) -> Collection[str]:
    """The tables that there are: one may be too large to be protected in time."""
    if asked.source == RELEASED:
        return released_versions(session, release.id) if release is not None else ()
    return current_versions(session, str(asked.period))


def _read(
    session: Session, asked: Asked, release: Release | None
) -> tuple[Source | None, ProtectedTable | None, bool]:
    """(where it is from, the table, whether it could not be protected)."""
    if asked.source == RELEASED:
        if release is None:
            return None, None, False
        row = table_of(session, release.id, asked.table, Audience.PUBLIC)
        table = row.table if row else None
        found = source_of_release(release, Audience.PUBLIC, [table] if table else [])
        return found, table, row is not None and table is None
    current = current_table(session, asked.table, str(asked.period), Audience.AGENCY)
    if current is None:
        return None, None, False
    table = current.table
    return source_of_current([current]), table, table is None


def _sources(asked: Asked, release: Release | None) -> list[Choice]:
    found = [Choice(_("Số hiện tại"), asked.url(source=CURRENT), asked.source == CURRENT)]
    if release is not None or asked.source == RELEASED:
        words = _("Đã công bố")
        found.append(Choice(words, asked.url(source=RELEASED), asked.source == RELEASED))
    return found


def _files(asked: Asked, release: Release | None) -> Sequence[tuple[str, str]]:
    """(words, address) of each kind of file of this table."""
    if asked.source == RELEASED:
        return file_links(release, Audience.PUBLIC, asked.table) if release else []
    place = {"current_period": str(asked.period), "table": asked.table}
    return [
        (words, link("current_figures.export", export_format=kind, **place))
        for kind, words in FILE_WORDS.items()
    ]


def _cut(table: TableDefinition) -> str:
    return _("Theo %(axes)s", axes=joined([axis_words(axis) for axis in table.axes]))


def _definition(indicator: Indicator, rules: IndicatorsFile) -> Iterator[tuple[str, str]]:
    yield _("Tử số"), str(indicator.numerator)
    if indicator.denominator:
        yield _("Mẫu số"), str(indicator.denominator)
    is_day = indicator.reference == "date"
    yield _("Tính"), _("vào ngày cuối kỳ") if is_day else _("những gì xảy ra trong kỳ")
    yield _("Tuổi"), str(indicator.age)
    yield _("Phương pháp"), str(indicator.method)
    yield _("Căn cứ"), indicator.citation
    yield _("Phiên bản định nghĩa"), str(rules.version)


def row_rate(page: IndicatorPage, place: str) -> str:
    return page.rates.words.get(place.partition("|")[0], "")
