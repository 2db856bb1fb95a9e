"""The first page of the figures: what was published, and what stands now. Never mixed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import definitions
from app.indicators.models import Release
from app.indicators.pages.cards import Card
from app.indicators.pages.figure_source import rules_of
from app.indicators.pages.figures import Figures, card_of, current_figures, released_figures
from app.indicators.pages.releases import edition_title
from app.indicators.periods import FIRST_YEAR, BadPeriod, Period, PeriodKind
from app.indicators.queries.released import newest_published
from app.indicators.queries.shown import (
    approved_release,
    current_versions,
    periods_with_figures,
    population_by_commune,
    released_versions,
)
from app.web.filters import vn_date, vn_datetime
from app.web.words import _


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
    """`is_counting`: where nothing is current yet, it will be in a while."""

    period: Period
    periods: Sequence[tuple[str, str, bool]]
    released: Section | None
    withdrawn: Withdrawn | None
    current: Section | None
    is_counting: bool


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
    """(text, words, is chosen): those that have something to show, this year and the chosen one;
    the newest first, longer ones before shorter."""
    this_year = Period.containing(PeriodKind.YEAR, today)
    order = _newest_first({chosen, this_year, *(Period.parse(text) for text in known)})
    return [(str(one), str(one.label), one == chosen) for one in order if one.year > FIRST_YEAR]


def _newest_first(periods: Iterable[Period]) -> list[Period]:
    return sorted(periods, key=lambda one: (-one.end.toordinal(), -one.kind.months))


def overview(session: Session, asked: str | None, *, today: date) -> Overview:
    """Of the period that is asked for; at most seven statements."""
    known = periods_with_figures(session)
    period = period_of(asked, today, known)
    running = Period.containing(period.kind, today)
    release = approved_release(session, str(period))
    return Overview(
        period=period,
        periods=period_choices(known, period, today),
        released=_released(session, release, today) if release else None,
        withdrawn=None if release else _withdrawn(newest_published(session, str(period))),
        current=_current(session, period, today),
        is_counting=period in (running, running.previous()),
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
    rules, versions = rules_of(release), released_versions(session, release.id)
    return Section(
        title=edition_title(release),
        at=_("duyệt ngày %(day)s, đã làm tròn để công khai", day=vn_date(release.approved_at)),
        url=link("releases.show", release_id=release.id),
        cards=_cards(released_figures(session, release, rules, versions), today),
    )


def _current(session: Session, period: Period, today: date) -> Section | None:
    rules, versions = definitions(period.last_day), current_versions(session, str(period))
    if not versions:
        return None
    people = population_by_commune(session, period.year)
    found = current_figures(session, period, rules, versions, people)
    when = vn_datetime(found.at)
    return Section(
        title=_("Số hiện tại, chưa công bố"),
        at=_("theo những gì đã ghi đến %(when)s, chỉ dùng nội bộ", when=when) if when else "",
        url="",
        cards=_cards(found, today),
    )


def _cards(figures: Figures, today: date) -> list[Card]:
    return [card_of(figures, code, today) for code in figures.rules.indicators]
