"""The protected figures of a period for programs: of the release that stands, else the current
ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.indicators.definitions import IndicatorsFile, definitions, definitions_numbered
from app.indicators.periods import Period
from app.indicators.queries.population import population
from app.indicators.queries.released import current_tables, tables_of
from app.indicators.queries.shown import approved_release
from app.indicators.release_figures import figures_from
from app.indicators.tables import Audience, ProtectedTable


def protected_figures(
    session: Session, period: Period, audience: Audience = Audience.AGENCY
) -> dict[str, Any] | None:
    """None where nothing of the period was ever protected. A hidden figure is null."""
    release = approved_release(session, str(period))
    if release is not None:
        tables = [one.table for one in tables_of(session, release.id, audience)]
        rules, known_at = definitions_numbered(release.definitions_version or 1), release.known_at
        source = f"release {release.number}, edition {release.edition}"
    else:
        tables = [one.table for one in current_tables(session, str(period), audience)]
        rules, known_at = definitions(period.last_day), None
        source = "current, not released"
    shown = [table for table in tables if table is not None]
    if not shown:
        return None
    return {
        "period": str(period),
        "source": source,
        "audience": audience.value,
        "definitions": rules.version,
        "protected": True,
        "figures": _figures(session, shown, rules, period, audience, known_at),
        "tables": {table.code: _table(table) for table in shown},
    }


def _figures(
    session: Session,
    tables: Sequence[ProtectedTable],
    rules: IndicatorsFile,
    period: Period,
    audience: Audience,
    known_at: datetime | None,
) -> dict[str, Any]:
    """`known_at`: by what was known of the population then."""
    people = population(session, period.year, known_at=known_at)
    children = None if people.missing else people.total
    rows = figures_from(tables, period, children=children, missing=len(people.missing))
    return {
        row["code"]: {
            "title": rules.indicator(row["code"]).title.vi,
            "numerator": row["numerator"],
            "denominator": row["denominator"],
            "value": None if row["value"] is None else float(row["value"]),
            "is_hidden": row["is_hidden"],
        }
        for row in rows
        if row["audience"] is audience
    }


def _table(table: ProtectedTable) -> dict[str, Any]:
    cells = {"|".join(place): cell.value for place, cell in table.cells.items()}
    return {"axes": [axis.code for axis in table.axes], "cells": cells}
