"""Places for everything in a scene: dots, labels that never overlap on their lane, the axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.cases.lanes.scale import Scale, Tick
from app.cases.lanes.scene import Dot, Ghost, Scene
from app.core import clock
from app.reference.texts import current_locale

WIDTH, LEFT, RIGHT = 1180, 148, 1172
_INSET = 24  # the first and last dot stand inside the axis
_RADIUS = 7
_APART = 17  # dots that would be nearer than this become one
_LINE = 15  # the height of a line of text
_GAP = 8  # between two labels of a line
LETTER = 7.4  # a generous width of a letter of 12 px
_TOP = 34
_WEEKDAYS = {
    "vi": ("T2", "T3", "T4", "T5", "T6", "T7", "CN"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


@dataclass(frozen=True, slots=True)
class Label:
    """Text from `left` to `right` with its base line at `y`."""

    text: str
    left: float
    right: float
    y: float
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot: one thing done, or several too near to be told apart."""

    x: float
    y: float
    title: str
    count: int = 1
    is_late: bool = False
    is_locked: bool = False
    is_met: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """`checks` are the moments at which steps of the law were really done."""

    name: str
    y: float
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    checks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything with its place; (from x, to x) of the law's lane are `overdue`, red stretches, and
    `spare`, thin ones from what was done in time to when it was due."""

    width: int
    height: int
    law: Lane
    overdue: tuple[tuple[float, float], ...]
    spare: tuple[tuple[float, float], ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    now_x: float | None
    now_label: Label | None
    aria_label: str


@dataclass
class _Lines:
    """The lines of text of one lane, above (negative) and below (positive) its dots."""

    used: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def place(self, text: str, x: float, order: Sequence[int]) -> tuple[int, float, float] | None:
        """(line, left, right) of the first line with room, None where all are full."""
        width = len(text) * LETTER
        left = min(max(x - width / 2, LEFT), max(LEFT, RIGHT - width))
        right = min(left + width, RIGHT)
        for line in order:
            taken = self.used.setdefault(line, [])
            if all(right + _GAP <= a or left >= b + _GAP for a, b in taken):
                taken.append((left, right))
                return line, left, right
        return None

    def above(self) -> int:
        return max((-line for line, taken in self.used.items() if line < 0 and taken), default=0)

    def below(self) -> int:
        return max((line for line, taken in self.used.items() if line > 0 and taken), default=0)


def draw(scene: Scene) -> Drawing:
    """The drawing of a scene with at least one moment. Raises ValueError for an empty one."""
    scale = Scale(scene.moments(), LEFT + _INSET, RIGHT - _INSET)
    law, y = _law_lane(scene, scale, _TOP)
    lanes = []
    for key, name in scene.lanes:
        dots = [dot for dot in scene.dots if dot.lane == key]
        lane, y = _lane(name, _gathered(dots, scale), y)
        lanes.append(lane)
    now_x = scale.x(scene.now) if scene.now else None
    height = y + (22 if now_x is not None else 4)
    return Drawing(
        width=WIDTH,
        height=int(height),
        law=law,
        overdue=tuple(_overdue(scene.ghosts, scale)),
        spare=tuple(_spare(scene.ghosts, scale)),
        lanes=tuple(lanes),
        ticks=tuple(scale.ticks(_tick_width)),
        now_x=now_x,
        now_label=_now_label(scene.now_label, now_x, height - 6) if now_x is not None else None,
        aria_label=scene.aria_label,
    )


def tick_text(moment: datetime, is_day: bool) -> str:
    """T7 21/11 at midnight, else 09:00."""
    there = clock.local(moment)
    if is_day:
        return f"{_WEEKDAYS[current_locale()][there.weekday()]} {there:%d/%m}"
    return f"{there:%H:%M}"


def _tick_width(moment: datetime, is_day: bool) -> float:
    return len(tick_text(moment, is_day)) * LETTER


def _law_lane(scene: Scene, scale: Scale, top: float) -> tuple[Lane, float]:
    items = [(scale.x(g.at), g.label, g.label, g) for g in scene.ghosts]
    marks = [
        Mark(x, 0, title, is_met=g.done_at is not None, is_late=g.late_until is not None)
        for x, _, title, g in items
    ]
    lines = _Lines()
    placed = _placed(
        lines,
        [(m.x, label, m) for m, (_, label, _, _) in zip(marks, items, strict=True)],
        (-1, -2, -3, -4, -5, -6),
    )
    if scene.later:
        spot = lines.place(scene.later, RIGHT, (1, 2))
        if spot:
            placed.append((scene.later, *spot, False))
    lane, bottom = _set_down(scene.law_name, marks, placed, lines, top)
    checks = (replace(check, y=lane.y) for check in _checks(scene.ghosts, scale))
    return replace(lane, checks=tuple(checks)), bottom


def _lane(name: str, dots: Sequence[tuple[float, Dot, int]], top: float) -> tuple[Lane, float]:
    marks = [
        Mark(x, 0, dot.title, count=count, is_late=dot.is_late, is_locked=dot.is_locked)
        for x, dot, count in dots
    ]
    lines = _Lines()
    wanted = [(x, dot.label, mark) for (x, dot, _), mark in zip(dots, marks, strict=True)]
    return _set_down(name, marks, _placed(lines, wanted, (1, -1, 2, -2)), lines, top)


Placed = tuple[str, int, float, float, bool]


def _placed(
    lines: _Lines, wanted: Iterable[tuple[float, str, Mark]], order: Sequence[int]
) -> list[Placed]:
    placed: list[Placed] = []
    for x, text, mark in wanted:
        spot = lines.place(text, x, order) if text else None
        if spot:
            placed.append((text, *spot, mark.is_late))
    return placed


def _set_down(
    name: str, marks: Sequence[Mark], placed: Sequence[Placed], lines: _Lines, top: float
) -> tuple[Lane, float]:
    """Give a lane the height its text needs; returns it and where the next one begins."""
    y = top + 16 + lines.above() * _LINE
    labels = tuple(
        Label(text, left, right, y + (line * _LINE + 8 if line > 0 else line * _LINE + 2), late)
        for text, line, left, right, late in placed
    )
    bottom = y + 14 + lines.below() * _LINE
    return Lane(name, y, tuple(replace(mark, y=y) for mark in marks), labels), bottom


def _gathered(dots: Iterable[Dot], scale: Scale) -> list[tuple[float, Dot, int]]:
    """Dots that stand too near each other become one: (x, dot with joined words, how many)."""
    groups: list[tuple[float, list[Dot]]] = []
    for dot in sorted(dots, key=lambda dot: dot.at):
        x = scale.x(dot.at)
        if groups and x - groups[-1][0] < _APART:
            groups[-1][1].append(dot)
        else:
            groups.append((x, [dot]))
    return [(x, _joined(group), len(group)) for x, group in groups]


def _joined(dots: Sequence[Dot]) -> Dot:
    if len(dots) == 1:
        return dots[0]
    words = list(dict.fromkeys(dot.label for dot in dots if dot.label))
    label = ", ".join(words)
    if len(label) > 30:
        label = f"{words[0]} +{len(words) - 1}"
    return replace(
        dots[0],
        label=label,
        title="; ".join(dict.fromkeys(dot.title for dot in dots[:12])),
        is_late=any(dot.is_late for dot in dots),
        is_locked=all(dot.is_locked for dot in dots),
    )


def _checks(ghosts: Iterable[Ghost], scale: Scale) -> Iterable[Mark]:
    """Where steps were done; those that would cover each other become one."""
    done = [(scale.x(ghost.done_at), ghost) for ghost in ghosts if ghost.done_at]
    groups: list[tuple[float, list[Ghost]]] = []
    for x, ghost in sorted(done, key=lambda one: one[0]):
        if groups and x - groups[-1][0] < _APART:
            groups[-1][1].append(ghost)
        else:
            groups.append((x, [ghost]))
    for x, group in groups:
        title = "; ".join(dict.fromkeys(ghost.label for ghost in group))
        yield Mark(x, 0, title, is_late=any(ghost.late_until for ghost in group))


def _spare(ghosts: Iterable[Ghost], scale: Scale) -> Iterable[tuple[float, float]]:
    for ghost in ghosts:
        if ghost.done_at and ghost.done_at < ghost.at:
            yield scale.x(ghost.done_at), scale.x(ghost.at)


def _overdue(ghosts: Iterable[Ghost], scale: Scale) -> Iterable[tuple[float, float]]:
    for ghost in ghosts:
        if ghost.late_until:
            yield scale.x(ghost.at), scale.x(ghost.late_until)


def _now_label(text: str, x: float, y: float) -> Label:
    width = len(text) * LETTER
    left = x + 5 if x + 5 + width <= WIDTH else x - 5 - width
    return Label(text, left, left + width, y)
