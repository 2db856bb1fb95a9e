"""A row of bars as SVG, one a category; what is hidden has no length. The figures stand in a table
beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

WIDTH, ROW, HEIGHT, MOST_LETTERS = 420, 46, 14, 46


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` is None where it is hidden; `words` is what it is called."""

    label: str
    value: Decimal | None
    words: str


def figure_bars(title: str, bars: Sequence[Bar], full: Decimal | None = None) -> Markup:
    """`full` is as wide as the picture; the longest bar where it is not said."""
    most = full or max((bar.value or 0 for bar in bars), default=0) or 1
    head = (
        f'<svg class="fig-bars" viewBox="0 0 {WIDTH} {max(len(bars), 1) * ROW}" role="img"'
        f' aria-label="{escape(title)}">'
    )
    drawn = (
        piece for n, bar in enumerate(bars) for piece in _bar(bar, n * ROW, WIDTH / float(most))
    )
    return Markup(head + "".join(drawn) + "</svg>")  # noqa: S704  # texts are escaped


def _bar(bar: Bar, top: int, unit: float) -> Iterator[str]:
    label = bar.label
    short = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1].rstrip()}…"
    yield f'<text x="0" y="{top + 15}">{escape(short)}</text>'
    yield f'<text class="fig-count" x="{WIDTH}" y="{top + 15}">{escape(bar.words)}</text>'
    yield f'<rect class="fig-track" x="0" y="{top + 22}" width="{WIDTH}" height="{HEIGHT}"/>'
    if bar.value:
        width = float(bar.value) * unit
        yield f'<rect class="fig-bar" x="0" y="{top + 22}" width="{width:.1f}" height="{HEIGHT}"/>'
