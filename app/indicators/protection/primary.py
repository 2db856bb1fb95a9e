"""What is hidden before anything is calculated: small figures, and margins in one category."""

import math
from collections.abc import Sequence

from app.indicators.protection.known import Group, Known, is_structural
from app.indicators.protection.relations import lines
from app.indicators.protection.rules import DisclosureRule
from app.indicators.tables import TOTAL, Audience, CountTable, Mark, Place


def first_marks(
    table: CountTable, audience: Audience, rule: DisclosureRule
) -> tuple[dict[Place, Mark], tuple[Group, ...]]:
    limit = rule.bounds(audience).hide_up_to
    marks = {p: Mark.PRIMARY if 1 <= n <= limit else Mark.OPEN for p, n in table.cells.items()}
    groups = tuple(full_categories(table, rule))
    for place, _ in groups:
        if marks[place] is Mark.OPEN:
            marks[place] = Mark.GROUP
    return marks, groups


def full_categories(table: CountTable, rule: DisclosureRule) -> Sequence[Group]:
    """Where all children of a total are in one category: who is known to be counted is known to be
    in it. Not where the definition leaves no other category, which everybody knows anyway."""
    found = []
    for line in lines(table.axes):
        total = table.cells[line.total]
        could_be = [p for p in line.parts if not is_structural(table.axes, p, rule)]
        if not total or len(could_be) < 2 or table.axes[line.axis].code in rule.group_exempt_axes:
            continue
        found += [(place, line.axis) for place in could_be if table.cells[place] == total]
    return found


def hidden_before(new: Known, linked: Sequence[Known], rule: DisclosureRule) -> set[Place]:
    """What an earlier table hides stays hidden. What agencies do not see, the public does not:
    then the public's tables never tell the agencies more than their own. Nor does a table show that
    nobody is where another one, of the same zeros, leaves it open."""
    keys = {
        table.key(place)
        for table in linked
        if table.audience in (new.audience, Audience.AGENCY)
        for place, interval in table.cells.items()
        if interval is None and table.marks[place] is not Mark.UNSAID
    }
    zeros = {(rule.twins[of], *rest) for of, *rest in keys if of in rule.twins}
    return {
        place
        for place, interval in new.cells.items()
        if new.key(place) in keys or (interval == (0, 0) and new.key(place) in zeros)
    }


def price(place: Place, count: int, rule: DisclosureRule) -> float:
    """What hiding a figure loses: more for larger ones and much more for totals."""
    totals = place.count(TOTAL)
    return float((1 + math.log1p(count)) * rule.total_weight**totals)
