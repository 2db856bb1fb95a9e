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
from app.indicators.queries.board import confirmed
from app.indicators.queries.board_releases import released_values
from app.indicators.queries.report_counts import (
    MOVES,
    Counting,
    count_all,
    population_rows,
)
from app.indicators.queries.reports import entered_staff
from app.indicators.report_rules import ReportLevel
from app.indicators.tables import (
    TOTAL,
    Audience,
    Cell,
    CountTable,
    Mark,
    ProtectedTable,
)

MOVES_OF = "moves_"
Tables = Mapping[str, ProtectedTable]


@dataclass(frozen=True)
class Figures:
    """Tables by their codes, "own" open, "sent" protected; the population as rows."""

    own: dict[str, Any]
    sent: dict[str, Any]


def count_figures(session: Session, report: PeriodicReport, now: datetime) -> Figures:
    """By what is known now. The population is no secret and the same in both."""
    period = report.of.counted(report.rule.cutoff_days)
    counting = Counting(session, period, report.period, report.commune_code, now)
    counts = count_all(counting)
    rows = population_rows(session, period.year, report.commune_code)
    shared: dict[str, Any] = {"population": [list(row) for row in rows]}
    if report.level is ReportLevel.PROVINCE:
        shared |= {"staff": _staff(session, report), "board": _board(session, period.year)}
    return Figures(
        own=_written([open_table(table) for table in counts]) | shared,
        sent=_written(protected(counts)) | shared,
    )


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


def protected(counts: Sequence[CountTable]) -> list[ProtectedTable]:
    """For readers in agencies: 1 to 4 hidden, and what would give them away."""
    done: dict[str, list[ProtectedTable]] = defaultdict(list)
    for table in counts:
        universe = table.code.partition(".")[0]
        done[universe].append(_protected(table, done[universe]))
    return _not_alone(counts, [one for tables in done.values() for one in tables])


def _protected(table: CountTable, linked: Sequence[ProtectedTable]) -> ProtectedTable:
    try:
        return protect(table, Audience.AGENCY, linked=linked)
    except CannotProtect:
        return closed_table(table)


def _not_alone(counts: Sequence[CountTable], tables: list[ProtectedTable]) -> list[ProtectedTable]:
    """The groups are counted apart and yet add up to no less than all children together: a single
    group with hidden figures could be bounded from below, so that another one is hidden with it."""
    true = {table.code: table for table in counts}
    groups = [one for one in tables if one.code.startswith(MOVES_OF) and not _is_all(one.code)]
    hidden = [one.code for one in groups if one.hidden]
    if len(hidden) != 1:
        return tables
    size = {one.code: true[one.code].cells[TOTAL, TOTAL] for one in groups}
    others = [code for code in size if code not in hidden and size[code]]
    if not others:
        return tables
    smallest = min(others, key=lambda code: (size[code], code))
    return [closed_table(true[smallest]) if one.code == smallest else one for one in tables]


def _is_all(code: str) -> bool:
    return code == f"{MOVES_OF}{TOTAL.lower()}.sex_{MOVES.code}"


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
    )
