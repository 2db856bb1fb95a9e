"""The page of one indicator: its figure, one table with its picture, and what is counted how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import Indicator, IndicatorsFile, TableDefinition, definitions
from app.indicators.models import Release
from app.indicators.outlines import Outlines
from app.indicators.pages.commune_map import Look, Place, commune_map
from app.indicators.pages.figure_bars import Bar, figure_bars
from app.indicators.pages.figure_source import Source, source_of_current, source_of_release
from app.indicators.pages.grid import Grid, grid_of
from app.indicators.pages.releases import FILE_WORDS, file_links
from app.indicators.pages.shades import Scale, scale_of
from app.indicators.pages.table_words import axis_words, joined, table_title
from app.indicators.periods import Period
from app.indicators.protection.rates import RateState, rate
from app.indicators.protection.rules import Bounds, rule_numbered
from app.indicators.queries.axes import COMMUNES
from app.indicators.queries.outlines import outlines_of
from app.indicators.queries.released import current_table, table_of
from app.indicators.queries.shown import (
    approved_release,
    current_codes,
    population_by_commune,
    released_codes,
)
from app.indicators.release_figures import COUNTED
from app.indicators.tables import TOTAL, Audience, Cell, ProtectedTable
from app.reference.communes import communes
from app.web.filters import number
from app.web.words import _

CURRENT, RELEASED = "current", "released"
PER_MANY = 100_000  # of what is rare


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    url: str
    is_on: bool

    def __iter__(self) -> Iterator[object]:
        """As the macro `tabs` unpacks it."""
        return iter((self.label, self.url, None, self.is_on))


@dataclass(frozen=True, slots=True)
class Legend:
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`map` or `bars`, and what the shades mean."""

    svg: Markup
    legend: Sequence[Legend]
    note: str = ""


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
    rates: Mapping[str, str]
    rate_head: str
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
    rates, head, values = _rates(session, rules, asked, table)
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
        rate_head=head,
        picture=_picture(session, table, grid, values, rules) if table and grid else None,
        definition=list(_definition(indicator, rules)),
        refused=is_refused,
        files=_files(asked, release) if table else [],
    )


def _there(session: Session, asked: Asked, release: Release | None) -> frozenset[str]:
    """The tables that there are: one may be too large to be protected in time."""
    if asked.source == RELEASED:
        return released_codes(session, release.id) if release is not None else frozenset()
    return current_codes(session, str(asked.period))


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
        return file_links(release, Audience.PUBLIC, asked.table, to_dhis2=True) if release else []
    place = {"current_period": str(asked.period), "table": asked.table}
    return [
        (words, link("current_figures.export", export_format=kind, **place))
        for kind, words in FILE_WORDS.items()
    ]


def _cut(table: TableDefinition) -> str:
    return _("Theo %(axes)s", axes=joined([axis_words(axis) for axis in table.axes]))


def _rates(
    session: Session, rules: IndicatorsFile, asked: Asked, table: ProtectedTable | None
) -> tuple[Mapping[str, str], str, Mapping[str, Decimal]]:
    """(words by row, head of the column, values by row) of the rate of each commune; of all of
    them where the population of each is known."""
    indicator = rules.indicator(asked.code)
    if table is None or [axis.code for axis in table.axes] != ["commune"]:
        return {}, "", {}
    if indicator.denominator_source != "population":
        return {}, "", {}
    people = population_by_commune(session, asked.period.year)
    per = indicator.per if indicator.per and asked.code == "8a" else PER_MANY
    bounds = rule_numbered(table.rule_version).bounds(table.audience)
    words: dict[str, str] = {}
    values: dict[str, Decimal] = {}
    for code in table.axes[0].categories:
        words[code], value = _rate(table[(code,)], people.get(code), per, bounds)
        if value is not None:
            values[code] = value
    known = [people.get(one.code) for one in communes()]
    everybody = None if None in known else sum(one or 0 for one in known)
    words[TOTAL], _value = _rate(table[(TOTAL,)], everybody, per, bounds)
    head = _("Trên 100 trẻ em") if per == 100 else _("Trên 100.000 trẻ em")
    return words, head, values


