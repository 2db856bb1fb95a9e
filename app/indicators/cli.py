"""`flask --app wsgi indicators rebuild`, `indicators compute` and what else is done by hand."""

import json
import time
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any, BinaryIO

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.cases.services.event_ages import fill_event_ages
from app.core import clock
from app.core.db import db
from app.indicators.definitions import Indicator, definitions
from app.indicators.outlines import BadOutlines
from app.indicators.periods import BadPeriod, Period
from app.indicators.queries.counting import Figure, count, figure
from app.indicators.queries.protected import protected_figures
from app.indicators.services.deriving import rebuild, waiting
from app.indicators.services.outlines import load_outlines
from app.indicators.tables import CountTable

cli = AppGroup("indicators")
NOT_PROTECTED = (
    "There are no protected figures of this period, neither released nor current. "
    "With --internal the true counts are printed; they must not leave the Department."
)
NO_PAST = "Protected figures are those of a release or of now: --as-of goes with --internal."


@cli.command("rebuild")
def rebuild_command() -> None:
    """Derive all facts anew from the records. The pages go on meanwhile."""
    began = time.monotonic()
    with db.sessionmaker.begin() as session:
        children = rebuild(session)
    click.echo(f"{children} children in {time.monotonic() - began:.1f} s")


@cli.command("ages")
def ages_command() -> None:
    """Note how old children were at the event, in cases that are older than this figure."""
    with db.sessionmaker.begin() as session:
        filled = fill_event_ages(session)
    click.echo(f"{filled} cases have the age at the event now")


@cli.command("outlines")
@click.argument("file", type=click.File("rb"))
@click.option("--source", required=True, help="Whose outlines they are; stands below each map.")
def outlines_command(file: BinaryIO, source: str) -> None:
    """Load the outlines of the communes from a GeoJSON FILE (degrees; properties: code)."""
    try:
        with db.sessionmaker.begin() as session:
            load_outlines(session, content=file.read(), source=source, now=clock.now())
    except BadOutlines as error:
        raise click.ClickException(str(error)) from error
    click.echo("The maps have outlines now.")


@cli.command("compute")
@click.option("--year", "text", required=True, help="2026, or 2026-H1, 2026-Q2, 2026-05.")
@click.option("--as-of", "as_of", help="By what was known at the end of this day (ISO).")
@click.option("--json", "as_json", is_flag=True, help="Figures and tables for programs.")
@click.option("--internal", is_flag=True, help="True counts, unprotected: not for publication.")
def compute_command(text: str, as_of: str | None, as_json: bool, internal: bool) -> None:
    """Print the figures of a period: the protected ones, or with --internal the true counts."""
    period, known_at = _period(text), _end_of(as_of)
    with db.sessionmaker() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        if internal:
            found = _computed(session, period, known_at)
        else:
            found = _protected(session, period, known_at)
    click.echo(json.dumps(found, ensure_ascii=False, indent=1) if as_json else _lines(found))


def _protected(session: Session, period: Period, known_at: datetime | None) -> dict[str, Any]:
    if known_at is not None:
        raise click.ClickException(NO_PAST)
    found = protected_figures(session, period)
    if found is None:
        raise click.ClickException(NOT_PROTECTED)
    return found


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except BadPeriod:
        raise click.BadParameter("expected 2026, 2026-H1, 2026-Q2 or 2026-05") from None


def _end_of(day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise click.BadParameter("expected a day, 2026-12-31") from None
    return datetime.combine(last, time_of_day.max, clock.LOCAL)


def _computed(session: Session, period: Period, known_at: datetime | None) -> dict[str, Any]:
    rules = definitions(period.last_day)
    return {
        "period": str(period),
        "known_at": known_at.isoformat() if known_at else None,
        "definitions": rules.version,
        "protected": False,
        "waiting": waiting(session, clock.now()),
        "figures": {
            code: _figure(one, figure(session, code, period, known_at=known_at))
            for code, one in rules.indicators.items()
        },
        "tables": {
            code: _table(count(session, code, period, known_at=known_at)) for code in rules.tables
        },
    }


def _figure(indicator: Indicator, found: Figure) -> dict[str, Any]:
    per, of = indicator.per, found.denominator
    value = round(found.numerator * per / of, 4) if per and of else None
    return {
        "title": indicator.title.vi,
        "numerator": found.numerator,
        "denominator": of,
        "value": value,
        "communes_without_population": list(found.missing),
    }


def _table(table: CountTable) -> dict[str, Any]:
    cells = {"|".join(place): number for place, number in table.cells.items() if number}
    return {"axes": [axis.code for axis in table.axes], "cells": cells}


def _lines(found: dict[str, Any]) -> str:
    lines = [f"{found['period']}: {found.get('source', 'true counts, unprotected')}"]
    if found.get("waiting"):
        lines.append(f"{found['waiting']} changes are not counted yet")
    for code, one in found["figures"].items():
        of = "?" if one["denominator"] is None else one["denominator"]
        number = "hidden" if one["numerator"] is None else one["numerator"]
        lines.append(f"{code:20} {number:>8} / {of:>8}  {one['value'] or ''}")
    return "\n".join(lines)
