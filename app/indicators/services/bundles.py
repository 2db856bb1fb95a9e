"""Protecting what belongs together. For jobs and commands: it loads a solver."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.indicators.protection.engine import protect
from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.known import universe_of
from app.indicators.protection.rules import DisclosureRule, disclosure_rules
from app.indicators.protection.spans import Span, span_of
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
    for other in others:
        if rule.family(universe_of(other.code)) != rule.family(universe):
            continue
        if universe_of(other.code) == universe and rule.times.get(universe) != "date":
            if _span(table).overlaps(_span(other)):
                yield other
        elif _days(table, rule) & _days(other, rule):
            yield other


def _span(table: CountTable | ProtectedTable) -> Span:
    """Raises CannotProtect where its period is none."""
    found = span_of(table.period)
    if found is None:
        raise CannotProtect(f"{table.code}: {table.period} is no period")
    return found


def _days(table: CountTable | ProtectedTable, rule: DisclosureRule) -> set[int]:
    """The days whose stock it tells of, as the month that begins after them."""
    span = _span(table)
    return {span.end, span.start} if universe_of(table.code) in rule.flows else {span.end}
