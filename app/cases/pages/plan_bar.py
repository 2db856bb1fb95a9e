"""The bar of what was planned against what is done, as SVG, with the table of its numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from app.cases.labels import label_of
from app.cases.models import PlanActivity
from app.cases.models.plans import UNANSWERED, ActivityState
from app.reference.library import code_list
from app.web.words import _

WIDTH, ROW, BAR, LEFT, ROOM = 360, 46, 14, 1, 310


@dataclass(frozen=True, slots=True)
class Share:
    """The activities of one domain, or of the plan: how many there are, should be answered for by
    today, are done, under way, not done, late."""

    label: str
    planned: int
    due: int
    done: int
    doing: int
    not_done: int
    late: int


def shares(activities: Sequence[PlanActivity], today: date) -> list[Share]:
    """The whole plan first, then its domains in the order of their list."""
    used = {row.domain for row in activities}
    by_domain = (
        _share(label_of("needs", code), [row for row in activities if row.domain == code], today)
        for code in code_list("needs").by_code
        if code in used
    )
    return [_share(_("Cả kế hoạch"), activities, today), *by_domain]


def _share(label: str, rows: Sequence[PlanActivity], today: date) -> Share:
    def count(state: ActivityState) -> int:
        return sum(row.state is state for row in rows)

    return Share(
        label=label,
        planned=len(rows),
        due=sum(row.ends_on < today or row.state not in UNANSWERED for row in rows),
        done=count(ActivityState.DONE),
        doing=count(ActivityState.DOING),
        not_done=count(ActivityState.NOT_DONE),
        late=sum(row.ends_on < today and row.state in UNANSWERED for row in rows),
    )


def bar_svg(found: Sequence[Share]) -> Markup:
    """One row for each share: an outline for what was planned, in it what became of it."""
    whole = found[0]
    title = _(
        "Kế hoạch %(planned)s hoạt động: %(done)s đã xong, %(doing)s đang làm, %(late)s quá hạn.",
        planned=whole.planned,
        done=whole.done,
        doing=whole.doing,
        late=whole.late,
    )
    height = ROW * len(found)
    head = (
        f'<svg class="plan-bar" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}">'
    )
    most = max((share.planned for share in found), default=1) or 1
    parts = (piece for n, share in enumerate(found) for piece in _row(share, n * ROW, most))
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  # texts are escaped


def _row(share: Share, top: int, most: int) -> Iterator[str]:
    unit, y = ROOM / most, top + 22
    yield f'<text x="0" y="{top + 15}">{escape(share.label)}</text>'
    yield f'<text class="count" x="{WIDTH}" y="{y + 12}">{share.done}/{share.planned}</text>'
    yield _rect("planned", LEFT, y, share.planned * unit)
    yield from _segments(share, y, unit)


def _segments(share: Share, y: int, unit: float) -> Iterable[str]:
    x = float(LEFT)
    pieces = (
        ("done", share.done),
        ("not-done", share.not_done),
        ("late", share.late),
    )
    for name, count in pieces:
        if count:
            yield _rect(name, x, y, count * unit)
            x += count * unit


def _rect(name: str, x: float, y: int, width: float) -> str:
    return f'<rect class="{name}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}"/>'
