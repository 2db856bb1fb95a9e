"""Facts derived from scratch, and the pages of the indicators over them: a page reads one protected
table by its key, however many children and cases there are.

`python -m bench.run --indicators` measures these alone.
"""

import time
from collections.abc import Mapping

from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.indicators.models import FactCase, FactMembership, PopulationCount, PopulationEntry
from app.indicators.periods import Period, PeriodKind
from app.indicators.services.current_tables import refresh
from app.indicators.services.deriving import rebuild
from bench.scenes import Person, opening

REBUILD_SECONDS = 60.0
CODES = frozenset({"special.group_sex", "special.age_sex", "special.commune", "abuse.commune"})


def measure(app: Flask) -> dict[str, float]:
    """Derive all facts anew, then protect what the pages show of this year."""
    with app.app_context():
        began = time.monotonic()
        with db.sessionmaker.begin() as session:
            children = rebuild(session)
        found = {"children": children, "rebuild seconds": round(time.monotonic() - began, 1)}
        began = time.monotonic()
        refresh(now=clock.now(), begin=db.sessionmaker.begin, periods=[_year()], codes=CODES)
        found["protect seconds"] = round(time.monotonic() - began, 1)
        with db.sessionmaker.begin() as session:
            for name, of in (("cases", FactCase.id), ("memberships", FactMembership.id)):
                found[name] = session.scalars(select(func.count(of))).one()
            counted = (
                select(func.coalesce(func.sum(PopulationCount.count), 0))
                .join(PopulationEntry, PopulationEntry.id == PopulationCount.entry_id)
                .where(PopulationEntry.year == _year().year)
            )
            found["population"] = int(session.scalars(counted).one())
    return found


def _year() -> Period:
    return Period.containing(PeriodKind.YEAR, clock.today())


def pages() -> Mapping[str, str]:
    """By name the pages that are asked for."""
    year = _year()
    figures = f"/indicators/figures/8a?period={year}&source=current"
    return {
        "overview": f"/indicators/?period={year}",
        "indicator": figures,
        "map": f"{figures}&table=special.commune",
    }


def requests(name: str, people: list[Person]) -> list[bytes]:
    return opening(pages()[name])(people)


def missed(found: Mapping[str, float]) -> list[str]:
    seconds = found["rebuild seconds"]
    return [f"facts are rebuilt in {seconds} s"] if seconds > REBUILD_SECONDS else []
