"""What a file says of each indicator, for the province and for each commune: counts and rates, of
protected figures alone, hidden where the pages hide them."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TypeAlias

from app.indicators.definitions import Indicator, IndicatorsFile, TableDefinition
from app.indicators.pages.cards import Figure, round_to_of
from app.indicators.protection.rates import Rate, RateState
from app.indicators.release_figures import COUNTED
from app.indicators.tables import TOTAL, ProtectedTable
from app.reference.communes import communes

HIDDEN = "c"  # confidential: the code of SDMX for what may not be seen
MISSING = "m"  # nobody has entered the population
WITHHELD = "q"  # suppressed: a table of which nothing is given out
MEASURES = ("numerator", "denominator", "rate", "rate_low", "rate_high")
Value: TypeAlias = int | Decimal | None
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """`rate` is None where the indicator is a count alone. `rate_low` and `rate_high` differ where
    the counts are rounded: between them lies the true rate, so they are rounded away from it.
    `rounded`: which counts are. `commune` is "" for the province."""

    indicator: Indicator
    numerator: int | None
    denominator: int | None
    rate: Rate | None
    rounded: Set[str]
    commune: str = ""

    @property
    def values(self) -> Mapping[str, Value]:
        found = self.rate or Rate(RateState.UNDEFINED)
        rates = (
            _short(found.value, ROUND_HALF_UP),
            _short(found.low, ROUND_FLOOR),
            _short(found.high, ROUND_CEILING),
        )
        return dict(zip(MEASURES, (self.numerator, self.denominator, *rates), strict=True))

    @property
    def marks(self) -> Mapping[str, str]:
        """Why there is no value, by measure; a count alone has no denominator and no rate."""
        found = {"numerator": HIDDEN} if self.numerator is None else {}
        if self.rate is None:
            return found
        reason = {RateState.HIDDEN: HIDDEN, RateState.MISSING: MISSING}.get(self.rate.state)
        if self.denominator is None:
            is_population = self.indicator.denominator_source == "population"
            found["denominator"] = MISSING if is_population else HIDDEN
        if reason is not None:
            found |= dict.fromkeys(MEASURES[2:], reason)
        return found


def figure_lines(
    rules: IndicatorsFile, figures: Mapping[str, Figure]
) -> Iterator[tuple[str, FigureLine]]:
    """By code, in the order of the definitions."""
    for code, indicator in rules.indicators.items():
        one = figures.get(code)
        if one is not None:
            yield code, _line(indicator, one)


def commune_lines(
    rules: IndicatorsFile, tables: Sequence[ProtectedTable], people: Mapping[str, int]
) -> Iterator[tuple[str, FigureLine]]:
    """By code, of each commune of a table that is cut by them alone. `people`: the population,
    which is public, of the communes that were entered."""
    by_code = {table.code: table for table in tables}
    for code, indicator in rules.indicators.items():
        for cut in indicator.tables:
            if cut.code in by_code and _has_rates(indicator, cut):
                for one in communes():
                    figure = _figure(by_code[cut.code], one.code, people.get(one.code))
                    yield code, _line(indicator, figure, one.code)


def _has_rates(indicator: Indicator, cut: TableDefinition) -> bool:
    """Of all children there, or of all that the table counts there."""
    of_people = indicator.denominator_source == "population"
    return cut.axes == (("commune",) if of_people else ("commune", "given"))


def _figure(table: ProtectedTable, commune: str, people: int | None) -> Figure:
    parts = [COUNTED[axis.code] for axis in table.axes[1:]]
    whole = table[commune, TOTAL].value if parts else people
    return Figure(table[(commune, *parts)].value, whole, missing=0, round_to=round_to_of(table))


def _line(indicator: Indicator, figure: Figure, commune: str = "") -> FigureLine:
    rate = figure.rate(indicator) if indicator.per is not None else None
    counts = figure.numerator, figure.denominator
    return FigureLine(indicator, *counts, rate, figure.rounded(indicator), commune)


def _short(value: Decimal | None, rounding: str) -> Decimal | None:
    return None if value is None else value.quantize(_STEP, rounding)
