"""Counting: a table of an indicator, or its figure for the province or one commune. One statement
each. What comes out is true and unprotected: it is for protection and releases, not for pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.indicators.definitions import Indicator, IndicatorsFile, definitions
from app.indicators.periods import Period, PeriodKind
from app.indicators.queries.axes import KEPT, UNKNOWN, axis
from app.indicators.queries.population import Population, population
from app.indicators.queries.sources import SOURCES, Asked, Rows
from app.indicators.tables import TOTAL, Axis, CountTable, places_of


@dataclass(frozen=True)
class Figure:
    """The two numbers of an indicator. `denominator` is None where it is not known, for want of the
    population of `missing` (communes); it is never guessed."""

    numerator: int
    denominator: int | None
    missing: tuple[str, ...] = ()


def count(
    session: Session, table_code: str, period: Period, *, known_at: datetime | None = None
) -> CountTable:
    """The true counts of a table, by what was known at a time (else now): every combination of its
    axes, totals of different children included. Raises UnknownIndicator."""
    rules = definitions(period.last_day)
    table, indicator = rules.table(table_code), rules.indicator_of(table_code)
    axes = tuple(axis(code, indicator.source, rules) for code in table.axes)
    rows = _rows(indicator, rules, period, table.axes, known_at)
    cells = dict.fromkeys(places_of(axes), 0)
    cells.update(_cube(session, rows, axes))
    through = _through(period, known_at or clock.now())
    return CountTable(table_code, str(period), axes, cells, through=through)


def _through(period: Period, known_at: datetime) -> str:
    """The month in which it is counted, where further months of the period are to come."""
    month = Period.containing(PeriodKind.MONTH, clock.local(known_at).date())
    return str(month) if month.end < period.end else ""


def figure(
    session: Session,
    code: str,
    period: Period,
    commune: str | None = None,
    *,
    known_at: datetime | None = None,
) -> Figure:
    """Numerator and denominator of an indicator, of the province or of one commune.

    Raises UnknownIndicator.
    """
    rules = definitions(period.last_day)
    indicator = rules.indicator(code)
    numerator = _total(session, indicator, rules, period, commune, known_at, only_kept=True)
    match indicator.denominator_source:
        case None:
            return Figure(numerator, None)
        case "population":
            found = population(session, period.year, commune, known_at=known_at)
            return Figure(numerator, _whole(found), found.missing)
        case source:
            of = next(one for one in rules.indicators.values() if one.source == source)
            return Figure(numerator, _total(session, of, rules, period, commune, known_at))


def _whole(found: Population) -> int | None:
    return None if found.missing else found.total


def _rows(
    indicator: Indicator,
    rules: IndicatorsFile,
    period: Period,
    axes: Iterable[str],
    known_at: datetime | None,
) -> Rows:
    known = known_at or clock.now()
    asked = Asked(period, known, rules, frozenset(axes), indicator.rule)
    return SOURCES[indicator.source](asked)


def _cube(
    session: Session, rows: Rows, axes: tuple[Axis, ...]
) -> Iterable[tuple[tuple[str, ...], int]]:
    found = rows.subquery()
    unit = func.count(found.c.unit.distinct())
    if not axes:
        yield (), session.scalars(select(unit)).one()
        return
    cut = select(*(_category(found.c[one.code], one) for one in axes), found.c.unit).subquery()
    columns = [cut.c[one.code] for one in axes]
    counted = select(*columns, func.grouping(*columns), func.count(cut.c.unit.distinct())).group_by(
        func.cube(*columns)
    )
    for *codes, level, number in session.execute(counted):
        yield _place(codes, level), number


def _place(codes: list[str], level: int) -> tuple[str, ...]:
    """`level` has a bit for each column that is summed over, the last column's the lowest."""
    last = len(codes) - 1
    return tuple(TOTAL if level >> (last - at) & 1 else code for at, code in enumerate(codes))


def _category(column: ColumnElement[Any], of: Axis) -> ColumnElement[str]:
    """The category of a row; what the axis does not know is unknown."""
    known = [code for code in of.categories if code != UNKNOWN]
    return case((column.in_(known), column), else_=UNKNOWN).label(of.code)


def _total(
    session: Session,
    indicator: Indicator,
    rules: IndicatorsFile,
    period: Period,
    commune: str | None,
    known_at: datetime | None,
    *,
    only_kept: bool = False,
) -> int:
    found = _rows(indicator, rules, period, (), known_at).subquery()
    total = select(func.count(found.c.unit.distinct()))
    if commune is not None:
        is_child = "commune" in found.c
        total = total.where(found.c["commune" if is_child else "case_commune"] == commune)
    if only_kept and indicator.is_clock:
        total = total.where(found.c.kept == KEPT)
    return session.scalars(total).one()
