"""The page of one indicator: its figure, one table with its picture, and what is counted how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import Indicator, IndicatorsFile, TableDefinition, definitions
from app.indicators.models import Release
from app.indicators.pages.board_words import about
from app.indicators.pages.cards import Card, titled
from app.indicators.pages.figure_source import (
    Source,
    rules_of,
    source_of_current,
    source_of_release,
)
from app.indicators.pages.figures import Of, card_of, current_figures, released_figures
from app.indicators.pages.grid import Grid, grid_of
from app.indicators.pages.overview import period_choices
from app.indicators.pages.rate_words import percent_words
from app.indicators.pages.releases import FILE_WORDS, edition_title, file_links
from app.indicators.pages.table_picture import Picture, picture_of
from app.indicators.pages.table_rates import Rates, rates_of
from app.indicators.pages.table_words import axis_words, joined, table_title
from app.indicators.periods import Period
from app.indicators.plan24 import MeasureUnit
from app.indicators.queries.board import Given
from app.indicators.queries.board_releases import released_values
from app.indicators.queries.released import current_table, table_of
from app.indicators.queries.shown import (
    approved_release,
    current_versions,
    periods_with_figures,
    population_by_commune,
    released_versions,
)
from app.indicators.tables import Audience, ProtectedTable
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    url: str
    is_on: bool

    def __iter__(self) -> Iterator[object]:
        """As the macro `tabs` unpacks it."""
        return iter((self.label, self.url, None, self.is_on))


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure of the province, what was published of whole years before, where more stands."""

    card: Card
    years: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    code: str
    title: str
    period: Period
    periods: Sequence[tuple[str, str, bool]]
    headline: Headline | None
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
    is_left_out: bool
    files: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; whatever it is, something sensible is shown. `source` is None and
    `table` "" where none is asked for."""

    code: str
    period: Period
    source: Of | None
    table: str
    at: str | None

    def url(self, **changed: str) -> str:
        source = self.source or Of.CURRENT
        now = {"period": str(self.period), "source": source.value, "table": self.table}
        return link("indicators.show", code=self.code, **(now | changed))


def asked_for(code: str, period: Period, args: Mapping[str, str]) -> Asked:
    """Raises UnknownIndicator."""
    indicator = definitions(period.last_day).indicator(code)
    table, source = args.get("table", ""), args.get("source", "")
    return Asked(
        code,
        period,
        Of(source) if source in set(Of) else None,
        table if any(one.code == table for one in indicator.tables) else "",
        args.get("at"),
    )


def indicator_page(session: Session, asked: Asked, *, today: date) -> IndicatorPage:
    """Where no source is asked for, what was released of the period, else what is current. At most
    eight statements."""
    rules = definitions(asked.period.last_day)
    indicator = rules.indicator(asked.code)
    release = approved_release(session, str(asked.period))
    asked = replace(asked, source=asked.source or (Of.RELEASED if release else Of.CURRENT))
    versions = _versions(session, asked, release)
    asked = replace(asked, table=asked.table or _first(indicator, versions))
    source, table, is_refused = _read(session, asked, release)
    people = _people(session, asked, release)
    rates = rates_of(indicator, table, people) if table else Rates()
    grid = grid_of(table, asked.at) if table else None
    return IndicatorPage(
        code=asked.code,
        title=titled(indicator),
        period=asked.period,
        periods=_periods(session, asked, today) if source is None else [],
        headline=_headline(session, asked, release, versions, people, today),
        source=source,
        sources=_sources(asked, release),
        tables=[
            Choice(_cut(one), asked.url(table=one.code), one.code == asked.table)
            for one in indicator.tables
            if one.code in versions or one.code == asked.table
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
        is_left_out=asked.table not in versions
        and any(one.code in versions for one in indicator.tables),
        files=_files(asked, release) if table else [],
    )


def _versions(session: Session, asked: Asked, release: Release | None) -> Mapping[str, int | None]:
    """The tables that there are: one may be too large to be protected in time."""
    if asked.source is Of.RELEASED:
        return released_versions(session, release.id) if release is not None else {}
    return current_versions(session, str(asked.period))


def _people(session: Session, asked: Asked, release: Release | None) -> Mapping[str, int]:
    """The population as it was known when a release was counted: its rates stay as they were."""
    known_at = release.known_at if release and asked.source is Of.RELEASED else None
    return population_by_commune(session, asked.period.year, known_at=known_at)


def _periods(session: Session, asked: Asked, today: date) -> Sequence[tuple[str, str, bool]]:
    """To choose from, where there is nothing of the one that is asked for."""
    return period_choices(periods_with_figures(session), asked.period, today)


def _first(indicator: Indicator, versions: Mapping[str, int | None]) -> str:
    """The first table that shows something."""
    codes = [one.code for one in indicator.tables]
    shown = [code for code in codes if versions.get(code) is not None]
    return (shown or codes)[0]


def _headline(
    session: Session,
    asked: Asked,
    release: Release | None,
    versions: Mapping[str, int | None],
    people: Mapping[str, int],
    today: date,
) -> Headline | None:
    """At most two statements."""
    if not versions:
        return None
    if asked.source is Of.RELEASED and release is not None:
        figures = released_figures(session, release, rules_of(release), versions)
    else:
        rules = definitions(asked.period.last_day)
        figures = current_figures(session, asked.period, rules, versions, people)
    if asked.code not in figures.rules.indicators:
        return None
    part = figures.rules.indicator(asked.code).part
    return Headline(
        card=card_of(figures, asked.code, today),
        years=_years(session, part, today.year) if part else "",
        links=list(_links(part, release)),
    )


def _years(session: Session, part: str, year: int) -> str:
    """“2024: 1,31%; 2025: 1,28%”."""
    given = released_values(session, year).get(part, {})
    return "; ".join(f"{one.year}: {_told(one)}" for one in given.values())


def _told(given: Given) -> str:
    if given.value is None:
        return _("ẩn")
    if given.is_about:
        return about(given.value, MeasureUnit.PERCENT)
    return percent_words(given.value)


def _links(part: str | None, release: Release | None) -> Iterator[tuple[str, str]]:
    if part:
        yield (
            _("Phần %(part)s trong bảng 24 chỉ tiêu", part=part),
            link("indicator_board.part", board_part=part),
        )
    if release is not None:
        yield edition_title(release), link("releases.show", release_id=release.id)


def _read(
    session: Session, asked: Asked, release: Release | None
) -> tuple[Source | None, ProtectedTable | None, bool]:
    """(where it is from, the table, whether it could not be protected)."""
    if asked.source is Of.RELEASED:
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
    found = [Choice(_("Số hiện tại"), asked.url(source=Of.CURRENT), asked.source is Of.CURRENT)]
    if release is not None or asked.source is Of.RELEASED:
        words = _("Đã công bố")
        found.append(Choice(words, asked.url(source=Of.RELEASED), asked.source is Of.RELEASED))
    return found


def _files(asked: Asked, release: Release | None) -> Sequence[tuple[str, str]]:
    """(words, address) of each kind of file of this table."""
    if asked.source is Of.RELEASED:
        return file_links(release, Audience.PUBLIC, asked.table, to_dhis2=True) if release else []
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
