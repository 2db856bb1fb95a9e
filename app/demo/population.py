"""The children of each commune, year by year: about 890,000 in the province, all made up.

The random numbers come from a generator of its own, so that other parts stay as they are.
"""

from datetime import date, datetime
from random import Random

from app.core import clock
from app.demo.tables import Ids, Rows
from app.indicators.definitions import definitions
from app.indicators.models import PopulationCount, PopulationEntry, PopulationOrigin
from app.reference.communes import communes

CHILDREN = 890_000
YEARS = 3
SOURCE = "Số liệu tổng hợp để trình diễn, không phải số liệu thật"
GROWTH = 0.997  # from one year to the next: fewer are born
BOYS = 0.525


def fill_population(rows: Rows, *, seed: int, until: datetime) -> None:
    """An entry for each commune and each of the last years."""
    rng = Random(f"{seed}-population")
    ids = Ids(rng)
    weights = {one.code: rng.uniform(0.55, 1.45) for one in communes()}
    whole = sum(weights.values())
    last = clock.local(until).year
    for year in range(last - YEARS + 1, last + 1):
        at = min(until, datetime(year, 3, 1, 2, tzinfo=until.tzinfo))
        factor = CHILDREN / whole * GROWTH ** (year - last)
        for code, weight in weights.items():
            _add_entry(rows, ids, rng, year, code, round(weight * factor), at)


def _add_entry(
    rows: Rows, ids: Ids, rng: Random, year: int, commune: str, children: int, at: datetime
) -> None:
    entry = ids.at(at)
    rows.add(
        PopulationEntry,
        id=entry,
        year=year,
        commune_code=commune,
        version=1,
        origin=PopulationOrigin.SYNTHETIC,
        source=SOURCE,
        source_on=date(year, 1, 1),
        at=at,
    )
    rules = definitions(date(year, 12, 31))
    for group in rules.age_groups:
        share = (group.last - group.first + 1) / rules.child_below * rng.uniform(0.94, 1.06)
        boys = BOYS + rng.uniform(-0.01, 0.01)
        for sex, part in (("male", boys), ("female", 1 - boys)):
            count = round(children * share * part)
            rows.add(PopulationCount, entry_id=entry, sex=sex, age_group=group.code, count=count)
