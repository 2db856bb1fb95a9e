"""Which shade a figure has on a map or in a row of bars: classes of about as many places each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

CLASSES = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """`limits` are the largest value of each class, rising; the last one takes all above."""

    lowest: Decimal
    limits: tuple[Decimal, ...]

    def shade(self, value: Decimal) -> int:
        """1 for the lowest class."""
        return next(
            (n for n, limit in enumerate(self.limits, 1) if value <= limit), len(self.limits)
        )

    @property
    def classes(self) -> list[tuple[int, Decimal, Decimal]]:
        """(shade, from, to). Only the first one has its own lowest value in it."""
        starts = [self.lowest, *self.limits]
        return [(n, starts[n - 1], limit) for n, limit in enumerate(self.limits, 1)]


def scale_of(values: Iterable[Decimal]) -> Scale | None:
    """Quintiles of the open values; equal values are never parted. None where there are none."""
    found = sorted(values)
    if not found:
        return None
    limits = sorted({_at(found, n) for n in range(1, CLASSES + 1)})
    return Scale(found[0], tuple(limits))


def _at(found: Sequence[Decimal], part: int) -> Decimal:
    return found[max(0, -(-len(found) * part // CLASSES) - 1)]
