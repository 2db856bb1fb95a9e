"""From moments to places: an axis that gives hours room and makes empty weeks short."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from app.core import clock

# The width of the time between two neighbouring moments grows with this power of its length: ten
# minutes stay visible beside a fortnight, and longer is always wider.
_POWER = 0.45
_STEPS = (720, 360, 180, 60, 30, 15)
_NARROW = 30  # a step that would be narrower than this on average is not tried


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    at: datetime
    is_day: bool


class Scale:
    """A rising map of moments to x; straight between neighbouring knots."""

    def __init__(self, moments: Iterable[datetime], left: float, right: float) -> None:
        self.knots = sorted({moment.timestamp() for moment in moments})
        if not self.knots:
            raise ValueError("an axis needs a moment")
        widths = [((b - a) / 3600) ** _POWER for a, b in pairwise(self.knots)]
        unit = (right - left) / sum(widths) if widths else 0.0
        self.places = [left]
        for width in widths:
            self.places.append(min(right, self.places[-1] + width * unit))

    def x(self, moment: datetime) -> float:
        """The place of a moment between the first and the last knot; the ends for one beyond."""
        second = moment.timestamp()
        index = bisect_right(self.knots, second) - 1
        if index < 0:
            return self.places[0]
        if index >= len(self.knots) - 1:
            return self.places[-1]
        start, end = self.knots[index], self.knots[index + 1]
        share = (second - start) / (end - start)
        return self.places[index] + share * (self.places[index + 1] - self.places[index])

    def ticks(self, width_of: Callable[[datetime, bool], float]) -> list[Tick]:
        """Midnights first, then finer hours as far as there is room; labels never meet.

        `width_of` says how wide the label of a tick is (moment, is it a midnight). An hour stands
        only in a day whose midnights are both drawn or outside the axis: its day must be clear.
        """
        room = _Room(self, width_of)
        midnight = room.first.replace(hour=0, minute=0, second=0, microsecond=0)
        days = (room.last - midnight).days + 1
        for day in _days(days):
            room.add(midnight + timedelta(days=day), is_day=True)
        shown = {tick.at for tick in room.ticks}
        for day in range(min(days, 40)):
            start = midnight + timedelta(days=day)
            end = start + timedelta(days=1)
            if (start in shown or start < room.first) and (end in shown or end > room.last):
                wide = self.x(end) - self.x(start)
                for minutes in _hours_with_room(wide):
                    room.add(start + timedelta(minutes=minutes), is_day=False)
        return sorted(room.ticks, key=lambda tick: tick.x)


class _Room:
    """The ticks so far and the places their labels take."""

    def __init__(self, scale: Scale, width_of: Callable[[datetime, bool], float]) -> None:
        self.first, self.last = (
            datetime.fromtimestamp(knot, clock.LOCAL) for knot in (scale.knots[0], scale.knots[-1])
        )
        self.ticks: list[Tick] = []
        self._scale, self._width_of = scale, width_of
        self._taken: list[tuple[float, float]] = []

    def add(self, moment: datetime, *, is_day: bool) -> None:
        """A tick, if the moment is on the axis and its label has room."""
        if not self.first <= moment <= self.last:
            return
        half, x = self._width_of(moment, is_day) / 2 + 6, self._scale.x(moment)
        if all(x + half <= left or x - half >= right for left, right in self._taken):
            self._taken.append((x - half, x + half))
            self.ticks.append(Tick(x, moment, is_day))


def _hours_with_room(wide: float) -> tuple[int, ...]:
    """Minutes of the day for ticks of a day so wide: noon first, then ever finer."""
    steps = tuple(step for step in _STEPS if wide * step / 1440 >= _NARROW)
    return _minutes(steps)


@lru_cache(maxsize=len(_STEPS) + 1)
def _minutes(steps: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(m for step in steps for m in range(step, 1440, step)))


def _days(count: int) -> Iterable[int]:
    """Every midnight of a few weeks; of months and years some of them."""
    return range(0, count + 1, max(1, count // 60))
