"""Rates, from protected counts only."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from app.indicators.tables import Cell


class RateState(StrEnum):
    KNOWN = "known"
    HIDDEN = "hidden"  # numerator or denominator is hidden
    MISSING = "missing"  # nobody has entered a denominator
    UNDEFINED = "undefined"  # no children at all: there is no rate


@dataclass(frozen=True)
class Rate:
    """`value` of `per`, and between which values the rate lies where figures are rounded."""

    state: RateState
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def rate(
    numerator: Cell,
    denominator: Cell | int | None,
    *,
    per: int = 100,
    round_to: int = 1,
    digits: int = 2,
) -> Rate:
    """`round_to`: of the audience's rule, for what is a protected cell; a population is exact.

    A rounded figure gives a rate of the rounded figure, never of the true one.
    """
    if denominator is None:
        return Rate(RateState.MISSING)
    if numerator.value is None or (isinstance(denominator, Cell) and denominator.value is None):
        return Rate(RateState.HIDDEN)
    lowest, value, highest = _possible(denominator, round_to)
    if value == 0:
        return Rate(RateState.UNDEFINED)
    low, shown, high = _possible(numerator, round_to)
    return Rate(
        RateState.KNOWN,
        value=_part(shown, value, per, digits),
        low=_part(low, highest, per, digits),
        high=_part(high, max(lowest, 1), per, digits),
    )


def _possible(figure: Cell | int, round_to: int) -> tuple[int, int, int]:
    """Lowest, published and highest figure."""
    if isinstance(figure, int):
        return figure, figure, figure
    shown, half = figure.value or 0, round_to // 2
    return (max(shown - half, 0), shown, shown + half) if shown else (0, 0, 0)


def _part(numerator: int, denominator: int, per: int, digits: int) -> Decimal:
    exact = Decimal(numerator) * per / Decimal(denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
