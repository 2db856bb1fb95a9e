"""What is to be drawn, in words and moments; no places on paper yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ghost:
    """A step the law asks for. `at` is when it is due; `label` names it and its term.

    `done_at` is when it was really done. `late_until` is when it was done too late, or the present
    while it is overdue, else None.
    """

    label: str
    at: datetime
    done_at: datetime | None = None
    late_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """Something that was done. A minor entry has no `label`, only a `title` for the pointer."""

    lane: str
    at: datetime
    label: str
    title: str
    is_late: bool = False
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One case. `lanes` are (key, name) in the order in which they are drawn, the law's lane apart.

    `now` is None once the case has ended; `later` names the steps that have no date yet.
    """

    law_name: str
    lanes: tuple[tuple[str, str], ...]
    ghosts: tuple[Ghost, ...]
    dots: tuple[Dot, ...]
    now: datetime | None
    now_label: str
    later: str
    aria_label: str

    def moments(self) -> Iterator[datetime]:
        """Every moment that gets a place on the axis."""
        for ghost in self.ghosts:
            yield from (at for at in (ghost.at, ghost.done_at, ghost.late_until) if at)
        for dot in self.dots:
            yield dot.at
        if self.now:
            yield self.now