def _rate(cell: Cell, children: int | None, per: int, bounds: Bounds) -> tuple[str, Decimal | None]:
    found = rate(cell, children, per=per, round_to=bounds.round_to)
    match found.state:
        case RateState.HIDDEN:
            return _("ẩn"), None
        case RateState.MISSING:
            return _("chưa có dân số"), None
        case RateState.UNDEFINED:
            return _("không có trẻ em"), None
    value = found.value or Decimal(0)
    return number(value, 2), value


def _picture(
    session: Session,
    table: ProtectedTable,
    grid: Grid,
    values: Mapping[str, Decimal],
    rules: IndicatorsFile,
) -> Picture | None:
    axes = [axis.code for axis in table.axes]
    if axes and axes[0] in COMMUNES:
        return _map(session, table, values, rules)
    rows = [row for row in grid.rows if not row.is_total]
    bars = [
        Bar(row.label, row.cells[0].cell.value, _shown(row.cells[0].cell))
        for row in rows
        if row.cells
    ]
    return Picture(figure_bars(table_title(table.code, rules), bars), []) if bars else None


def _shown(cell: Cell) -> str:
    return _("ẩn") if cell.value is None else number(cell.value)


def _map(
    session: Session,
    table: ProtectedTable,
    values: Mapping[str, Decimal],
    rules: IndicatorsFile,
) -> Picture:
    """By the rate where there is one, else by the count; of clocks by the share kept in time."""
    loaded = outlines_of(session)
    shown = values or _local_values(table)
    places, scale = _places(table, shown)
    title = table_title(table.code, rules)
    source = _("Ranh giới: %(source)s.", source=loaded.source) if loaded else ""
    note = source or _("Mỗi ô là một xã, phường, xếp theo mã. Chưa nạp bản đồ ranh giới.")
    outlines: Outlines | None = loaded.outlines if loaded else None
    return Picture(commune_map(title, communes(), places, outlines), _legend(scale), note)


def _local_values(table: ProtectedTable) -> Mapping[str, Decimal]:
    """Of the total of all other axes; where a category is what is counted, its percentage."""
    rest = table.axes[1:]
    part = COUNTED.get(rest[0].code) if len(rest) == 1 else None
    found: dict[str, Decimal] = {}
    for code in table.axes[0].categories:
        whole = table[(code, *(TOTAL for _axis in rest))].value
        if part is not None:
            counted = table[code, part].value
            if whole and counted is not None:
                found[code] = Decimal(counted * 100) / whole
        elif whole is not None:
            found[code] = Decimal(whole)
    return found


def _places(
    table: ProtectedTable, shown: Mapping[str, Decimal]
) -> tuple[Mapping[str, Place], Scale | None]:
    scale = scale_of(shown.values())
    found: dict[str, Place] = {}
    for code in table.axes[0].categories:
        cell = table[(code, *(TOTAL for _axis in table.axes[1:]))]
        if code in shown and scale is not None:
            words = f"{_shown(cell)} ({number(shown[code], 2)})"
            found[code] = Place(scale.shade(shown[code]), words)
        elif cell.is_hidden:
            found[code] = Place(Look.HIDDEN, _("không công bố để bảo vệ trẻ em"))
        else:
            found[code] = Place(Look.MISSING, _shown(cell))
    return found, scale


def _legend(scale: Scale | None) -> list[Legend]:
    found = []
    for shade, low, high in scale.classes if scale else ():
        words = number(high, 2)
        if low != high and shade == 1:
            words = f"{number(low, 2)} – {words}"
        elif low != high:
            words = _("trên %(low)s đến %(high)s", low=number(low, 2), high=words)
        found.append(Legend(f"map-{shade}", words))
    found.append(Legend("map-hidden", _("ẩn để bảo vệ trẻ em")))
    found.append(Legend("map-missing", _("không có số")))
    return found


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
    return page.rates.get(place.partition("|")[0], "")
