"""An entry of the timeline in words: what, when, by whom; a closed one as a locked chip."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cases.enums import EventKind
from app.cases.labels import (
    EVENT_SHORT,
    EVENT_TITLES,
    MEASURE_SHORT,
    agency_name,
    field_label,
    label_of,
    lowering_words,
)
from app.cases.pages.entry_words import (
    care,
    conferences,
    erasures,
    files,
    follow_up,
    glass,
    moves,
    plans,
    referrals,
    register,
    reminders,
    reviews,
    specific,
    support,
)
from app.cases.pages.entry_words.counts import counts_words
from app.cases.pages.tones import EVENT_TONES, LANE_TONES
from app.cases.queries.events import Entry
from app.core import clock
from app.deadlines.rules import clock_rules
from app.web.filters import duration, vn_datetime, vn_day, vn_time
from app.web.words import _

LATE_TYPING = timedelta(minutes=15)
EDITS = frozenset({EventKind.CHILD_EDITED, EventKind.REPORT_CORRECTED})  # the note is data
_TIMED = frozenset(
    {
        EventKind.ROUTED,
        EventKind.INITIAL_ASSESSMENT,
        EventKind.MEASURE,
        EventKind.NO_MEASURE_NEEDED,
    }
)


@dataclass(frozen=True, slots=True)
class LogItem:
    """One line of the log as it stands on the page."""

    tone: str
    time: str
    iso: str
    title: str
    details: tuple[str, ...] = ()
    note: str = ""
    foot: str = ""
    is_locked: bool = False
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class LogDay:
    label: str
    items: tuple[LogItem, ...]


def log_days(entries: Iterable[Entry], *, received_at: datetime, now: datetime) -> list[LogDay]:
    """The entries, the newest first, under the days on which they happened."""
    today = clock.local(now).date()
    days: list[LogDay] = []
    items: list[LogItem] = []
    current = None
    for entry in entries:
        day = clock.local(entry.happened_at).date()
        if day != current:
            if items:
                days.append(LogDay(vn_day(current, today), tuple(items)))  # type: ignore[arg-type]
            current, items = day, []
        items.append(log_item(entry, received_at))
    if items and current is not None:
        days.append(LogDay(vn_day(current, today), tuple(items)))
    return days


def log_item(entry: Entry, received_at: datetime) -> LogItem:
    time, iso = vn_time(entry.happened_at), entry.happened_at.isoformat(timespec="minutes")
    if entry.is_locked:
        title = _("Nội dung của %(agency)s", agency=agency_name(entry.lane))
        return LogItem("k-locked", time, iso, title, is_locked=True)
    return LogItem(
        tone=EVENT_TONES.get(entry.kind) or LANE_TONES.get(entry.lane, ""),
        time=time,
        iso=iso,
        title=entry_title(entry),
        details=tuple(_details_of(entry)),
        note="" if entry.kind in EDITS else entry.note or "",
        foot=" · ".join(_foot(entry, received_at)),
    )


def entry_title(entry: Entry) -> str:
    """What happened, with its result where it has one."""
    title = str(EVENT_TITLES[entry.kind])
    say = _TITLES.get(entry.kind)
    return say(entry, title) if say and entry.facts else title


def entry_short(entry: Entry) -> str:
    """The words beside a dot of the picture."""
    if entry.is_locked:
        return ""
    if entry.kind is EventKind.MEASURE:
        return str(MEASURE_SHORT.get(str(_measure(entry)), EVENT_SHORT[entry.kind]))
    return str(EVENT_SHORT[entry.kind])


def _foot(entry: Entry, received_at: datetime) -> Iterable[str]:
    if entry.by_name:
        yield entry.by_name
    if entry.unit_name:
        yield entry.unit_name
    if entry.kind in _TIMED:
        yield _("%(span)s sau khi nhận tin", span=duration(entry.happened_at - received_at))
    lag = entry.typed_at - entry.happened_at
    if lag >= LATE_TYPING:
        same_day = clock.local(entry.typed_at).date() == clock.local(entry.happened_at).date()
        when = vn_time(entry.typed_at) if same_day else vn_datetime(entry.typed_at)
        yield _("ghi lúc %(when)s, %(span)s sau khi diễn ra", when=when, span=duration(lag))


def _details_of(entry: Entry) -> Iterable[str]:
    yield from _details(entry)
    if entry.is_note_closed:
        yield _("Lời kể: bạn không được xem phần này.")


def _details(entry: Entry) -> Iterable[str]:
    say = _DETAILS.get(entry.kind)
    return say(entry) if say else ()


def _measure(entry: Entry) -> object:
    """The code of a measure in the facts of its entry."""
    return entry.fact("kind") or entry.fact("measure")


def _measure_title(entry: Entry, title: str) -> str:
    kind = _measure(entry)
    return label_of("safety_measures", kind) if kind else title


def _received_title(entry: Entry, title: str) -> str:
    if not (numbers := entry.fact("repeated_by")):
        return title
    return f"{title}: " + _("tin trùng, %(numbers)s", numbers=", ".join(numbers))


def _verified_title(entry: Entry, title: str) -> str:
    outcome = entry.fact("outcome")
    return f"{title}: {label_of('verification_outcomes', outcome)}" if outcome else title


def _assessed_title(entry: Entry, title: str) -> str:
    level = entry.fact("level")
    return f"{title}: {label_of('risk_levels', level).lower()}" if level else title


_TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {
    EventKind.MEASURE: _measure_title,
    EventKind.REPORT_RECEIVED: _received_title,
    EventKind.VERIFIED: _verified_title,
    EventKind.INITIAL_ASSESSMENT: _assessed_title,
    **conferences.TITLES,
    **files.TITLES,
    **support.TITLES,
    **follow_up.TITLES,
    **care.TITLES,
    **reviews.TITLES,
    **plans.TITLES,
    **specific.TITLES,
    **register.TITLES,
}


def _received(entry: Entry) -> Iterable[str]:
    if entry.fact("channel"):
        yield _("Qua: %(channel)s.", channel=label_of("channels", entry.fact("channel")))
    if entry.fact("is_danger"):
        yield _("Tin này báo trẻ em đang gặp nguy hiểm: cần biện pháp, hoặc quyết định không cần.")


def _assessed(entry: Entry) -> Iterable[str]:
    counts = entry.fact("counts")
    if counts:
        yield counts_words(counts)
    if entry.fact("is_emergency"):
        yield _("Kết luận: trẻ em trong tình trạng khẩn cấp.")


def _measured(entry: Entry) -> Iterable[str]:
    if entry.fact("ends_at"):
        yield _("Đến %(when)s.", when=vn_datetime(_moment(entry.fact("ends_at"))))


def _decided(entry: Entry) -> Iterable[str]:
    decision = entry.fact("decision")
    if decision in ("approved", "refused"):
        yield _("Đồng ý.") if decision == "approved" else _("Không đồng ý.")


def _lowered(entry: Entry) -> Iterable[str]:
    wanted, held = entry.fact("level"), entry.fact("held") or entry.fact("computed")
    if wanted and held:
        words = lowering_words(held, wanted)
        yield f"{words[0].upper()}{words[1:]}."


def _extension(entry: Entry) -> Iterable[str]:
    rule = clock_rules(clock.local(entry.happened_at).date()).get(str(entry.fact("rule")))
    if rule:
        yield f"{rule.title}."
    yield from _decided(entry)
    if entry.fact("until"):
        yield _("Hạn mới: %(when)s.", when=vn_datetime(_moment(entry.fact("until"))))


def _edited(entry: Entry) -> Iterable[str]:
    fields = entry.fact("fields") or ()
    if fields:
        yield _("Đã sửa: %(fields)s.", fields=", ".join(field_label(name) for name in fields))


_DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.REPORT_RECEIVED: _received,
    EventKind.INITIAL_ASSESSMENT: _assessed,
    EventKind.MEASURE: _measured,
    EventKind.OVERRIDE_ASKED: _lowered,
    EventKind.OVERRIDE_DECIDED: _decided,
    EventKind.EXTENSION_ASKED: _extension,
    EventKind.EXTENSION_DECIDED: _extension,
    EventKind.CHILD_EDITED: _edited,
    EventKind.REPORT_CORRECTED: _edited,
    **conferences.DETAILS,
    **glass.DETAILS,
    **moves.DETAILS,
    **referrals.DETAILS,
    **reminders.DETAILS,
    **support.DETAILS,
    **follow_up.DETAILS,
    **care.DETAILS,
    **reviews.DETAILS,
    **plans.DETAILS,
    **specific.DETAILS,
    **register.DETAILS,
    **erasures.DETAILS,
}


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))
