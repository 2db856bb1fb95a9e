"""The list of reports: a commune's own; for the Department of Health who sent and who is late."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.indicators.models import PeriodicReport, PeriodicState
from app.indicators.pages.report_words import period_words, sent_note, state_words, title_of
from app.indicators.queries.reports import (
    Asked,
    Line,
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
_TILES = (
    ("accepted", _l("đã tiếp nhận"), "ok"),
    ("submitted", _l("chờ tiếp nhận"), "warn"),
    ("returned", _l("bị trả lại"), "danger"),
    ("drafted", _l("chưa gửi"), ""),
    (LATE, _l("quá hạn, chưa gửi"), "danger"),
)
# what waits for an answer stands first
_FIRST = (
    PeriodicState.SUBMITTED,
    PeriodicState.RETURNED,
    PeriodicState.DRAFTED,
    PeriodicState.ACCEPTED,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A report in a list; `state` and `note` are (words, tone)."""

    title: str
    url: str
    state: tuple[str, str]
    note: tuple[str, str]


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
    own: tuple[Shown, ...]
    receives: bool
    choices: tuple[Choice, ...] = ()
    chosen: str = ""
    tiles: tuple[Tile, ...] = ()
    communes: tuple[Shown, ...] = ()
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
    own = tuple(_shown(one, title_of(one), before, corrected, now) for one in mine)
    if chosen is None:
        return ListPage(own, receives=receives(actor))
    state = args.get("state", "")
    wanted = [one for one in lines if not state or _is(one.report, state, before, now)]
    wanted.sort(key=lambda one: (_FIRST.index(_stands(one.report, before)), sort_key(one.unit)))
    return ListPage(
        own,
        receives=True,
        choices=tuple(_choice(one, one == chosen) for one in asked),
        chosen=period_words(chosen.schedule, chosen.period),
        tiles=tuple(_tiles(chosen, lines, before, state, now)),
        communes=tuple(_shown(one.report, one.unit, before, corrected, now) for one in wanted),
        total=len(lines),
        all_url=_url(chosen) if state else "",
    )


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


def _is(report: PeriodicReport, state: str, before: Before, now: datetime) -> bool:
    if state == LATE:
        return report.first_sent_at is None and report.due_at < now
    return _stands(report, before).value == state


def _stands(report: PeriodicReport, before: Before) -> PeriodicState:
    """What was sent stands as it is until its correction is sent too."""
    return before.get(report.id, report.state)


def _tiles(
    chosen: Asked, lines: Sequence[Line], before: Before, state: str, now: datetime
) -> list[Tile]:
    return [
        Tile(
            count=sum(_is(one.report, code, before, now) for one in lines),
            words=str(words),
            tone=tone,
            url=_url(chosen) if state == code else _url(chosen, code),
            is_on=state == code,
        )
        for code, words, tone in _TILES
    ]


def _choice(asked: Asked, is_on: bool) -> Choice:
    label = period_words(asked.schedule, asked.period)
    return Choice(label, _url(asked), f"{asked.sent}/{asked.count}", is_on)


def _url(asked: Asked, state: str | None = None) -> str:
    schedule, period = asked.schedule, asked.period
    return url_for("periodic.index", schedule=schedule, period=period, state=state)
