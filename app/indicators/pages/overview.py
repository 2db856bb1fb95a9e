"""The first page of the figures: what was published, and what stands now. Never mixed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import Indicator, IndicatorsFile, definitions
from app.indicators.pages.releases import figure_words, release_title
from app.indicators.pages.table_words import UNITS
from app.indicators.periods import FIRST_YEAR, BadPeriod, Period, PeriodKind
from app.indicators.queries.population import population
from app.indicators.queries.released import current_periods, figures_of
from app.indicators.queries.shown import approved_release, totals_tables, without_proof
from app.indicators.release_figures import figures_from
from app.indicators.tables import Audience
from app.web.filters import number, vn_date, vn_datetime
from app.web.words import _

YEARS = 4  # that are offered beside the periods with current figures


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator. `value`: the rate, or the count where there is none; `tone`: against the
    target, with the words that say so."""

    title: str
    url: str
    value: str
    counts: str
    target: str
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    """`url` of the release; "" for what is current."""

    title: str
    at: str
    url: str
    main: Sequence[Card]
    working: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Overview:
    period: Period
    periods: Sequence[tuple[str, str, bool]]
    released: Section | None
    current: Section | None


def period_of(text: str | None, today: date) -> Period:
    """The one asked for; this year where nothing sensible is asked."""
    try:
        return Period.parse(text or "")
    except BadPeriod:
        return Period.containing(PeriodKind.YEAR, today)


def period_choices(
    known: Iterable[str], chosen: Period, today: date
) -> Sequence[tuple[str, str, bool]]:
    """(text, words, is chosen): the newest first, longer ones before shorter."""
    years = (Period.of(PeriodKind.YEAR, year) for year in range(today.year, today.year - YEARS, -1))
    found = {chosen, *years, *(Period.parse(text) for text in known)}
    order = sorted(found, key=lambda one: (-one.end.toordinal(), -one.kind.months))
    return [(str(one), str(one.label), one == chosen) for one in order if one.year > FIRST_YEAR]


def overview(session: Session, period: Period, *, now: date) -> Overview:
    """Six statements."""
    known = [text for text, _checked in current_periods(session)]
    return Overview(
        period=period,
        periods=period_choices(known, period, now),
        released=_released(session, period),
        current=_current(session, period),
    )


def _released(session: Session, period: Period) -> Section | None:
    release = approved_release(session, str(period))
    if release is None:
        return None
    rows = [one for one in figures_of(session, release.id) if one.audience is Audience.PUBLIC]
    figures = {
        row.code: {
            "numerator": row.numerator,
            "denominator": row.denominator,
            "value": row.value,
            "is_hidden": row.is_hidden,
            "missing": row.missing,
        }
        for row in rows
    }
    return _section(
        title=release_title(release),
        at=_("duyệt ngày %(day)s, đã làm tròn để công khai", day=vn_date(release.approved_at)),
        url=link("releases.show", release_id=release.id),
        rules=definitions(period.last_day),
        figures=figures,
        query={"period": str(period), "source": "released"},
    )


def _current(session: Session, period: Period) -> Section | None:
    rules = definitions(period.last_day)
    rows = totals_tables(session, str(period), _smallest(rules))
    tables = [table for row in rows if (table := without_proof(row)) is not None]
    if not tables:
        return None
    people = population(session, period.year)
    children = None if people.missing else people.total
    figures = figures_from(tables, period, children=children, missing=len(people.missing))
    at: datetime = max(row.computed_at for row in rows)
    return _section(
        title=_("Số hiện tại, chưa công bố"),
        at=_("theo những gì đã ghi đến %(when)s, chỉ dùng nội bộ", when=vn_datetime(at)),
        url="",
        rules=rules,
        figures={one["code"]: one for one in figures if one["audience"] is Audience.AGENCY},
        query={"period": str(period), "source": "current"},
    )


def _smallest(rules: IndicatorsFile) -> list[str]:
    """Of each indicator the table with the fewest cells: its total is that of all."""
    found = []
    for one in rules.indicators.values():
        local = ("commune", "event_commune", "case_commune")
        ranked = sorted(one.tables, key=lambda its: (any(a in local for a in its.axes), its.code))
        found.append(ranked[0].code)
    return found


def _section(
    *,
    title: str,
    at: str,
    url: str,
    rules: IndicatorsFile,
    figures: Mapping[str, Mapping[str, Any]],
    query: Mapping[str, str],
) -> Section:
    cards = {
        code: card(one, figures[code], link("indicators.show", code=code, **query))
        for code, one in rules.indicators.items()
        if code in figures
    }
    main = [code for code, one in rules.indicators.items() if one.part and code in cards]
    return Section(
        title=title,
        at=at,
        url=url,
        main=[cards[code] for code in main],
        working=[one for code, one in cards.items() if code not in main],
    )


def card(indicator: Indicator, figure: Mapping[str, Any], url: str) -> Card:
    unit = str(UNITS[indicator.unit])
    above, below = figure["numerator"], figure["denominator"]
    counts = _("ẩn") if above is None else f"{number(above)} {unit}"
    if below is not None:
        counts = _("%(part)s trên %(whole)s", part=counts, whole=number(below))
    tone, note = _judged(indicator, figure)
    is_rate = indicator.per is not None
    return Card(
        title=str(indicator.title),
        url=url,
        value=_value(figure) if is_rate else counts,
        counts=counts if is_rate else "",
        target=target_words(indicator),
        tone=tone,
        note=note,
    )


def _value(figure: Mapping[str, Any]) -> str:
    if figure["value"] is not None:
        return figure_words(figure["value"])
    return _("ẩn") if figure["is_hidden"] else _("chưa có")


def target_words(indicator: Indicator) -> str:
    if indicator.target is None:
        return ""
    target = indicator.target.normalize()
    words = f"{number(target, max(0, -int(target.as_tuple().exponent)))}%"
    if _is_rising(indicator):
        return _("Mục tiêu 2030: từ %(target)s trở lên", target=words)
    return _("Mục tiêu 2030: dưới %(target)s", target=words)


def _is_rising(indicator: Indicator) -> bool:
    """8b is to rise; 8a and 9 are to stay below."""
    return indicator.denominator_source == "special"


def _judged(indicator: Indicator, figure: Mapping[str, Any]) -> tuple[str, str]:
    if figure["missing"]:
        return "warn", _("Thiếu dân số trẻ em của %(n)s xã, phường.", n=figure["missing"])
    value: Decimal | None = figure["value"]
    if indicator.target is None or value is None:
        return "", ""
    met = value >= indicator.target if _is_rising(indicator) else value < indicator.target
    return ("ok", _("đạt mục tiêu")) if met else ("warn", _("chưa đạt mục tiêu"))
