"""Two pictures of the measures as SVG: who answers in time, and how long answers take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup, escape

from app.referrals.queries.measures import Pace
from app.web.filters import duration
from app.web.words import _

WIDTH, ROW, BAR, MOST_ROWS, LINE = 420, 62, 14, 12, 42


@dataclass(frozen=True, slots=True)
class Bar:
    """The answers of one unit."""

    label: str
    in_time: int
    late: int
    declined: int
    sent: int


def answer_bars(bars: Sequence[Bar]) -> Markup:
    """One row for each unit, as long as the number of its answers that were due."""
    shown = bars[:MOST_ROWS]
    most = max((one.in_time + one.late for one in shown), default=0) or 1
    good, bad = sum(one.in_time for one in bars), sum(one.late for one in bars)
    title = _(
        "%(good)s trả lời đúng hạn, %(bad)s muộn hoặc quá hạn chưa trả lời.", good=good, bad=bad
    )
    parts = (piece for n, one in enumerate(shown) for piece in _answers(one, n * ROW, most))
    return _svg(title, len(shown), parts)


def _answers(one: Bar, top: int, most: int) -> Iterable[str]:
    unit = WIDTH / most
    yield _label(one.label, top)
    yield _count(f"{one.in_time}/{one.in_time + one.late}", top)
    yield _rect("in-time", 0, top, one.in_time * unit)
    yield _rect("late", one.in_time * unit, top, one.late * unit)


def time_bars(paces: Sequence[tuple[str, Pace]]) -> Markup:
    """For each service from the median to the 90th percentile of the time to an answer."""
    shown = [(label, p.median or 0, p.most or 0) for label, p in paces[:MOST_ROWS]]
    most = max((end for _label_, _start, end in shown), default=0) or 1
    title = _("Bao lâu thì một nửa, rồi 9 trong 10 phiếu có trả lời, theo việc cần.")
    parts = (piece for n, one in enumerate(shown) for piece in _time(*one, n * ROW, WIDTH / most))
    return _svg(title, len(shown), parts)


def _time(label: str, median: float, most: float, top: int, unit: float) -> Iterable[str]:
    yield _label(label, top)
    yield _count(duration(median), top)
    yield _rect("up-to-median", 0, top, median * unit)
    yield _rect("up-to-most", median * unit, top, (most - median) * unit)


def _svg(title: str, rows: int, parts: Iterable[str]) -> Markup:
    head = (
        f'<svg class="measure-bars" viewBox="0 0 {WIDTH} {max(rows, 1) * ROW}" role="img"'
        f' aria-label="{escape(title)}">'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  # texts are escaped


def _label(text: str, top: int) -> str:
    """In two lines where one would run into the number at the end of the row."""
    lines = wrap(text, LINE) or [""]
    first = f'<text x="0" y="{top + 15}">{escape(lines[0])}</text>'
    if len(lines) == 1:
        return first
    rest = " ".join(lines[1:])
    short = rest if len(rest) <= LINE else f"{rest[: LINE - 1].rstrip()}…"
    return f'{first}<text x="0" y="{top + 31}">{escape(short)}</text>'


def _count(text: str, top: int) -> str:
    return f'<text class="count" x="{WIDTH}" y="{top + 15}">{escape(text)}</text>'


def _rect(name: str, x: float, top: int, width: float) -> str:
    if width <= 0:
        return ""
    return f'<rect class="{name}" x="{x:.1f}" y="{top + 38}" width="{width:.1f}" height="{BAR}"/>'
