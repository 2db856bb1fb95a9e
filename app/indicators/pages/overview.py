"""The first page of the figures: what was published, and what stands now. Never mixed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import IndicatorsFile, TableDefinition, definitions
from app.indicators.models import Release
from app.indicators.pages.cards import Card, Figure, card, empty_card, may_judge
from app.indicators.pages.figure_source import rules_of
from app.indicators.pages.releases import release_title
from app.indicators.periods import FIRST_YEAR, BadPeriod, Period, PeriodKind
from app.indicators.queries.axes import COMMUNES
from app.indicators.queries.population import population
from app.indicators.queries.released import figures_of, newest_published
from app.indicators.queries.shown import (
    approved_release,
    current_versions,
    periods_with_figures,
    released_versions,
    totals_tables,
    without_proof,
)
from app.indicators.release_figures import figures_from
from app.indicators.tables import Audience
from app.web.filters import vn_date, vn_datetime
from app.web.words import _

YEARS = 4  # that are offered beside the periods with figures


@dataclass(frozen=True, slots=True)
class Section:
    """`url` of the release; "" for what is current."""

    title: str
    at: str
    url: str
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The last release of a period, where none stands."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Overview:
    period: Period
    periods: Sequence[tuple[str, str, bool]]
    released: Section | None
    withdrawn: Withdrawn | None
    current: Section | None


def period_of(text: str | None, today: date, known: Iterable[str] = ()) -> Period:
    """The one asked for; where nothing sensible is asked the newest of those that are known, or
    this year."""
    try:
        return Period.parse(text or "")
    except BadPeriod:
        found = _newest_first(Period.parse(one) for one in known)
        return found[0] if found else Period.containing(PeriodKind.YEAR, today)


def period_choices(
    known: Iterable[str], chosen: Period, today: date
) -> Sequence[tuple[str, str, bool]]:
    """(text, words, is chosen): the newest first, longer ones before shorter."""
    years = (Period.of(PeriodKind.YEAR, year) for year in range(today.year, today.year - YEARS, -1))
    order = _newest_first({chosen, *years, *(Period.parse(text) for text in known)})
    return [(str(one), str(one.label), one == chosen) for one in order if one.year > FIRST_YEAR]


def _newest_first(periods: Iterable[Period]) -> list[Period]:
    return sorted(periods, key=lambda one: (-one.end.toordinal(), -one.kind.months))


def overview(session: Session, asked: str | None, *, today: date) -> Overview:
    """Of the period that is asked for; seven statements."""
    known = periods_with_figures(session)
    period = period_of(asked, today, known)
    release = approved_release(session, str(period))
    return Overview(
        period=period,
        periods=period_choices(known, period, today),
        released=_released(session, release, today) if release else None,
        withdrawn=None if release else _withdrawn(newest_published(session, str(period))),
        current=_current(session, period, today),
    )


def _withdrawn(release: Release | None) -> Withdrawn | None:
    if release is None:
        return None
    day = vn_date(release.withdrawn_at)
    return Withdrawn(
        words=_("Bản công bố %(number)s đã rút ngày %(day)s.", number=release.number, day=day),
        url=link("releases.show", release_id=release.id),
    )


def _released(session: Session, release: Release, today: date) -> Section:
    period = Period.parse(release.period)
    rules, versions = rules_of(release), released_versions(session, release.id)
    version = next((one for one in versions.values() if one is not None), None)
    figures = {
        row.code: Figure.released(row, version)
        for row in figures_of(session, release.id)
        if version is not None and row.audience is Audience.PUBLIC
    }
    unknown = _("Bản công bố này không có chỉ tiêu này.")
    return Section(
        title=release_title(release),
        at=_("duyệt ngày %(day)s, đã làm tròn để công khai", day=vn_date(release.approved_at)),
        url=link("releases.show", release_id=release.id),
        cards=list(_cards(_Of(rules, period, "released", today), figures, versions, unknown)),
    )


def _current(session: Session, period: Period, today: date) -> Section | None:
    rules, versions = definitions(period.last_day), current_versions(session, str(period))
    if not versions:
        return None
    rows = totals_tables(session, str(period), smallest(rules, versions))
    tables = [table for row in rows if (table := without_proof(row)) is not None]
    people = population(session, period.year)
    children = None if people.missing else people.total
    figures = figures_from(tables, period, children=children, missing=len(people.missing))
    shown = {
        one["code"]: Figure.current(one, tables[0].rule_version)
        for one in figures
        if one["audience"] is Audience.AGENCY
    }
    unknown = _("Chưa tính xong, hãy mở lại sau.")
    at = max((row.computed_at for row in rows), default=None)
    return Section(
        title=_("Số hiện tại, chưa công bố"),
        at=_("theo những gì đã ghi đến %(when)s, chỉ dùng nội bộ", when=vn_datetime(at))
        if at
        else "",
        url="",
        cards=list(_cards(_Of(rules, period, "current", today), shown, versions, unknown)),
    )


def smallest(rules: IndicatorsFile, versions: Mapping[str, int | None]) -> list[str]:
    """Of each indicator the table with the fewest cells among those that could be protected: its
    total is that of all."""
    found = []
    for one in rules.indicators.values():
        shown = [table for table in one.tables if versions.get(table.code) is not None]
        found += sorted(shown, key=_size)[:1]
    return [table.code for table in found]


def _size(table: TableDefinition) -> tuple[bool, str]:
    return not COMMUNES.isdisjoint(table.axes), table.code


@dataclass(frozen=True, slots=True)
class _Of:
    rules: IndicatorsFile
    period: Period
    source: str
    today: date


def _cards(
    of: _Of,
    figures: Mapping[str, Figure],
    versions: Mapping[str, int | None],
    unknown: str,
) -> Iterator[Card]:
    """One an indicator: without a figure it says that no table of it could be protected, or, where
    there is none, `unknown`."""
    for code, one in of.rules.indicators.items():
        url = link("indicators.show", code=code, period=str(of.period), source=of.source)
        if code in figures:
            is_judged = may_judge(one, of.period, of.today)
            yield card(one, figures[code], url, is_judged=is_judged)
        elif any(table.code in versions for table in one.tables):
            refused = _("Không hiện: chưa bảo vệ được số nhỏ, có thể nhận ra một trẻ em.")
            yield empty_card(one, url, refused)
        else:
            yield empty_card(one, url, unknown)
