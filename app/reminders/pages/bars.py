"""Rows of stacked bars as SVG; the numbers stand in a table beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, ROW, BAR, MOST_ROWS, MOST_LETTERS = 420, 44, 14, 12, 40


@dataclass(frozen=True, slots=True)
class Bar:
    """`parts`: (class in the style sheet, how many); `count` stands at the end of the row."""

    label: str
    count: str
    parts: Sequence[tuple[str, int]]

    @property
    def length(self) -> int:
        return sum(value for _name, value in self.parts)


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """At most MOST_ROWS; the longest bar is as wide as the picture."""
    shown = rows[:MOST_ROWS]
    most = max((row.length for row in shown), default=0) or 1
    drawn = (piece for n, row in enumerate(shown) for piece in _row(row, n * ROW, WIDTH / most))
    head = (
        f'<svg class="board-bars" viewBox="0 0 {WIDTH} {max(len(shown), 1) * ROW}" role="img"'
        f' aria-label="{escape(title)}">'
    )
    return Markup(head + "".join(drawn) + "</svg>")  # noqa: S704  # texts are escaped


def _row(row: Bar, top: int, unit: float) -> Iterable[str]:
    label = row.label
    short = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1].rstrip()}…"
    yield f'<text x="0" y="{top + 15}">{escape(short)}</text>'
    yield f'<text class="count" x="{WIDTH}" y="{top + 15}">{escape(row.count)}</text>'
    left = 0.0
    for name, value in row.parts:
        width = value * unit
        if value:
            yield (
                f'<rect class="{name}" x="{left:.1f}" y="{top + 21}" width="{width:.1f}"'
                f' height="{BAR}"/>'
            )
        left += width
