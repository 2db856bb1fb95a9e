"""The figures of a report: counted, and protected before they leave the unit.

`own` holds true counts and is for the unit that reports; `sent` is what everybody else reads. What
cannot be protected is hidden as a whole (docs/adr/0068-reports.md)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.indicators.models.reports import PeriodicReport
from app.indicators.plan24 import plan
from app.indicators.protection.engine import protect
from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.known import universe_of
from app.indicators.protection.rules import disclosure_rules
from app.indicators.queries.board import confirmed
from app.indicators.queries.board_releases import released_values
from app.indicators.queries.released import agency_tables, published_tables
from app.indicators.queries.report_counts import (
    Counting,
    count_all,
    population_rows,
)
from app.indicators.queries.reports import entered_staff, sent_tables
from app.indicators.queries.thresholds import use_thresholds
from app.indicators.report_rules import ReportLevel
from app.indicators.services.bundles import related
from app.indicators.services.margins import (
    BELOW,
    COUNTED,
    below_hidden,
    commune_margins,
    says_more,
)
from app.indicators.services.publication import readable
from app.indicators.tables import (
    Audience,
    Cell,
    CountTable,
    Mark,
    ProtectedTable,
)


@dataclass(frozen=True)
class Figures:
    """Tables by their codes, "own" open, "sent" protected, with the ids of what was protected
    beside them; the population as rows."""

    own: dict[str, Any]
    sent: dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """True counts, what is no secret, and what readers of the report can read besides."""

    counts: Sequence[CountTable]
    shared: dict[str, Any]
    beside: Sequence[ProtectedTable]
    beside_ids: Sequence[str]
    is_commune: bool


def count_figures(session: Session, report: PeriodicReport, now: datetime) -> Counted:
    """By what is known now. The population is no secret."""
    is_commune = report.level is ReportLevel.COMMUNE
    beside_ids = readable(session, report.commune_code, or_drafted=is_commune)
    period = report.of.counted(report.rule.cutoff_days)
    counting = Counting(session, period, report.period, report.commune_code, now)
    counts = count_all(counting)
    rows = population_rows(session, period.year, report.commune_code)
    shared: dict[str, Any] = {"population": [list(row) for row in rows]}
    if report.level is ReportLevel.PROVINCE:
        shared |= {"staff": _staff(session, report), "board": _board(session, period.year)}
    beside = known_beside(session, report, counts, now)
    return Counted(counts, shared, beside, beside_ids, is_commune)


def protect_figures(counted: Counted) -> Figures:
    """It takes its time: not inside a transaction."""
    beside = {"beside": list(counted.beside_ids)}
    made = protected(counted.counts, counted.beside, of_commune=counted.is_commune)
    return Figures(
        own=_written([open_table(table) for table in counted.counts]) | counted.shared,
        sent=_written(made) | counted.shared | beside,
    )


def known_beside(
    session: Session, report: PeriodicReport, counts: Sequence[CountTable], now: datetime
) -> list[ProtectedTable]:
    """What whoever reads the report can read too: releases, current tables, the reports of the same
    place that were sent before, and the margins of what communes sent, or have drafted: it is to be
    sent as it is. Beside a commune's report also what stands in a draft of a release, and the
    numbers of the province's reports."""
    is_commune = report.level is ReportLevel.COMMUNE
    family = disclosure_rules().newest.family
    use_thresholds(session)
    families = {family(universe_of(one.code)) for one in counts}
    universes = [one for one in disclosure_rules().newest.times if family(one) in families]
    return [
        *published_tables(session, universes, or_drafted=is_commune),
        *agency_tables(session, universes),
        *sent_tables(session, report.commune_code),
        *(_numbers_of_province(session) if is_commune else ()),
        *commune_margins(
            session,
            universes,
            report.period,
            now=now,
            or_drafted=True,
            but=report.commune_code,
        ),
    ]


def _numbers_of_province(session: Session) -> list[ProtectedTable]:
    """Of what no current table tells by communes: with those of all others one is the rest."""
    tables = sent_tables(session, None, or_drafted=True)
    return [one for one in tables if one.code in BELOW and universe_of(one.code) not in COUNTED]


