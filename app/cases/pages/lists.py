"""A list of cases in words: filters, rows, where the next page begins."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Permission, has_permission
from app.cases.labels import STATES, category_short
from app.cases.pages import clocks as clock_words
from app.cases.pages.links import link
from app.cases.pages.list_filters import (
    CHOSEN,
    Box,
    Chip,
    People,
    address,
    boxes,
    chips,
    cleared,
    commune_label,
    query_of,
    query_text,
)
from app.cases.pages.log import Tab
from app.cases.queries.list_filters import ListFilter
from app.cases.queries.list_order import Key
from app.cases.queries.lists import DEFAULT_LIMIT, CaseRow
from app.cases.queries.saved_views import KeptView
from app.web.words import _, _l

_NOBODY = uuid.UUID(int=0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RISKS: Mapping[str, tuple[str, str, LazyString]] = {
    "HIGH": ("danger", "alert-triangle", _l("Nguy cơ cao")),
    "MEDIUM": ("warn", "alert-circle", _l("Nguy cơ trung bình")),
    "LOW": ("ok", "shield-check", _l("Nguy cơ thấp")),
    "": ("", "help-circle", _l("Chưa đánh giá")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    url: str
    number: str
    name: str
    about: str
    risk: str
    risk_tone: str
    risk_icon: str
    state: str
    clock: str
    clock_tone: str
    due: str
    silence: str
    owner: str
    is_blocked: bool
    is_in_danger: bool
    is_new: bool


class ViewTab(NamedTuple):
    """A kept view; `edit_url` renames or drops it."""

    label: str
    url: str
    is_on: bool
    edit_url: str


class Around(NamedTuple):
    """What stands around the rows: people to choose from, kept views, filters that help if taken
    out of an empty list."""

    people: People
    views: Sequence[KeptView]
    helping: Sequence[str]


@dataclass(frozen=True, slots=True)
class ListPage:
    title: str
    lines: Sequence[Line]
    boxes: tuple[Box, ...]
    chips: tuple[Chip, ...]
    show: tuple[Tab, ...]
    views: tuple[ViewTab, ...]
    kept: tuple[tuple[str, str], ...]
    export_url: str  # "" for who may not
    save_url: str  # "" where there is nothing to keep, or it is kept
    clear_url: str
    next_url: str
    first_url: str


def list_page(
    rows: Sequence[CaseRow],
    *,
    actor: Actor,
    wanted: ListFilter,
    around: Around,
    more: bool,
    is_first: bool,
    limit: int,
    now: datetime,
) -> ListPage:
    base, size = link("cases.index"), "" if limit == DEFAULT_LIMIT else str(limit)
    query = query_of(wanted) | ({"limit": size} if size else {})
    found = chips(wanted, base, around.people, limit=size, helping=around.helping)
    views = tuple(_view_tabs(around.views, base, query_text(wanted)))
    is_kept = any(view.is_on for view in views)
    return ListPage(
        title=_("Hồ sơ trong địa bàn") if sees_whole_area(actor) else _("Hồ sơ của đơn vị"),
        lines=case_lines(rows, now),
        boxes=tuple(boxes(wanted, actor, around.people)),
        chips=found,
        show=tuple(_show_tabs(wanted, base, query)),
        views=views,
        kept=tuple((name, value) for name, value in query.items() if name not in CHOSEN),
        export_url=_export_url(actor, wanted),
        save_url=address(link("views.new"), query_of(wanted)) if found and not is_kept else "",
        clear_url=address(base, query_of(cleared(wanted)) | {"limit": size}),
        next_url=address(base, query | {"after": key_text(rows[-1].key)}) if more else "",
        first_url="" if is_first else address(base, query),
    )


def _export_url(actor: Actor, wanted: ListFilter) -> str:
    if not has_permission(actor, Permission.CASE_EXPORT):
        return ""
    return address(link("exports.new"), {"list": "cases", **query_of(wanted)})


def _show_tabs(wanted: ListFilter, base: str, query: Mapping[str, str]) -> Iterable[Tab]:
    """Steps and clocks of running cases are no filters of ended ones."""
    kept = {**query, "state": "", "clock": "", "visit": ""}
    yield Tab(_("Đang mở"), address(base, {**kept, "show": ""}), not wanted.ended)
    yield Tab(_("Đã kết thúc"), address(base, {**kept, "show": "ended"}), wanted.ended)


def _view_tabs(views: Iterable[KeptView], base: str, present: str) -> Iterable[ViewTab]:
    for view in views:
        url = f"{base}?{view.query}" if view.query else base
        yield ViewTab(view.name, url, view.query == present, link("views.edit", view_id=view.id))


def case_lines(rows: Iterable[CaseRow], now: datetime) -> list[Line]:
    """The rows in words. The address is built once: url_for is the dearest call of a row."""
    pattern = link("cases.show", case_id=_NOBODY)
    return [_line(row, pattern, now) for row in rows]


def _line(row: CaseRow, pattern: str, now: datetime) -> Line:
    tone, icon, words = RISKS[row.risk_level.value if row.risk_level else ""]
    chip = clock_words.chip(row.clocks[0], now) if row.clocks else None
    return Line(
        url=pattern.replace(str(_NOBODY), str(row.id)),
        number=row.number,
        name=row.name or _("Chưa rõ tên"),
        about=_about(row),
        risk=str(words),
        risk_tone=tone,
        risk_icon=icon,
        state=str(STATES[row.state]),
        clock=f"{chip.title}: {chip.left}" if chip else "",
        clock_tone=chip.tone if chip else "",
        due=chip.detail if chip else "",
        silence=silence(row.last_event_at, now),
        owner=row.owner or "",
        is_blocked=row.do_not_contact,
        is_in_danger=clock_words.is_in_danger(row.reported_danger, row.clocks),
        is_new=row.is_new,
    )


def silence(last: datetime, now: datetime) -> str:
    """How long nothing was recorded, in whole days."""
    days = (now - last).days
    return _("%(n)s ngày trước", n=days) if days > 0 else _("hôm nay")


def _about(row: CaseRow) -> str:
    age = "" if row.age is None else _("%(n)s tuổi", n=row.age)
    parts = (age, commune_label(row.commune_code), category_short(row.category))
    return " · ".join(part for part in parts if part)


def read_key(text: str) -> Key | None:
    """The key of `key_text`; None for anything else."""
    rank, _dot, rest = text.partition(".")
    micros, _dot, row_id = rest.partition(".")
    if not (rank.isdigit() and micros.isdigit() and len(rank) == 1 and len(micros) < 18):
        return None
    try:
        return int(rank), _EPOCH + timedelta(microseconds=int(micros)), uuid.UUID(row_id)
    except (ValueError, OverflowError):
        return None


def key_text(key: Key) -> str:
    rank, moment, row_id = key
    return f"{rank}.{round((moment - _EPOCH) / timedelta(microseconds=1))}.{row_id.hex}"
