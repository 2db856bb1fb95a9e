"""The figures of the indicators from protected tables: a rate is never of a true count."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.indicators.definitions import Indicator, IndicatorsFile, definitions
from app.indicators.periods import Period
from app.indicators.protection.rates import RateState, rate
from app.indicators.protection.rules import rule_numbered
from app.indicators.queries.axes import GIVEN, KEPT
from app.indicators.tables import TOTAL, Audience, Cell, ProtectedTable

_DIGITS = 4
HIDDEN = Cell(None)
COUNTED = {"kept": KEPT, "given": GIVEN}  # of these axes only this category is the numerator


def figures_from(
    tables: Sequence[ProtectedTable], period: Period, *, children: int | None, missing: int
) -> list[dict[str, Any]]:
    """The columns of a ReleaseFigure for each indicator and audience. `children`: the population of
    the province, None where it is not known of `missing` communes."""
    rules = definitions(period.last_day)
    found = []
    for audience in Audience:
        shown = [one for one in tables if one.audience is audience]
        if not shown:
            continue
        round_to = rule_numbered(shown[0].rule_version).bounds(audience).round_to
        totals = totals_of(shown, rules)
        for code, indicator in rules.indicators.items():
            if code not in totals:
                continue
            below = _denominator(indicator, rules, totals, children)
            uses_population = indicator.denominator_source == "population"
            found.append(
                {
                    "code": code,
                    "audience": audience,
                    "part": indicator.part,
                    "year": period.year,
                    "missing": missing if uses_population else 0,
                    **_value(indicator, totals[code][0], below, round_to),
                }
            )
    return found


def totals_of(
    tables: Sequence[ProtectedTable], rules: IndicatorsFile
) -> dict[str, tuple[Cell, Cell]]:
    """By indicator the cells of its numerator and of all it counts."""
    found: dict[str, tuple[Cell, Cell]] = {}
    for table in tables:
        code = next(
            code
            for code, one in rules.indicators.items()
            if any(its.code == table.code for its in one.tables)
        )
        axes = [axis.code for axis in table.axes]
        whole = table[(TOTAL,) * len(axes)]
        part = table[tuple(COUNTED.get(axis, TOTAL) for axis in axes)]
        if code not in found or found[code][0].is_hidden:
            found[code] = part, whole
    return found


def _denominator(
    indicator: Indicator,
    rules: IndicatorsFile,
    totals: Mapping[str, tuple[Cell, Cell]],
    children: int | None,
) -> Cell | int | None:
    match indicator.denominator_source:
        case None:
            return None
        case "population":
            return children
        case source:
            code = next(code for code, one in rules.indicators.items() if one.source == source)
            return totals[code][1] if code in totals else HIDDEN


def _value(
    indicator: Indicator, above: Cell, below: Cell | int | None, round_to: int
) -> dict[str, Any]:
    found = rate(above, below, per=indicator.per or 1, round_to=round_to, digits=_DIGITS)
    is_known = indicator.per is not None and found.state is RateState.KNOWN
    return {
        "numerator": above.value,
        "denominator": below.value if isinstance(below, Cell) else below,
        "value": found.value if is_known else None,
        "is_hidden": above.is_hidden or found.state is RateState.HIDDEN,
    }
