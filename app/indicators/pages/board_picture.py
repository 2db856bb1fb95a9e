"""Pictures of a part by year as SVG: classes for the looks, attributes for the places. Every figure
in them stands in words beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

Point = tuple[int, Decimal]


@dataclass(frozen=True, slots=True)
class Course:
    """`values` that count, `corners` of the way that was to be gone, `ahead` the way that is left
    (from the newest value), the `target` of the last year; years from `first` to `last`."""

    first: int
    last: int
    values: Sequence[Point]
    corners: Sequence[Point]
    ahead: Sequence[Point]
    milestones: Sequence[Point]
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class Frame:
    left: float
    right: float
    top: float
    bottom: float


class _Scale:
    def __init__(self, course: Course, frame: Frame) -> None:
        given = [value for _year, value in (*course.values, *course.corners, *course.ahead)]
        if course.target is not None:
            given.append(course.target)
        low, high = (min(given), max(given)) if given else (Decimal(0), Decimal(1))
        spare = (high - low) * Decimal("0.12") or max(abs(high) * Decimal("0.1"), Decimal(1))
        self.low, self.high = max(low - spare, Decimal(0)), high + spare
        self.course, self.frame = course, frame

    def x(self, year: int) -> float:
        years = max(1, self.course.last - self.course.first)
        share = (year - self.course.first) / years
        return self.frame.left + share * (self.frame.right - self.frame.left)

    def y(self, value: Decimal) -> float:
        share = float((value - self.low) / (self.high - self.low))
        return self.frame.bottom - share * (self.frame.bottom - self.frame.top)

    def line(self, points: Sequence[Point], css: str) -> str:
        if len(points) < 2:
            return ""
        places = " ".join(f"{_n(self.x(year))},{_n(self.y(value))}" for year, value in points)
        return f'<polyline class="{css}" points="{places}"/>'


_SPARK = Frame(4, 132, 5, 35)
_CHART = Frame(46, 404, 26, 210)
_LETTER = 8  # how wide one of a value is at most


def spark(course: Course, label: str) -> Markup:
    """Small, for a line of the board."""
    scale = _Scale(course, _SPARK)
    head = f'<svg class="b24-spark" viewBox="0 0 140 40" role="img" aria-label="{escape(label)}">'
    return Markup(head + "".join(_spark_parts(course, scale)) + "</svg>")  # noqa: S704  # escaped


def _spark_parts(course: Course, scale: _Scale) -> Iterator[str]:
    if course.target is not None:
        y = _n(scale.y(course.target))
        yield f'<line class="b24-target" x1="4" x2="136" y1="{y}" y2="{y}"/>'
    yield scale.line(course.ahead, "b24-ahead")
    yield scale.line(course.values, "b24-line")
    for year, value in course.values[-1:]:
        x, y = _n(scale.x(year)), _n(scale.y(value))
        yield f'<circle class="b24-dot" cx="{x}" cy="{y}" r="3.5"/>'


def chart(course: Course, label: str, words: dict[Decimal, str]) -> Markup:
    """For the page of a part; `words` are what the values are called."""
    scale = _Scale(course, _CHART)
    head = f'<svg class="b24-chart" viewBox="0 0 420 240" role="img" aria-label="{escape(label)}">'
    return Markup(head + "".join(_chart_parts(course, scale, words)) + "</svg>")  # noqa: S704  # escaped


def _chart_parts(course: Course, scale: _Scale, words: dict[Decimal, str]) -> Iterator[str]:
    yield from _axis(course, scale)
    if course.target is not None:
        y = scale.y(course.target)
        yield f'<line class="b24-target" x1="46" x2="404" y1="{_n(y)}" y2="{_n(y)}"/>'
        text = escape(words.get(course.target, ""))
        yield f'<text class="b24-end" x="42" y="{_n(y + 4)}">{text}</text>'
    yield scale.line(course.corners, "b24-way")
    yield scale.line(course.ahead, "b24-ahead")
    yield scale.line(course.values, "b24-line")
    for year, value in course.milestones:
        x, y = scale.x(year), scale.y(value)
        yield f'<rect class="b24-stone" x="{_n(x - 4)}" y="{_n(y - 4)}" width="8" height="8"/>'
    yield from _dots(course, scale, words)


def _axis(course: Course, scale: _Scale) -> Iterator[str]:
    yield '<line class="b24-axis" x1="46" x2="404" y1="212" y2="212"/>'
    for year in range(course.first, course.last + 1):
        text = str(year) if (course.last - year) % 2 == 0 else ""
        yield f'<text class="b24-year" x="{_n(scale.x(year))}" y="230">{text}</text>'


def _dots(course: Course, scale: _Scale, words: dict[Decimal, str]) -> Iterator[str]:
    """The newest value is called by its number; the others stand in the table."""
    for year, value in course.values:
        x, y = scale.x(year), scale.y(value)
        yield f'<circle class="b24-dot" cx="{_n(x)}" cy="{_n(y)}" r="5"/>'
    if course.values:
        year, value = course.values[-1]
        is_fallen = len(course.values) > 1 and value < course.values[-2][1]
        text = words.get(value, "")
        # left of the way that is left, unless the year is at the edge
        x = max(scale.x(year) - 10, _CHART.left + _LETTER * len(text))
        y = scale.y(value) + (22 if is_fallen else -12)
        yield f'<text class="b24-value" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
