"""Which shade a figure has on a map or in a row of bars: classes of about as many places each."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

CLASSES = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """`classes` are the lowest and the largest value of each, rising."""

    classes: tuple[tuple[Decimal, Decimal], ...]

    def shade(self, value: Decimal) -> int:
        """1 for the lowest class; the last one takes all above."""
        found = (n for n, (_low, high) in enumerate(self.classes, 1) if value <= high)
        return next(found, len(self.classes))


def scale_of(values: Iterable[Decimal]) -> Scale | None:
    """Quintiles of the open values; equal values are never parted. None where there are none."""
    found = sorted(values)
    if not found:
        return None
    limits = sorted({_at(found, n) for n in range(1, CLASSES + 1)})
    starts = [found[0], *(found[bisect_right(found, limit)] for limit in limits[:-1])]
    return Scale(tuple(zip(starts, limits, strict=True)))


def _at(found: Sequence[Decimal], part: int) -> Decimal:
    return found[max(0, -(-len(found) * part // CLASSES) - 1)]
