"""Protecting what belongs together. For jobs and commands: it loads a solver."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.indicators.periods import Period
from app.indicators.protection.engine import protect
from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.known import universe_of
from app.indicators.protection.rules import disclosure_rules
from app.indicators.tables import Audience, CountTable, ProtectedTable


@dataclass(frozen=True)
class Outcome:
    """`table` is None where it could not be protected: nothing of it is shown."""

    code: str
    audience: Audience
    table: ProtectedTable | None
    problem: str | None = None


def protect_all(
    counts: Sequence[CountTable], beside: Sequence[ProtectedTable] = ()
) -> list[Outcome]:
    """Each table for the agencies and then for the public, beside each other and what is `beside`.

    Short tables come first: what many read stays open, as far as it can. The public has no table
    that the agencies do not have.
    """
    made: list[Outcome] = []
    ordered = sorted(counts, key=lambda table: len(table.axes))
    for audience in (Audience.AGENCY, Audience.PUBLIC):
        refused = {one.code for one in made if one.table is None}
        for table in ordered:
            if table.code in refused:
                made.append(Outcome(table.code, audience, None, CannotProtect.__name__))
                continue
            known = [*beside, *(one.table for one in made if one.table is not None)]
            made.append(_protected(table, audience, list(related(table, known))))
    return made


def _protected(table: CountTable, audience: Audience, linked: Sequence[ProtectedTable]) -> Outcome:
    try:
        return Outcome(table.code, audience, protect(table, audience, linked=linked))
    except CannotProtect as error:
        return Outcome(table.code, audience, None, type(error).__name__)


def related(
    table: CountTable | ProtectedTable, others: Sequence[ProtectedTable]
) -> Iterator[ProtectedTable]:
    """Those that tell of the same children at a time that has to do with the table's."""
    rule, universe = disclosure_rules().newest, universe_of(table.code)
    is_stock = rule.times.get(universe) == "date"
    period = Period.parse(table.period)
    for other in others:
        its_universe, its = universe_of(other.code), Period.parse(other.period)
        if its_universe == universe and not is_stock:
            is_related = _overlap(period, its)
        else:
            is_same = rule.family(its_universe) == rule.family(universe)
            is_related = is_same and period.end == its.end
        if is_related:
            yield other


def _overlap(one: Period, other: Period) -> bool:
    return one.start < other.end and other.start < one.end
