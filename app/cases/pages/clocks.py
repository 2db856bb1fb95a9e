"""The legal clocks in words: a chip for what comes next, a row for each, a sentence for all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import LazyString

from app.core import clock as time
from app.deadlines.models import ClockState
from app.deadlines.queries import ClockView
from app.deadlines.rules import ClockRule
from app.web.filters import duration, remaining, vn_datetime, weekday_name
from app.web.words import _, _l

_SOON = timedelta(days=1)
EMERGENCY, ROUTE, PLAN, APPROVE = "T_EMERG", "T_ROUTE", "T_PLAN", "T_APPROVE"

_STATES: Mapping[ClockState, tuple[str, LazyString]] = {
    ClockState.OPEN: ("go", _l("đang chạy")),
    ClockState.EXTENDED: ("warn", _l("đã gia hạn")),
    ClockState.MET: ("ok", _l("đúng hạn")),
    ClockState.MISSED: ("danger", _l("quá hạn")),
    ClockState.VOID: ("", _l("không còn phải làm")),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """Icon, colour and words. `due` is set while the clock runs: the script counts it down."""

    tone: str
    icon: str
    title: str
    left: str
    detail: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock in the table of planned against actual. `extend_url` asks for more time."""

    title: str
    article: str
    due: str
    done: str
    gap: str
    tone: str
    word: str
    extend_url: str = ""
    note: str = ""


def chip(view: ClockView, now: datetime) -> Chip:
    """A running clock: "Trình kế hoạch: còn 4 ngày 2 giờ", due on which day."""
    left = view.effective_due_at - now
    late = left < timedelta(0)
    return Chip(
        tone="danger" if late else "warn" if left < _SOON else "go",
        icon="alarm" if late else "clock",
        title=str(view.label),
        left=remaining(view.effective_due_at, now),
        detail=_("hạn %(when)s", when=due_words(view.effective_due_at)),
        due=view.effective_due_at.isoformat(),
    )


def next_clock(clocks: Sequence[ClockView]) -> ClockView | None:
    """The running clock that runs out first, overdue ones before all others."""
    return next((view for view in clocks if view.is_running), None)


def emergency_of(clocks: Iterable[ClockView]) -> ClockView | None:
    """The clock of danger: the one that runs, else the last (a report that repeats the case starts
    another)."""
    own = [view for view in clocks if view.rule_key == EMERGENCY]
    return max(own, key=lambda view: (view.is_running, view.effective_due_at), default=None)


def is_in_danger(reported: bool, clocks: Iterable[ClockView]) -> bool:
    """The report spoke of present danger, and nobody has answered yet: no measure, and no decision
    that none is needed."""
    return reported and any(view.rule_key == EMERGENCY and view.is_running for view in clocks)


def due_words(moment: datetime) -> str:
    """17:00, thứ Sáu 27/11; of another year 17:00, thứ Hai 03/01/2028"""
    there = time.local(moment)
    year = "" if there.year == time.today().year else f"/{there.year}"
    return f"{there:%H:%M}, {weekday_name(there.date())} {there:%d/%m}{year}"


def row(view: ClockView, now: datetime, *, extend_url: str) -> ClockRow:
    state = view.state(now)
    tone, word = _STATES[state]
    if state is ClockState.OPEN and view.effective_due_at - now < _SOON:
        tone = "warn"
    return ClockRow(
        title=str(view.label),
        article=view.article,
        due=vn_datetime(view.effective_due_at),
        done=vn_datetime(view.met_at) if view.met_at else "",
        gap=gap(view, now),
        tone=tone,
        word=str(word),
        extend_url=extend_url,
        note=_extension_note(view),
    )


def gap(view: ClockView, now: datetime) -> str:
    """How long it took, or how late it was; of a running clock what is left."""
    if view.voided_at:
        return ""
    if view.met_at is None:
        return remaining(view.effective_due_at, now)
    if view.met_at > view.effective_due_at:
        return _("muộn %(span)s", span=duration(view.met_at - view.effective_due_at))
    taken = view.met_at - view.started_at
    if taken < timedelta(minutes=1):
        return duration(taken)  # "chưa đầy 1 phút" says it all
    return _("sau %(span)s", span=duration(taken))


def term(view: ClockView) -> str:
    return rule_term(view.rule)


def rule_term(rule: ClockRule) -> str:
    """12 giờ, 5 ngày làm việc"""
    if rule.unit == "minutes":
        return _("%(n)s phút", n=rule.amount)
    if rule.unit == "hours":
        return _("%(n)s giờ", n=rule.amount)
    if str(rule.clock) == "working":
        return _("%(n)s ngày làm việc", n=rule.amount)
    return _("%(n)s ngày", n=rule.amount)


def verdict(
    clocks: Sequence[ClockView], now: datetime, *, none_needed: bool
) -> tuple[str, str, bool]:
    """(the sentence in bold, the rest, is everything in time). Empty without clocks."""
    running = [view for view in clocks if view.voided_at is None]
    if not running:
        return "", "", True
    lead, rest = _emergency_words(running, now, none_needed)
    late = [view for view in running if view.state(now) is ClockState.MISSED]
    if late:
        overdue = ", ".join(f"{str(view.label).lower()} {_late_words(view, now)}" for view in late)
        return _("Quá hạn: %(steps)s.", steps=overdue), f"{lead} {rest}".strip(), False
    return lead, (rest + " " + _("Chưa có bước nào quá hạn.")).strip(), True


def _emergency_words(
    clocks: Sequence[ClockView], now: datetime, none_needed: bool
) -> tuple[str, str]:
    view = emergency_of(clocks)
    if view is None:
        return "", ""
    law = _("(luật cho %(term)s).", term=term(view))
    if view.met_at is None:
        left = remaining(view.effective_due_at, now)
        return _("Can thiệp khẩn cấp: %(left)s", left=left), law
    span = duration(view.met_at - view.started_at)
    if none_needed:
        return _("Quyết định không cần biện pháp khẩn cấp sau %(span)s", span=span), law
    return _("Can thiệp khẩn cấp sau %(span)s", span=span), law


def _late_words(view: ClockView, now: datetime) -> str:
    return duration((view.met_at or now) - view.effective_due_at)


def _extension_note(view: ClockView) -> str:
    if view.pending_until:
        return _("Đang xin gia hạn đến %(when)s.", when=vn_datetime(view.pending_until))
    if view.extended_to:
        return _("Đã gia hạn; hạn cũ %(when)s.", when=vn_datetime(view.due_at))
    return ""
