"""The board of clocks in words: tiles, a picture, a table, and the list behind each number."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.cases.pages.links import key_text, link
from app.cases.pages.list_filters import commune_label
from app.core import clock
from app.deadlines.rules import clock_rule, clock_rules
from app.referrals.pages.periods import Period
from app.reminders.pages.bars import Bar, bars
from app.reminders.pages.periods import period_links
from app.reminders.queries import board as queries
from app.reminders.queries.board import BY, GROUPS_SHOWN, LINES_SHOWN, Counts, Group, Line, Scope
from app.web.filters import remaining, vn_datetime
from app.web.words import _, _l

STATES: Mapping[str, LazyString] = {
    "missed": _l("Quá hạn, chưa làm"),
    "late": _l("Làm muộn"),
    "soon": _l("Sắp hết hạn (24 giờ)"),
    "extended": _l("Đã gia hạn, chưa lỡ"),
    "met": _l("Làm đúng hạn"),
    "running": _l("Đang chạy"),
}
TONES = {"missed": "danger", "late": "danger", "soon": "warn", "extended": "go", "met": "ok"}
KINDS: Mapping[str, LazyString] = {
    "commune": _l("Xã, phường"),
    "worker": _l("Người phụ trách"),
    "step": _l("Bước"),
}
DRAWN = ("missed", "late", "soon", "extended", "met")
NONE = "none"  # in addresses: not routed, nobody
FURTHEST_PAGE = 200
_NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    url: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    under: str
    numbers: list[Number]
    share: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows, as its address says; `key` NONE is what has none."""

    state: str = ""
    by: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ClockRow:
    """`kept`: of what was extended, from when to when."""

    number: str
    url: str
    commune: str
    owner: str
    step: str
    due: str
    kept: str
    state: str
    tone: str
    detail: str


def board_page(
    session: Session, scope: Scope, *, period: Period, by: str, page: int
) -> dict[str, Any]:
    """Two statements."""
    whole = queries.totals(session, scope)
    found = queries.groups(session, scope, by, page=page)
    shown = found[: GROUPS_SHOWN - 1]
    base = link("clock_board.index")
    url = f"{base}?by={by}&period={period.name}"
    return {
        "by": by,
        "first": str(KINDS[by]),
        "ways": [
            (str(words), f"{base}?by={code}&period={period.name}", None, code == by)
            for code, words in KINDS.items()
        ],
        "whole": _row(_("Tất cả"), "", whole, period, Wanted()),
        "headings": [str(words) for words in STATES.values()],
        "rows": [_group(one, period, by) for one in shown],
        "picture": bars(_title(whole), [_bar(one, by) for one in shown]),
        "legend": [(code, str(STATES[code])) for code in DRAWN],
        "newer": f"{url}&page={page - 1}" if page > 1 else "",
        "older": f"{url}&page={page + 1}" if len(found) > len(shown) else "",
        "running_url": link("cases.clocks"),
        "use_url": link("reminder_use.index"),
        **period_links(period, f"{base}?by={by}", clock.local(scope.now).date()),
    }


def list_page(
    session: Session,
    scope: Scope,
    *,
    period: Period,
    wanted: Wanted,
    after: Any,
) -> dict[str, Any]:
    """One statement and what the log is told: which cases were listed."""
    key = _key(wanted)
    found = queries.lines(session, scope, state=wanted.state, by=wanted.by, key=key, after=after)
    shown = found[:LINES_SHOWN]
    filters = [one for one in (wanted.state, wanted.by, wanted.key) if one]
    listed = {"cases": sorted({str(one.case_id) for one in shown}), "filters": filters}
    record(session, scope.actor, AuditAction.CASES_LISTED, at=scope.now, data=listed)
    last = shown[-1] if len(found) > LINES_SHOWN else None
    more = f"&after={key_text(last.effective_due_at, last.id)}" if last else ""
    return {
        "title": str(STATES[wanted.state]) if wanted.state else _("Mọi thời hạn"),
        "period": period,
        "rows": _lines(shown, scope),
        "older": f"{_list_url(period, wanted)}{more}" if more else "",
        "back": f"{link('clock_board.index')}?period={period.name}"
        + (f"&by={wanted.by}" if wanted.by else ""),
    }


