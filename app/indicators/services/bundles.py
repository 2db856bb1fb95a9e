"""Protecting what belongs together. For jobs and commands: it loads a solver."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.core.jobs import STOPPING
from app.indicators.protection.engine import protect
from app.indicators.protection.errors import CannotProtect, Interrupted
from app.indicators.protection.known import span_known, universe_of
from app.indicators.protection.rules import DisclosureRule, disclosure_rules
from app.indicators.protection.spans import Span
from app.indicators.tables import Audience, CountTable, Mark, Place, ProtectedTable

# In this order: what agencies do not see the public does not.
BOTH = (Audience.AGENCY, Audience.PUBLIC)


@dataclass(frozen=True)
class Outcome:
    """`table` is None where it could not be protected: nothing of it is shown."""

    code: str
    audience: Audience
    table: ProtectedTable | None
    problem: str | None = None


def protect_all(
    counts: Sequence[CountTable],
    beside: Sequence[ProtectedTable] = (),
    before: Sequence[ProtectedTable] = (),
    audiences: Sequence[Audience] = BOTH,
) -> list[Outcome]:
    """Each table for the agencies and then for the public, beside each other and what is `beside`.

    Short tables come first: what many read stays open, as far as it can. The public has no table
    that the agencies do not have. `before`: as these tables were shown until now; what they hid for
    the sake of others is hidden again rather than others, which with them would tell it.

    Raises Interrupted between two tables where the process was told to end.
    """
    made: list[Outcome] = []
    again = {(one.code, one.audience): _for_others(one) for one in before}
    ordered = sorted(counts, key=lambda table: len(table.axes))
    for audience in audiences:
        refused = {one.code for one in made if one.table is None}
        for table in ordered:
            if STOPPING.is_set():
                raise Interrupted
            if table.code in refused:
                made.append(Outcome(table.code, audience, None, CannotProtect.__name__))
                continue
            known = [*beside, *(one.table for one in made if one.table is not None)]
            linked, hidden = list(related(table, known)), again.get((table.code, audience), ())
            made.append(_protected(table, audience, linked, hidden))
    return made


def _for_others(table: ProtectedTable) -> list[Place]:
    return [place for place, cell in table.cells.items() if cell.mark is Mark.COMPLEMENTARY]


def _protected(
    table: CountTable,
    audience: Audience,
    linked: Sequence[ProtectedTable],
    again: Collection[Place],
) -> Outcome:
    try:
        made = protect(table, audience, linked=linked, again=again)
        return Outcome(table.code, audience, made)
    except CannotProtect as error:
        return Outcome(table.code, audience, None, type(error).__name__)


def related(
    table: CountTable | ProtectedTable, others: Sequence[ProtectedTable]
) -> Iterator[ProtectedTable]:
    """Those that tell of the same children at a time that hangs together with the table's: of what
    happens in a period also through a third one, as two halves do through their year."""
    rule = disclosure_rules().newest
    family = rule.family(universe_of(table.code))
    far = [one for one in others if rule.family(universe_of(one.code)) == family]
    near: list[CountTable | ProtectedTable] = [table]
    is_stock = any(flow.of == family for flow in rule.flows.values())
    for one in near[:1] if is_stock else near:  # it grows
        own = _Times.of(one, rule)
        reached = [other for other in far if own.meets(_Times.of(other, rule))]
        near += reached
        far = [other for other in far if not any(other is one for one in reached)]
    found = {id(one) for one in near}
    return (one for one in others if id(one) in found)


@dataclass(frozen=True)
class _Times:
    """`during`: its span, where what happened in it is counted. `days`: those whose stock it tells
    of, as the month that begins after them."""

    during: Span | None
    days: frozenset[int]

    @classmethod
    def of(cls, table: CountTable | ProtectedTable, rule: DisclosureRule) -> "_Times":
        """Raises CannotProtect where its period is none."""
        span, universe = span_known(table), universe_of(table.code)
        if span is None:
            raise CannotProtect(f"{table.code}: {table.period} is no period")
        is_during = rule.times.get(universe) in ("events", "distinct")
        has_both = universe in rule.flows or rule.stock(universe) is not None
        days = frozenset({span.start, span.end} if has_both else {span.end})
        return cls(span if is_during else None, days)

    def meets(self, other: "_Times") -> bool:
        if self.during and other.during:
            return self.during.overlaps(other.during)
        return not self.days.isdisjoint(other.days)
