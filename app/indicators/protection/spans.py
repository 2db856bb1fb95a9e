"""Periods as spans of months, and which of them make up another."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|N(?P<nine>1)|(?P<month>0[1-9]|1[0-2])))?"
)


@dataclass(frozen=True, order=True)
class Span:
    """Months since year 0; `end` is the first month after it."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def holds(self, other: "Span") -> bool:
        return self != other and self.start <= other.start and other.end <= self.end


@cache
def span_of(period: str) -> Span | None:
    """That of "2026-05", "2026-Q2", "2026-H1", "2026-N1" or "2026"; None for any other text."""
    found = _PERIOD.fullmatch(period)
    if not found:
        return None
    year = int(found["year"]) * 12
    for name, length in (("quarter", 3), ("half", 6), ("nine", 9), ("month", 1)):
        if found[name]:
            start = year + (int(found[name]) - 1) * length
            return Span(start, start + length)
    return Span(year, year + 12)


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
