"""A list of cases in words: filters, rows, where the next page begins."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.cases.enums import ENDED, CaseState, RiskLevel
from app.cases.labels import STATES, category_short
from app.cases.pages import clocks as clock_words
from app.cases.pages.links import link
from app.cases.pages.log import Tab
from app.cases.queries.list_order import Key
from app.cases.queries.lists import DEFAULT_LIMIT, CaseRow, ListFilter
from app.reference.communes import UnknownCommune, commune
from app.web.words import _, _l

_NOBODY = uuid.UUID(int=0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RISKS: Mapping[str, tuple[str, str, LazyString]] = {
    "HIGH": ("danger", "alert-triangle", _l("Nguy cơ cao")),
    "MEDIUM": ("warn", "alert-circle", _l("Nguy cơ trung bình")),
    "LOW": ("ok", "shield-check", _l("Nguy cơ thấp")),
    "": ("", "help-circle", _l("Chưa đánh giá")),
}
_CHOSEN = ("who", "risk", "state")  # what the boxes send
_WHO: Mapping[str, LazyString] = {
    "": _l("Tất cả"),
    "mine": _l("Tôi phụ trách"),
    "unassigned": _l("Chưa có người phụ trách"),
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


@dataclass(frozen=True, slots=True)
class Box:
    """One choice of the filter: (code, words, is it chosen)."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    title: str
    lines: Sequence[Line]
    boxes: tuple[Box, ...]
    show: tuple[Tab, ...]
    kept: tuple[tuple[str, str], ...]
    next_url: str
    first_url: str


def read_list_filter(args: Mapping[str, str]) -> ListFilter:
    """The filter that an address asks for; what is no code is no filter."""
    risk, state = args.get("risk", ""), args.get("state", "")
    who, area = args.get("who", ""), args.get("commune", "")
    return ListFilter(
        ended=args.get("show") == "ended",
        risk=risk if risk in RISKS or risk == "none" else "",
        state=CaseState(state) if state in set(CaseState) else None,
        who=who if who in _WHO else "",
        commune=area if area.isdigit() and len(area) == 5 else "",
        owner=_id_of(args.get("owner", "")),
    )


def _id_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def list_page(
    rows: Sequence[CaseRow],
    *,
    actor: Actor,
    wanted: ListFilter,
    more: bool,
    is_first: bool,
    limit: int,
    now: datetime,
) -> ListPage:
    base = link("cases.index")
    query = _query(wanted, limit)

    def address(**changes: str) -> str:
        return _address(base, query | changes)

    return ListPage(
        title=_("Hồ sơ trong địa bàn") if sees_whole_area(actor) else _("Hồ sơ của đơn vị"),
        lines=case_lines(rows, now),
        boxes=tuple(_boxes(wanted)),
        show=(
            Tab(_("Đang mở"), address(show="", state=""), not wanted.ended),
            Tab(_("Đã kết thúc"), address(show="ended", state=""), wanted.ended),
        ),
        kept=tuple((name, value) for name, value in query.items() if value and name not in _CHOSEN),
        next_url=address(after=key_text(rows[-1].key)) if more else "",
        first_url="" if is_first else address(),
    )


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


def commune_label(code: str | None) -> str:
    try:
        return commune(code).label if code else ""
    except UnknownCommune:
        return code or ""


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


def _query(wanted: ListFilter, limit: int) -> dict[str, str]:
    return {
        "show": "ended" if wanted.ended else "",
        "who": wanted.who,
        "risk": wanted.risk,
        "state": wanted.state.value if wanted.state else "",
        "commune": wanted.commune,
        "owner": str(wanted.owner or ""),
        "limit": "" if limit == DEFAULT_LIMIT else str(limit),
    }


def _address(base: str, query: Mapping[str, str]) -> str:
    text = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return f"{base}?{text}" if text else base


def _boxes(wanted: ListFilter) -> Iterable[Box]:
    who = tuple((code, str(words), code == wanted.who) for code, words in _WHO.items())
    yield Box("who", _("Phụ trách"), who)
    yield Box("risk", _("Nguy cơ"), tuple(_risk_options(wanted)))
    yield Box("state", _("Bước"), tuple(_state_options(wanted)))


def _risk_options(wanted: ListFilter) -> Iterable[tuple[str, str, bool]]:
    yield "", _("Mọi mức"), not wanted.risk
    for level in RiskLevel:
        yield level.value, str(RISKS[level.value][2]), wanted.risk == level.value
    yield "none", _("Chưa đánh giá"), wanted.risk == "none"


def _state_options(wanted: ListFilter) -> Iterable[tuple[str, str, bool]]:
    yield "", _("Mọi bước"), wanted.state is None
    for state, words in STATES.items():
        if (state in ENDED) is wanted.ended:
            yield state.value, str(words), state is wanted.state
