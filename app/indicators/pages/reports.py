"""The list of reports: a commune's own; for the Department of Health who sent and who is late."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.indicators.models import PeriodicReport, PeriodicState
from app.indicators.pages.report_words import period_words, sent_note, state_words, title_of
from app.indicators.queries.reports import (
    Asked,
    Sent,
    asked_of_communes,
    corrections_of,
    own_reports,
    reports_for,
    states_before,
)
from app.indicators.report_policy import receives
from app.reference.collation import sort_key
from app.web.words import _l

Before = Mapping[uuid.UUID, PeriodicState]
Corrected = Mapping[uuid.UUID, Sent]
LATE = "late"
# The groups of communes, the most pressing first; who is in no _URGENT one waits for nobody.
_GROUPS = (
    (LATE, _l("quá hạn, chưa gửi"), "danger"),
    ("submitted", _l("chờ tiếp nhận"), "warn"),
    ("returned", _l("bị trả lại"), "danger"),
    ("drafted", _l("chưa gửi, còn hạn"), ""),
    ("accepted", _l("đã tiếp nhận"), "ok"),
)
_URGENT = frozenset({LATE, "submitted", "returned"})
AT_ONCE = 10  # rows of a list that are shown before the others are unfolded
_PERIODS = 4  # periods to choose from that are shown at once


@dataclass(frozen=True, slots=True)
class Shown:
    """A report in a list; `state` and `note` are (words, tone)."""

    title: str
    url: str
    state: tuple[str, str]
    note: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows of which the first are shown at once."""

    first: Sequence[Shown]
    others: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class Group:
    """Communes that stand alike; `note` is said once where it is the same for all of them."""

    code: str
    words: str
    tone: str
    note: tuple[str, str]
    count: int
    rows: Folded


@dataclass(frozen=True, slots=True)
class Tile:
    count: int
    words: str
    tone: str
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A report that the communes owe, with how many sent it."""

    label: str
    url: str
    count: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    own: Folded
    receives: bool
    choices: tuple[Choice, ...] = ()
    older: tuple[Choice, ...] = ()
    chosen: str = ""
    tiles: tuple[Tile, ...] = ()
    groups: tuple[Group, ...] = ()
    total: int = 0
    all_url: str = ""


def list_page(
    session: Session, *, actor: Actor, args: Mapping[str, str], now: datetime
) -> ListPage:
    mine = own_reports(session, actor)
    asked = asked_of_communes(session, actor, now) if receives(actor) else ()
    chosen = _chosen(asked, args)
    lines = reports_for(session, actor, chosen.schedule, chosen.period) if chosen else ()
    listed = [*mine, *(one.report for one in lines)]
    before, corrected = states_before(session, listed), corrections_of(session, listed)
    own = _folded([_shown(one, title_of(one), before, corrected, now) for one in mine])
    if chosen is None:
        return ListPage(own, receives=receives(actor))
    grouped: dict[str, list[Shown]] = {code: [] for code, _words, _tone in _GROUPS}
    for one in sorted(lines, key=lambda one: sort_key(one.unit)):
        shown = _shown(one.report, one.unit, before, corrected, now)
        grouped[_group_of(one.report, before, now)].append(shown)
    state = args.get("state", "")
    choices = [_choice(one, one == chosen) for one in asked]
    return ListPage(
        own,
        receives=True,
        choices=tuple(choices[:_PERIODS]),
        older=tuple(choices[_PERIODS:]),
        chosen=period_words(chosen.schedule, chosen.period),
        tiles=tuple(_tiles(chosen, grouped, state)),
        groups=tuple(_groups(grouped, state)),
        total=len(lines),
        all_url=_url(chosen) if state else "",
    )


def _folded(rows: Sequence[Shown], at_once: int = AT_ONCE) -> Folded:
    return Folded(rows[:at_once], rows[at_once:])


def _shown(
    report: PeriodicReport, title: str, before: Before, corrected: Corrected, now: datetime
) -> Shown:
    url, state = url_for("periodic.show", periodic_id=report.id), before.get(report.id)
    note = sent_note(report, corrected.get(report.id), now)
    return Shown(title, url, state_words(report, state), note)


def _chosen(asked: Sequence[Asked], args: Mapping[str, str]) -> Asked | None:
    """The one of the address, else the newest whose period is over for most: the first."""
    named = (args.get("schedule", ""), args.get("period", ""))
    found = [one for one in asked if (one.schedule, one.period) == named]
    return next(iter(found or asked), None)


def _group_of(report: PeriodicReport, before: Before, now: datetime) -> str:
    """What was sent stands as it is until its correction is sent too."""
    if report.first_sent_at is None and report.due_at < now:
        return LATE
    return before.get(report.id, report.state).value


def _tiles(chosen: Asked, grouped: Mapping[str, Sequence[Shown]], state: str) -> Iterable[Tile]:
    for code, words, tone in _GROUPS:
        is_on = state == code
        url = _url(chosen) if is_on else _url(chosen, code)
        yield Tile(len(grouped[code]), str(words), tone, url, is_on)


def _groups(grouped: Mapping[str, Sequence[Shown]], state: str) -> Iterable[Group]:
    """Those that have somebody; of `state` alone if it is named."""
    for code, words, tone in _GROUPS:
        rows = grouped[code]
        if rows and state in ("", code):
            notes = {one.note for one in rows}
            note = rows[0].note if len(rows) > 1 and len(notes) == 1 else ("", "")
            at_once = AT_ONCE if state or code in _URGENT else 0
            yield Group(code, str(words), tone, note, len(rows), _folded(rows, at_once))


def _choice(asked: Asked, is_on: bool) -> Choice:
    label = period_words(asked.schedule, asked.period)
    return Choice(label, _url(asked), f"{asked.sent}/{asked.count}", is_on)


def _url(asked: Asked, state: str | None = None) -> str:
    schedule, period = asked.schedule, asked.period
    return url_for("periodic.index", schedule=schedule, period=period, state=state)
