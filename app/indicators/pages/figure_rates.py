"""What a file says of each indicator for the province: counts and rates, of protected figures
alone, hidden where the pages hide them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TypeAlias

from app.indicators.definitions import Indicator, IndicatorsFile
from app.indicators.pages.cards import Figure
from app.indicators.protection.rates import Rate, RateState

HIDDEN = "c"  # confidential: the code of SDMX for what may not be seen
MISSING = "m"  # nobody has entered the population
MEASURES = ("numerator", "denominator", "rate", "rate_low", "rate_high")
Value: TypeAlias = int | Decimal | None
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """`rate` is None where the indicator is a count alone. `rate_low` and `rate_high` differ where
    the counts are rounded: between them lies the true rate, so they are rounded away from it."""

    indicator: Indicator
    numerator: int | None
    denominator: int | None
    rate: Rate | None

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
            rate = one.rate(indicator) if indicator.per is not None else None
            yield code, FigureLine(indicator, one.numerator, one.denominator, rate)


def _short(value: Decimal | None, rounding: str) -> Decimal | None:
    return None if value is None else value.quantize(_STEP, rounding)