def _staff(session: Session, report: PeriodicReport) -> dict[str, Any]:
    """What the communes sent for table 6, and of how many communes it is."""
    rules, rule = report.rules, report.rule
    codes = [
        one.code
        for one in rules.schedules
        if one.level is ReportLevel.COMMUNE and (one.kind, one.years) == (rule.kind, rule.years)
    ]
    entered = entered_staff(session, codes, report.period)
    total = {field.code: sum(one.get(field.code, 0) for one in entered) for field in rules.staff}
    return {"total": total, "communes": len(entered)}


def _board(session: Session, year: int) -> list[dict[str, Any]]:
    """The newest value of each part up to this year: those that another person confirmed, and of
    8a, 8b and 9 those that were released."""
    given = confirmed(session) | released_values(session, year)
    rows = []
    for part in plan().parts:
        known = [one for at, one in given.get(part.code, {}).items() if at <= year]
        newest = max(known, key=lambda one: one.year, default=None)
        value = None if newest is None or newest.value is None else str(newest.value)
        is_hidden = newest is not None and newest.is_hidden
        at = newest.year if newest is not None else None
        rows.append({"part": part.code, "value": value, "year": at, "is_hidden": is_hidden})
    return rows


def _written(tables: Iterable[ProtectedTable]) -> dict[str, Any]:
    return {"tables": {table.code: table.to_json() for table in tables}}


def read_tables(written: Mapping[str, Any]) -> dict[str, ProtectedTable]:
    """What `count_figures` made, by code."""
    return {code: ProtectedTable.from_json(one) for code, one in written["tables"].items()}


def protected(
    counts: Sequence[CountTable],
    beside: Sequence[ProtectedTable] = (),
    *,
    of_commune: bool = False,
) -> list[ProtectedTable]:
    """For readers in agencies: 1 to 4 hidden, and what would give them away; short tables first.
    `beside`: what they can read already.

    `of_commune`: current tables and releases that come later are protected beside the figures of
    the whole commune alone: what is broken down of a hidden one does not leave."""
    rule, families = disclosure_rules().newest, defaultdict[str, list[CountTable]](list)
    ordered = sorted(counts, key=lambda one: len(one.axes))
    for table in ordered:
        families[rule.family(universe_of(table.code))].append(table)
    made: dict[str, ProtectedTable] = {}
    for family, tables in families.items():
        made |= _Family(tables, beside, family in rule.balances, of_commune).protected()
    return [made[table.code] for table in ordered]


@dataclass(frozen=True)
class _Family:
    """Tables of the same children. `is_tied`: two tell the third."""

    tables: Sequence[CountTable]
    beside: Sequence[ProtectedTable]
    is_tied: bool
    of_commune: bool

    def protected(self, before: frozenset[str] = frozenset()) -> dict[str, ProtectedTable]:
        """One after the other; a figure that cannot be protected after the others is protected
        `before` them, so that they are hidden for its sake."""
        made: dict[str, ProtectedTable] = {}
        known, closed = list(self.beside), set[str]()  # universes of the tables that do not leave
        for table in sorted(self.tables, key=lambda one: one.code not in before):
            if says_more(table, closed):
                continue
            try:
                shown = [one for one in related(table, known) if one.rule_version]
                made[table.code] = protect(table, Audience.AGENCY, linked=shown)
                known.append(made[table.code])
            except CannotProtect:
                if self.is_tied and not table.axes and table.code not in before:
                    return self.protected(before | {table.code})
                made[table.code] = closed_table(table)
            closed |= below_hidden(made[table.code]) if self.of_commune else set()
        return {
            one.code: closed_table(one) if says_more(one, closed) else made[one.code]
            for one in self.tables
        }


def open_table(table: CountTable) -> ProtectedTable:
    """True counts in the same shape."""
    return _shown(table, {place: Cell(count) for place, count in table.cells.items()})


def closed_table(table: CountTable) -> ProtectedTable:
    """Nothing of it is shown."""
    return _shown(table, dict.fromkeys(table.cells, Cell(None, Mark.PRIMARY)))


def _shown(table: CountTable, cells: Mapping[tuple[str, ...], Cell]) -> ProtectedTable:
    return ProtectedTable(
        code=table.code,
        period=table.period,
        axes=table.axes,
        cells=cells,
        audience=Audience.AGENCY,
        rule_version=0,
        certificate={},
        where=table.where,
        through=table.through,
    )
