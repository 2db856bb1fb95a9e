"""Periods as spans of months, and which of them make up another."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|N(?P<nine>1)|(?P<month>0[1-9]|1[0-2])))?"
)
_BETWEEN = "/"
MONTHS = 12
LENGTHS = (1, 3, 6, 9, 12)


@dataclass(frozen=True, order=True)
class Span:
    """Months since year 0; `end` is the first month after it."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def holds(self, other: "Span") -> bool:
        return self != other and self.start <= other.start and other.end <= self.end

    def up_to(self, through: str) -> "Span":
        """What of it had begun with a month ("2026-11") that is its last one."""
        last = span_of(through)
        return self if last is None else Span(self.start, max(self.start, min(self.end, last.end)))

    def __str__(self) -> str:
        """Its first and last month: the same for every period that is the same time."""
        return _BETWEEN.join(f"{m // 12:04}-{m % 12 + 1:02}" for m in (self.start, self.end - 1))


@cache
def span_of(period: str) -> Span | None:
    """That of "2026-05", "2026-Q2", "2026-H1", "2026-N1", "2026" or "2026-04/2026-06"; None for any
    other text."""
    first, between, last = period.partition(_BETWEEN)
    if between:
        one, other = span_of(first), span_of(last)
        return Span(one.start, other.end) if one and other else None
    found = _PERIOD.fullmatch(period)
    if not found:
        return None
    year = int(found["year"]) * 12
    for name, length in (("quarter", 3), ("half", 6), ("nine", 9), ("month", 1)):
        if found[name]:
            start = year + (int(found[name]) - 1) * length
            return Span(start, start + length)
    return Span(year, year + 12)


def between(spans: Iterable[Span]) -> list[Span]:
    """The times that spans tell of by being more or less than each other: the shortest ones, and
    those that are periods. The spans themselves are among them."""
    known = set(spans)
    borders = sorted({border for span in known for border in (span.start, span.end)})
    found = {Span(start, end) for start, end in pairwise(borders)}
    for year in {border // MONTHS for border in borders}:
        found |= {one for one in _periods(year) if {one.start, one.end} <= set(borders)}
    return sorted(one for one in found if any(s == one or s.holds(one) for s in known))


@cache
def _periods(year: int) -> frozenset[Span]:
    parts = ((start, length) for length in LENGTHS for start in range(0, MONTHS, length))
    found = (Span(MONTHS * year + start, MONTHS * year + start + length) for start, length in parts)
    return frozenset(one for one in found if one.end <= MONTHS * (year + 1))


def tilings(whole: Span, parts: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Each way in which some of `parts` follow each other to make up `whole`."""
    inner = sorted(part for part in set(parts) if whole.holds(part))

    def continued(at: int) -> Iterator[tuple[Span, ...]]:
        if at == whole.end:
            yield ()
        for part in inner:
            if part.start == at:
                yield from ((part, *rest) for rest in continued(part.end))

    return continued(whole.start)