def _key(wanted: Wanted) -> str | uuid.UUID | None:
    if wanted.key in ("", NONE):
        return None
    return uuid.UUID(wanted.key) if wanted.by == "worker" else wanted.key


def _group(one: Group, period: Period, by: str) -> Row:
    wanted = Wanted(by=by, key=str(one.key or NONE))
    return _row(_label(one, by), one.unit or "", one.counts, period, wanted)


def _row(label: str, under: str, counts: Counts, period: Period, wanted: Wanted) -> Row:
    numbers = [
        Number(
            value=value,
            url=_list_url(period, Wanted(state, wanted.by, wanted.key)) if value else "",
            state=state,
            words=str(STATES[state]),
        )
        for state, value in counts._asdict().items()
    ]
    return Row(label, under, numbers, _share(counts))


def _share(counts: Counts) -> str:
    """Of what is over or done: in time, what was given more time included."""
    if not counts.due:
        return "–"
    return f"{round(100 * (counts.met + counts.extended) / counts.due)}%"


def _bar(one: Group, by: str) -> Bar:
    counts = one.counts
    bad = counts.missed + counts.late
    total = sum(getattr(counts, name) for name in DRAWN)
    parts = [(f"clock-{name}", getattr(counts, name)) for name in DRAWN]
    return Bar(_label(one, by), f"{bad}/{total}", parts)


def _title(whole: Counts) -> str:
    return _(
        "%(missed)s thời hạn quá hạn, %(late)s làm muộn, %(extended)s đã gia hạn.",
        missed=whole.missed,
        late=whole.late,
        extended=whole.extended,
    )


def _label(one: Group, by: str) -> str:
    if by == "worker":
        return one.name or _("Chưa có người phụ trách")
    if by == "commune":
        return commune_label(str(one.key)) if one.key else _("Chưa chuyển về xã, phường")
    rule = clock_rules(clock.today()).get(str(one.key))
    return str(rule.short) if rule else str(one.key)


def _list_url(period: Period, wanted: Wanted) -> str:
    query = {"period": period.name, "state": wanted.state, "by": wanted.by, "key": wanted.key}
    text = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return f"{link('clock_board.listed')}?{text}"


def _lines(shown: Sequence[Line], scope: Scope) -> list[ClockRow]:
    pattern = link("cases.show", case_id=_NOBODY)
    return [
        ClockRow(
            number=one.number,
            url=pattern.replace(str(_NOBODY), str(one.case_id)),
            commune=commune_label(one.commune_code) or _("Chưa chuyển về xã, phường"),
            owner=one.owner or "–",
            step=str(clock_rule(one.rule_key, one.rule_version).short),
            due=vn_datetime(one.effective_due_at),
            kept=_("gia hạn, hạn đầu %(when)s", when=vn_datetime(one.due_at))
            if one.extended_to
            else "",
            state=str(STATES[one.state]),
            tone=TONES.get(one.state, ""),
            detail=_detail(one, scope),
        )
        for one in shown
    ]


def _detail(one: Line, scope: Scope) -> str:
    if one.met_at is None:
        return remaining(one.effective_due_at, scope.now)
    return _("xong %(when)s", when=vn_datetime(one.met_at))


def read_wanted(state: str, by: str, key: str) -> Wanted:
    """Only what is known; anything else is as if it were not there."""
    by = by if by in BY and key else ""
    if by == "worker" and key != NONE and not _is_uuid(key):
        by = ""
    return Wanted(state if state in STATES else "", by, key if by else "")


def read_page(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 4
    return min(max(int(text), 1), FURTHEST_PAGE) if is_number else 1


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
