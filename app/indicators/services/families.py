"""What is protected together, and how what came of it is kept: for current tables and releases."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from app.indicators.definitions import TOO_LARGE, IndicatorsFile, TableDefinition
from app.indicators.protection.known import universe_of
from app.indicators.protection.rules import disclosure_rules
from app.indicators.services.bundles import Outcome
from app.indicators.tables import CountTable


def families_of(
    rules: IndicatorsFile, codes: frozenset[str] | None
) -> Iterator[tuple[frozenset[str], list[TableDefinition]]]:
    """What is protected together: the universes of a family and their tables."""
    family = disclosure_rules().newest.family
    wanted = [
        one
        for one in rules.tables.values()
        if (one.code not in TOO_LARGE if codes is None else one.code in codes)
    ]
    wanted.sort(key=lambda one: family(one.universe))
    for _, members in groupby(wanted, key=lambda one: family(one.universe)):
        tables = list(members)
        yield frozenset(one.universe for one in tables), tables


def universes_beside(counts: Sequence[CountTable]) -> frozenset[str]:
    """Every universe of the family, also those of which nothing is counted now."""
    rule = disclosure_rules().newest
    known = {rule.family(universe_of(one.code)) for one in counts}
    return frozenset(one for one in rule.times if rule.family(one) in known)


def columns_of(outcome: Outcome) -> dict[str, object]:
    content = outcome.table.to_json() if outcome.table else None
    certificate = content.pop("certificate") if content else None
    return {
        "code": outcome.code,
        "audience": outcome.audience,
        "content": content,
        "certificate": certificate,
        "problem": outcome.problem,
    }
