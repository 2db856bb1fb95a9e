"""The figures of the indicators as cards show them: of a release for the public, or of now for
agencies. An indicator without a figure says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.indicators.definitions import Indicator, IndicatorsFile, TableDefinition
from app.indicators.models import Release
from app.indicators.pages.cards import Card, Figure, card, empty_card, may_judge
from app.indicators.periods import Period
from app.indicators.queries.axes import COMMUNES
from app.indicators.queries.released import figures_of
from app.indicators.queries.shown import totals_tables, without_proof
from app.indicators.release_figures import figures_from
from app.indicators.tables import Audience
from app.reference.communes import communes
from app.web.words import _


class Of(StrEnum):
    CURRENT = "current"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a period, by code. `versions`: by table the rule it was protected with, None where it
    could not be; `at`: when what is current was counted."""

    of: Of
    period: Period
    rules: IndicatorsFile
    versions: Mapping[str, int | None]
    by_code: Mapping[str, Figure]
    at: datetime | None = None


def released_figures(
    session: Session,
    release: Release,
    rules: IndicatorsFile,
    versions: Mapping[str, int | None],
    audience: Audience = Audience.PUBLIC,
) -> Figures:
    """One statement."""
    version = next((one for one in versions.values() if one is not None), None)
    found = {
        row.code: Figure.released(row, version)
        for row in figures_of(session, release.id)
        if version is not None and row.audience is audience
    }
    return Figures(Of.RELEASED, Period.parse(release.period), rules, versions, found)


def current_figures(
    session: Session,
    period: Period,
    rules: IndicatorsFile,
    versions: Mapping[str, int | None],
    people: Mapping[str, int],
) -> Figures:
    """`people`: the population of the communes that were entered. One statement."""
    rows = totals_tables(session, str(period), smallest(rules, versions))
    tables = [table for row in rows if (table := without_proof(row)) is not None]
    missing = sum(one.code not in people for one in communes())
    children = None if missing else sum(people.values())
    found = {
        row["code"]: Figure.current(row, tables[0].rule_version)
        for row in figures_from(tables, period, children=children, missing=missing)
        if row["audience"] is Audience.AGENCY
    }
    at = max((row.computed_at for row in rows), default=None)
    return Figures(Of.CURRENT, period, rules, versions, found, at)


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


def card_of(figures: Figures, code: str, today: date) -> Card:
    one, period = figures.rules.indicator(code), figures.period
    url = link("indicators.show", code=code, period=str(period), source=figures.of.value)
    figure = figures.by_code.get(code)
    if figure is None:
        return empty_card(one, url, _why_none(figures, one))
    return card(one, figure, url, is_judged=may_judge(one, period, today))


def _why_none(figures: Figures, indicator: Indicator) -> str:
    if any(table.code in figures.versions for table in indicator.tables):
        return _("Không hiện: chưa bảo vệ được số nhỏ, có thể nhận ra một trẻ em.")
    if figures.of is Of.RELEASED:
        return _("Bản công bố này không có chỉ tiêu này.")
    return _("Chưa tính xong, hãy mở lại sau.")
