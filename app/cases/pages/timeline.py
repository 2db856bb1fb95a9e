"""The full timeline of a case; with the audit switch also who looked, and old against new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from app.audit.labels import GROUPS
from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages import clocks as clock_words
from app.cases.pages.audit import proof_words, trace_line
from app.cases.pages.clocks import ClockRow
from app.cases.pages.edits import edit_lines
from app.cases.pages.entries import EDITS, LogDay, LogItem, log_item
from app.cases.pages.links import key_text, link, log_url
from app.cases.pages.log import Tab, agency_tabs, kind_tabs
from app.cases.pages.picture import Picture, none_needed, picture
from app.cases.queries.audit import Trace
from app.cases.queries.events import PAGE, Entry, LogFilter
from app.cases.queries.timeline import Timeline
from app.core import clock
from app.core.db import NIL
from app.web.filters import vn_day
from app.web.words import _


@dataclass(frozen=True, slots=True)
class TimelinePage:
    number: str
    category: str
    title: str
    case_url: str
    days: Sequence[LogDay]
    tabs: tuple[Tab, ...]
    agencies: tuple[Tab, ...]
    groups: tuple[Tab, ...]
    kept: tuple[tuple[str, str], ...]
    day: str
    older: str
    newest: str
    is_audit: bool
    switch_url: str
    clocks: tuple[ClockRow, ...]
    proof: str
    paper_url: str
    readers_url: str
    picture: Picture
    verdict: tuple[str, str, bool]


AUDIT_TONE = "k-audit"


class _Placed(NamedTuple):
    """An item with the moment that sorts it and the id that breaks a tie in the address."""

    at: datetime
    item: LogItem
    key: str


def timeline_page(
    case: Case,
    found: Timeline,
    *,
    actor: Actor,
    wanted: LogFilter,
    with_audit: bool,
    group: str,
    day: str,
    now: datetime,
) -> TimelinePage:
    base = link("cases.timeline", case_id=case.id)
    kept = {"audit": "1", "group": group} if with_audit else {}
    shown, older = _shown(found, with_audit=with_audit)
    return TimelinePage(
        number=case.number,
        category=label_of("report_categories", case.category.value),
        title=found.child_name or _("Trẻ em chưa rõ tên"),
        case_url=link("cases.show", case_id=case.id),
        days=_days(_folded(shown), now),
        tabs=tuple(kind_tabs(base, wanted, **kept)),
        agencies=tuple(agency_tabs(base, wanted, found.lanes, **kept)),
        groups=tuple(_group_tabs(base, wanted, group)) if with_audit else (),
        kept=tuple(
            (name, value)
            for name, value in {"kind": wanted.kind, "agency": wanted.agency, **kept}.items()
            if value
        ),
        day=day if wanted.until else "",
        older=log_url(base, wanted, before=older, **kept) if older else "",
        newest="" if wanted.is_plain else log_url(base, wanted, **kept),
        is_audit=with_audit,
        switch_url=_switch_url(case, base, wanted, actor, with_audit=with_audit),
        clocks=tuple(clock_words.row(view, now, extend_url="") for view in found.clocks),
        proof=proof_words(found.proof) if found.proof else "",
        paper_url=link("exports.new", list="court", case=case.id) if with_audit else "",
        readers_url=_readers_url(case, actor),
        picture=picture(
            found.picture,
            found.clocks,
            received_at=found.received_at,
            now=now,
            is_ended=case.is_ended,
        ),
        verdict=clock_words.verdict(found.clocks, now, none_needed=none_needed(found.picture)),
    )


_GROUPS = ("reads", "changes", "denials", "prints", "clocks")  # of one case


def _group_tabs(base: str, wanted: LogFilter, group: str) -> Iterable[Tab]:
    """What the audit adds, by its kind; a choice of these begins with the newest."""
    for code in ("", *_GROUPS):
        words = str(GROUPS[code][0]) if code else _("Tất cả")
        yield Tab(
            words,
            log_url(base, replace(wanted, kind="", agency=""), audit="1", group=code),
            code == group,
        )


def read_group(text: str) -> str:
    """The group that an address asks for; what is none is no filter."""
    return text if text in _GROUPS else ""


def _folded(shown: Iterable[_Placed]) -> Iterable[_Placed]:
    """Neighbours of the audit that say the same as one: "Xem hồ sơ ×8", 01:42–01:44."""

    def said(one: _Placed) -> tuple[object, ...]:
        is_trace = one.item.tone == AUDIT_TONE
        day = clock.local(one.at).date()
        return (one.item.title, one.item.foot, day) if is_trace else (id(one),)

    for _key, group in groupby(shown, said):
        newest, *rest = group
        if rest:
            title, foot = f"{newest.item.title} ×{len(rest) + 1}", newest.item.foot
            if rest[-1].item.time != newest.item.time:
                foot = f"{rest[-1].item.time}–{newest.item.time} · {foot}"
            newest = newest._replace(item=replace(newest.item, title=title, foot=foot))
        yield newest


def _switch_url(case: Case, base: str, wanted: LogFilter, actor: Actor, *, with_audit: bool) -> str:
    """Where the audit switch leads; "" for who may not use it."""
    if not is_allowed(actor, Permission.AUDIT_READ, case):
        return ""
    return log_url(base, wanted, audit="" if with_audit else "1")


def _readers_url(case: Case, actor: Actor) -> str:
    """Where stands who opened this file; "" for who may not see it."""
    if not is_allowed(actor, Permission.READINGS_SHOW, case):
        return ""
    return link("readings.of_case", case_id=case.id)


def _shown(found: Timeline, *, with_audit: bool) -> tuple[list[_Placed], str]:
    """(the items of this page, the newest first; the key where the next page begins, or "").

    With the audit, entries and traces are merged by time. A list that was cut short may lack more
    of its last moment, so the page ends just before that moment and the next one begins with it.
    """
    placed = [_entry_item(entry, found.received_at, with_audit) for entry in found.entries]
    if not with_audit:
        rest = len(placed) > PAGE
        return placed[:PAGE], placed[PAGE - 1].key if rest else ""
    traced = [_trace_item(trace) for trace in found.traces]
    cut_short = [items[-1].at for items in (placed, traced) if len(items) > PAGE]
    merged = sorted([*placed, *traced], key=lambda one: one.at, reverse=True)
    if not cut_short:
        return merged, ""
    shown = [one for one in merged if one.at > max(cut_short)] or merged
    return shown, key_text(shown[-1].at, NIL)


def _entry_item(entry: Entry, received_at: datetime, with_audit: bool) -> _Placed:
    item = log_item(entry, received_at)
    if with_audit and entry.kind in EDITS and entry.note:
        item = replace(item, details=tuple(edit_lines(entry)))
    return _Placed(entry.happened_at, item, key_text(entry.happened_at, entry.id))


def _trace_item(trace: Trace) -> _Placed:
    line = trace_line(trace)
    item = LogItem(
        tone=AUDIT_TONE,
        time=line.time,
        iso=line.iso,
        title=line.what,
        foot=" · ".join(part for part in (line.who, line.detail) if part),
        is_alarm=line.is_refused,
    )
    return _Placed(trace.at, item, "")


def _days(shown: Iterable[_Placed], now: datetime) -> list[LogDay]:
    today = clock.local(now).date()

    def day_of(one: _Placed) -> date:
        return clock.local(one.at).date()

    return [
        LogDay(vn_day(day, today), tuple(one.item for one in group))
        for day, group in groupby(shown, day_of)
    ]
