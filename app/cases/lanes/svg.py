"""A drawing as SVG: classes for the looks, attributes for the places, nothing inline."""

from collections.abc import Iterator

from markupsafe import Markup, escape

from app.cases.lanes.drawing import RIGHT, Drawing, Label, Lane, Mark, tick_text

_AXIS = 26  # below the words of the axis
_ROOM, _ASCENT, _DESCENT = 3, 12, 5  # around the words of a label, whose `y` is their base


def render(drawing: Drawing) -> Markup:
    """One <svg> with its title in `aria-label`; every text is escaped."""
    head = (
        f'<svg class="lanes-svg" viewBox="0 0 {drawing.width} {drawing.height}" role="img"'
        f' aria-label="{escape(drawing.aria_label)}">'
    )
    return Markup(head + "".join(_parts(drawing)) + "</svg>")  # noqa: S704  # texts are escaped


def _parts(drawing: Drawing) -> Iterator[str]:
    foot = drawing.height - (22 if drawing.now_x is not None else 4)
    yield from _axis(drawing, foot)
    if drawing.now_x is not None and drawing.now_label is not None:
        yield _now_line(drawing, drawing.now_x, foot)
        yield _text(drawing.now_label, "now-t")
    yield '<g class="names">'
    for lane in (drawing.law, *drawing.lanes):
        yield f'<text x="0" y="{lane.y + 4.5:g}">{escape(lane.name)}</text>'
    yield "</g>"
    yield from _law(drawing)
    for lane in drawing.lanes:
        yield from _lane(lane)


def _now_line(drawing: Drawing, x: float, foot: float) -> str:
    """From top to bottom, and interrupted where words stand: it strikes none through."""
    words = sorted(
        label.y
        for lane in (drawing.law, *drawing.lanes)
        for label in lane.labels
        if label.left - _ROOM <= x <= label.right + _ROOM
    )
    ends = [(y - _ASCENT, y + _DESCENT) for y in words]
    starts = [_AXIS, *(below for _above, below in ends)]
    stops = [*(above for above, _below in ends), foot]
    pieces = [(a, b) for a, b in zip(starts, stops, strict=True) if a < b]
    path = "".join(f"M{_n(x)} {_n(a)}V{_n(b)}" for a, b in pieces)
    return f'<path class="now" d="{path}"/>'


def _axis(drawing: Drawing, foot: float) -> Iterator[str]:
    yield '<g class="grid">'
    for tick in drawing.ticks:
        cls = "" if tick.is_day else ' class="hour"'
        yield f'<line{cls} x1="{_n(tick.x)}" x2="{_n(tick.x)}" y1="{_AXIS}" y2="{_n(foot)}"/>'
    yield '</g><g class="days">'
    for tick in drawing.ticks:
        yield f'<text x="{_n(tick.x)}" y="17">{tick_text(tick.at, tick.is_day)}</text>'
    yield "</g>"


def _law(drawing: Drawing) -> Iterator[str]:
    lane = drawing.law
    yield '<g class="ghost">'
    if lane.marks:
        first = min(mark.x for mark in lane.marks)
        yield f'<line x1="{_n(first)}" x2="{RIGHT}" y1="{_n(lane.y)}" y2="{_n(lane.y)}"/>'
    for name, stretches in (("spare", drawing.spare), ("overdue", drawing.overdue)):
        yield f'</g><g class="{name}">'
        for start, end in stretches:
            yield f'<line x1="{_n(start)}" x2="{_n(end)}" y1="{_n(lane.y)}" y2="{_n(lane.y)}"/>'
    yield '</g><g class="ghost">'
    for mark in sorted(lane.marks, key=lambda mark: mark.is_late):  # red on top
        cls = ' class="over"' if mark.is_late else ' class="met"' if mark.is_met else ""
        yield f'<circle{cls} cx="{_n(mark.x)}" cy="{_n(lane.y)}" r="6"/>'
    yield '</g><g class="checks">'
    for mark in lane.checks:
        yield _check(mark)
    yield '</g><g class="ghost">'
    for label in lane.labels:
        yield _text(label, "over" if label.is_late else "")
    yield "</g>"


def _check(mark: Mark) -> str:
    cls = ' class="over"' if mark.is_late else ""
    x, y = _n(mark.x), _n(mark.y)
    title = f"<title>{escape(mark.title)}</title>"
    tick = f'<path d="M{_n(mark.x - 3.5)} {_n(mark.y + 0.2)}l2.6 2.6 4.6-5"/>'
    return f'<g{cls}><circle cx="{x}" cy="{y}" r="7.5"/>{tick}{title}</g>'


def _lane(lane: Lane) -> Iterator[str]:
    yield '<g class="done">'
    for mark in lane.marks:
        yield _mark(mark)
    for label in lane.labels:
        yield _text(label, "over" if label.is_late else "")
    yield "</g>"


def _mark(mark: Mark) -> str:
    title = f"<title>{escape(mark.title)}</title>"
    x, y = _n(mark.x), _n(mark.y)
    if mark.is_locked:
        return (
            f'<g class="shut"><rect x="{_n(mark.x - 6)}" y="{_n(mark.y - 6)}" width="12"'
            f' height="12" rx="3"/>{title}</g>'
        )
    cls = ' class="over"' if mark.is_late else ""
    circle = f'<circle{cls} cx="{x}" cy="{y}" r="7">{title}</circle>'
    if mark.count == 1:
        return circle
    return f'{circle}<text class="many" x="{x}" y="{_n(mark.y + 3.5)}">{min(mark.count, 99)}</text>'


def _text(label: Label, cls: str) -> str:
    attribute = f' class="{cls}"' if cls else ""
    middle = _n((label.left + label.right) / 2)
    return f'<text{attribute} x="{middle}" y="{_n(label.y)}">{escape(label.text)}</text>'


def _n(value: float) -> str:
    """At most one decimal: the page stays small."""
    return f"{value:.1f}".removesuffix(".0")
