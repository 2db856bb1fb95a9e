"""The risk of a child over time as SVG: a line of steps that count, a dot for each assessment."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from app.cases.enums import RiskLevel
from app.cases.lanes.scale import Scale
from app.cases.risk import RiskStep
from app.core import clock

WIDTH, HEIGHT = 420, 196
_LEFT, _RIGHT = 86, 404
_Y = {RiskLevel.HIGH: 42, RiskLevel.MEDIUM: 92, RiskLevel.LOW: 142}
_FOOT = 164
_LABEL = 54  # room for "Mẫu 02"
_DAY, _DAY_OF_YEAR = 40, 58  # for "05/02" and "05/02/26"
_YEAR = timedelta(days=300)


def draw_steps(
    steps: Sequence[RiskStep],
    *,
    until: datetime,
    names: Mapping[RiskLevel, str],
    aria_label: str,
) -> Markup:
    """One <svg>; the line goes on to `until`. `names` are the words of the levels."""
    moments = [step.point.at for step in steps]
    end = max(until, *moments)
    scale = Scale([*moments, end], _LEFT + 28, _RIGHT)
    parts = [*_grid(names), _line(steps, scale, end), *_dots(steps, scale), *_dates(moments, scale)]
    head = (
        f'<svg class="risk-svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(aria_label)}">'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  # texts are escaped


def _grid(names: Mapping[RiskLevel, str]) -> Iterator[str]:
    yield '<g class="grid">'
    for level, y in _Y.items():
        yield f'<line x1="{_LEFT}" x2="{WIDTH - 8}" y1="{y}" y2="{y}"/>'
        yield f'<text x="0" y="{y + 4}">{escape(names[level])}</text>'
    yield "</g>"


def _line(steps: Sequence[RiskStep], scale: Scale, end: datetime) -> str:
    """From step to step, and on to the end at the level that counts now."""
    first = steps[0]
    path = f"M{_n(scale.x(first.point.at))} {_Y[first.counts]}"
    for step in steps[1:]:
        path += f"H{_n(scale.x(step.point.at))}V{_Y[step.counts]}"
    return f'<path class="line" d="{path}H{_n(scale.x(end))}"/>'


def _dots(steps: Sequence[RiskStep], scale: Scale) -> Iterator[str]:
    taken: dict[RiskLevel, float] = {}
    for step in steps:
        point, x, y = step.point, scale.x(step.point.at), _Y[step.point.level]
        kept = " kept" if step.is_kept_higher else ""
        title = f"{point.form}, {clock.local(point.at):%d/%m/%Y}"
        yield (
            f'<circle class="l-{point.level.value.lower()}{kept}" cx="{_n(x)}" cy="{y}" r="7">'
            f"<title>{escape(title)}</title></circle>"
        )
        if x - taken.get(point.level, 0) >= _LABEL:
            taken[point.level] = x
            yield f'<text class="form" x="{_n(x)}" y="{y - 13}">{escape(point.form)}</text>'


def _dates(moments: Sequence[datetime], scale: Scale) -> Iterator[str]:
    is_long = max(moments) - min(moments) > _YEAR
    room, last = _DAY_OF_YEAR if is_long else _DAY, float("-inf")
    for moment in moments:
        x = scale.x(moment)
        if x - last < room:
            continue
        last = x
        day = clock.local(moment).strftime("%d/%m/%y" if is_long else "%d/%m")
        yield f'<line class="tick" x1="{_n(x)}" x2="{_n(x)}" y1="{_FOOT}" y2="{_FOOT + 6}"/>'
        yield f'<text class="day" x="{_n(x)}" y="{_FOOT + 22}">{day}</text>'


def _n(value: float) -> str:
    """At most one decimal: the page stays small."""
    return f"{value:.1f}".removesuffix(".0")
