"""The scene of a case for its lanes, and the same facts as rows of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.cases.enums import EventKind
from app.cases.labels import agency_name, agency_order
from app.cases.lanes import Dot, Ghost, Scene, draw, render
from app.cases.pages import clocks as words
from app.cases.pages.entries import entry_short, entry_title
from app.cases.queries.events import Entry
from app.core import clock
from app.deadlines.models import ClockState
from app.deadlines.queries import ClockView
from app.deadlines.rules import Clock
from app.web.filters import vn_date, vn_datetime, vn_time
from app.web.words import _, _l

COMMUNE = "commune_pc"
TABLE_LIMIT = 60


@dataclass(frozen=True, slots=True)
class FactRow:
    """One dot in words."""

    when: str
    agency: str
    what: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Picture:
    svg: Markup
    facts: tuple[FactRow, ...]
    has_more_facts: bool
    has_locked: bool


def picture(
    entries: Sequence[Entry],
    clocks: Sequence[ClockView],
    *,
    received_at: datetime,
    now: datetime,
    is_ended: bool,
) -> Picture:
    """The lanes of one case. `entries` in any order."""
    ordered = sorted(entries, key=lambda entry: (entry.happened_at, entry.id))
    dots = tuple(_dots(ordered, clocks))
    scene = Scene(
        law_name=_("Hạn theo luật"),
        lanes=tuple(_lanes(ordered)),
        ghosts=(*_ghosts(clocks, received_at, now), *_steps(ordered, clocks)),
        dots=dots,
        now=None if is_ended else now,
        now_label=_("bây giờ %(time)s", time=vn_time(now)),
        later="" if is_ended else _("Rà soát, đóng hồ sơ: theo kế hoạch →"),
        aria_label=_aria(ordered, clocks, received_at),
    )
    facts = tuple(
        FactRow(vn_datetime(dot.at), agency_name(dot.lane), dot.title, dot.is_late)
        for dot in dots[:TABLE_LIMIT]
    )
    return Picture(
        svg=render(draw(scene)),
        facts=facts,
        has_more_facts=len(dots) > TABLE_LIMIT,
        has_locked=any(dot.is_locked for dot in dots),
    )


def _lanes(entries: Iterable[Entry]) -> Iterable[tuple[str, str]]:
    acted = {entry.lane for entry in entries} | {COMMUNE}
    known = agency_order()
    for lane in (*known, *sorted(acted.difference(known))):
        if lane in acted:
            yield lane, agency_name(lane)


def _ghosts(clocks: Sequence[ClockView], received_at: datetime, now: datetime) -> Iterable[Ghost]:
    yield Ghost(_("Tiếp nhận"), received_at, done_at=received_at)
    for view in clocks:
        state = view.state(now)
        if state is ClockState.VOID:
            continue
        is_late = state is ClockState.MISSED
        yield Ghost(
            _ghost_label(view, now, is_late=is_late),
            view.effective_due_at,
            done_at=view.met_at,
            late_until=(view.met_at or now) if is_late else None,
        )


# Steps of the legal path that have no clock of their own: (step, the clock within whose term it is
# done, what is said of the term).
_WITHIN = (
    (EventKind.INITIAL_ASSESSMENT, words.EMERGENCY, _l("Đánh giá ban đầu: trước khi can thiệp")),
    (EventKind.SPECIFIC_ASSESSMENT, words.PLAN, _l("Đánh giá chi tiết: trong hạn kế hoạch")),
    (EventKind.MEETING_HELD, words.PLAN, _l("Họp xác định nhu cầu: trong hạn kế hoạch")),
)


def _steps(entries: Sequence[Entry], clocks: Sequence[ClockView]) -> Iterable[Ghost]:
    """A step that was not done is drawn where the term ends within which it belongs."""
    for kind, rule_key, label in _WITHIN:
        frame = next((v for v in reversed(clocks) if v.rule_key == rule_key), None)
        if frame is None or frame.voided_at:
            continue
        done = [e.happened_at for e in entries if e.kind is kind and not e.is_locked]
        yield Ghost(str(label), frame.effective_due_at, done_at=min(done, default=None))


def _ghost_label(view: ClockView, now: datetime, *, is_late: bool) -> str:
    if view.rule.clock is Clock.WALL:
        when = words.term(view)
    else:
        when = clock.local(view.effective_due_at).strftime("%d/%m")
    label = f"{view.label}: {when}"
    return f"{label}, {words.gap(view, now)}" if is_late else label


def _dots(entries: Iterable[Entry], clocks: Sequence[ClockView]) -> Iterable[Dot]:
    late = {
        (kind, view.met_at)
        for view in clocks
        if view.met_at and view.met_at > view.effective_due_at
        for kind in view.rule.met_by
    }
    emergency = next((v.effective_due_at for v in clocks if v.rule_key == words.EMERGENCY), None)
    for entry in entries:
        too_late = (entry.kind.value, entry.happened_at) in late or (
            entry.kind is EventKind.INITIAL_ASSESSMENT
            and emergency is not None
            and entry.happened_at > emergency
        )
        yield Dot(
            lane=entry.lane,
            at=entry.happened_at,
            label=entry_short(entry),
            title=_("Nội dung bạn không được xem") if entry.is_locked else entry_title(entry),
            is_late=too_late and not entry.is_locked,
            is_locked=entry.is_locked,
        )


def _aria(entries: Sequence[Entry], clocks: Sequence[ClockView], received_at: datetime) -> str:
    moments = [received_at, *(entry.happened_at for entry in entries)]
    moments += [view.effective_due_at for view in clocks if view.voided_at is None]
    return _(
        "Các bước theo luật và việc đã làm của từng cơ quan từ %(first)s đến %(last)s;"
        " bảng số liệu ở dưới",
        first=vn_date(min(moments)),
        last=vn_date(max(moments)),
    )


def none_needed(entries: Iterable[Entry]) -> bool:
    """Was the emergency clock met by the decision that no measure is needed?"""
    answers = [e for e in entries if e.kind in (EventKind.MEASURE, EventKind.NO_MEASURE_NEEDED)]
    first = min(answers, key=lambda entry: entry.happened_at, default=None)
    return first is not None and first.kind is EventKind.NO_MEASURE_NEEDED
