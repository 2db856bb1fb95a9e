"""The filters of the list of cases in words: its boxes, its chips, its address."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Section, sections_of
from app.cases.enums import ENDED, CaseState
from app.cases.groups import open_choices, open_codes
from app.cases.labels import STATES, label_of
from app.cases.queries.list_filters import CLOCKS, SILENCES, ListFilter, active, without
from app.reference.communes import UnknownCommune, commune, commune_choices
from app.reference.library import code_list
from app.web.words import _, _l

RISK_WORDS: Mapping[str, LazyString] = {
    "HIGH": _l("Nguy cơ cao"),
    "MEDIUM": _l("Nguy cơ trung bình"),
    "LOW": _l("Nguy cơ thấp"),
    "none": _l("Chưa đánh giá"),
}
WHO: Mapping[str, LazyString] = {
    "mine": _l("Tôi phụ trách"),
    "unassigned": _l("Chưa có người phụ trách"),
}
CLOCK_WORDS: Mapping[str, LazyString] = {
    "missed": _l("Có việc quá hạn"),
    "soon": _l("Đến hạn trong 24 giờ"),
    "none": _l("Không thời hạn nào đang chạy"),
}
CHOSEN = ("who", "risk", "state", "clock", "visit", "silence", "group", "abuse", "commune")
Options = Iterable[tuple[str, str]]
People = Sequence[tuple[uuid.UUID, str]]


@dataclass(frozen=True, slots=True)
class Box:
    """One choice of the filter: (code, words, is it chosen)."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


class Chip(NamedTuple):
    """An active filter; `url` is the list without it, `helps`: that list is known to hold cases."""

    label: str
    url: str
    helps: bool


def read_list_filter(args: Mapping[str, str], actor: Actor) -> ListFilter:
    """The filter that an address asks for; what is no code, or not open to them, is no filter."""
    sections, state, who = sections_of(actor), args.get("state", ""), args.get("who", "")
    group, abuse, area = args.get("group", ""), args.get("abuse", ""), args.get("commune", "")
    known = group in code_list("sc_groups").by_code and group in open_codes(group, sections)
    return ListFilter(
        ended=args.get("show") == "ended",
        risk=_one_of(RISK_WORDS, args.get("risk", "")),
        state=CaseState(state) if state in set(CaseState) else None,
        who=_one_of(WHO, who),
        owner=_id_or_none(who),
        clock=_one_of(CLOCKS, args.get("clock", "")),
        group=group if known else "",
        abuse=abuse if _may_ask_abuse(sections, abuse) else "",
        commune=area if area.isascii() and area.isdigit() and len(area) == 5 else "",
        silence=next((days for days in SILENCES if str(days) == args.get("silence")), 0),
        late_visit=args.get("visit") == "late",
    )


def _one_of(codes: Iterable[str], code: str) -> str:
    return code if code in codes else ""


def _id_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _may_ask_abuse(sections: frozenset[Section], code: str) -> bool:
    return Section.EVENT in sections and code in code_list("abuse_forms").by_code


def query_of(wanted: ListFilter) -> dict[str, str]:
    """The filter as an address holds it, in an order that does not change."""
    values = {
        "show": "ended" if wanted.ended else "",
        "who": str(wanted.owner) if wanted.owner else wanted.who,
        "risk": wanted.risk,
        "state": wanted.state.value if wanted.state else "",
        "clock": wanted.clock,
        "visit": "late" if wanted.late_visit else "",
        "silence": str(wanted.silence or ""),
        "group": wanted.group,
        "abuse": wanted.abuse,
        "commune": wanted.commune,
    }
    return {name: value for name, value in values.items() if value}


def query_text(wanted: ListFilter) -> str:
    return as_text(query_of(wanted))


def as_text(query: Mapping[str, str]) -> str:
    """All values are codes, so that none needs escaping."""
    return "&".join(f"{name}={value}" for name, value in query.items() if value)


def boxes(wanted: ListFilter, actor: Actor, people: People) -> Iterable[Box]:
    """What may be chosen: by the sections of the reader, by the unit or the area they see."""
    query, sections = query_of(wanted), sections_of(actor)

    def box(name: str, label: str, first: str, options: Options) -> Box:
        chosen = query.get(name, "")
        offered = [("", first), *options]
        return Box(name, label, tuple((code, text, code == chosen) for code, text in offered))

    yield box("who", _("Phụ trách"), _("Tất cả"), _who_options(actor, people))
    yield box("risk", _("Nguy cơ"), _("Mọi mức"), _texts(RISK_WORDS))
    yield box("state", _("Bước"), _("Mọi bước"), _state_options(wanted))
    if not wanted.ended:
        yield box("clock", _("Thời hạn"), _("Tất cả"), _texts(CLOCK_WORDS))
        yield box("visit", _("Lịch thăm"), _("Tất cả"), [("late", _("Quá ngày thăm"))])
    yield box("silence", _("Chưa cập nhật"), _("Tất cả"), _silence_options())
    yield box("group", _("Hoàn cảnh đặc biệt"), _("Mọi nhóm"), open_choices(sections))
    if Section.EVENT in sections:
        forms = code_list("abuse_forms").choices()
        yield box("abuse", _("Hình thức xâm hại"), _("Mọi hình thức"), forms)
    if sees_whole_area(actor) and actor.commune_code is None:
        yield box("commune", _("Xã, phường"), _("Cả tỉnh"), commune_choices())


def _texts(words: Mapping[str, LazyString]) -> Options:
    return ((code, str(text)) for code, text in words.items())


def _who_options(actor: Actor, people: People) -> Options:
    if not sees_whole_area(actor):
        yield "mine", str(WHO["mine"])
    yield "unassigned", str(WHO["unassigned"])
    yield from ((str(person), name) for person, name in people if person != actor.id)


def _state_options(wanted: ListFilter) -> Options:
    for state, words in STATES.items():
        if (state in ENDED) is wanted.ended:
            yield state.value, str(words)


def _silence_options() -> Options:
    return ((str(days), _("Từ %(n)s ngày trở lên", n=days)) for days in SILENCES)


def chips(
    wanted: ListFilter, base: str, people: People, *, limit: str, helping: Iterable[str]
) -> tuple[Chip, ...]:
    """The active filters, each with the address of the list without it."""
    return tuple(
        Chip(
            _label(name, wanted, people),
            address(base, query_of(without(wanted, name)) | {"limit": limit}),
            name in helping,
        )
        for name in active(wanted)
    )


def address(base: str, query: Mapping[str, str]) -> str:
    text = as_text(query)
    return f"{base}?{text}" if text else base


def cleared(wanted: ListFilter) -> ListFilter:
    """All cases of the same tab."""
    return replace(ListFilter(), ended=wanted.ended)


def _label(name: str, wanted: ListFilter, people: People) -> str:
    texts = {
        "who": lambda: str(WHO[wanted.who]),
        "owner": lambda: _owner_name(wanted.owner, people),
        "risk": lambda: str(RISK_WORDS[wanted.risk]),
        "state": lambda: str(STATES[wanted.state]) if wanted.state else "",
        "clock": lambda: str(CLOCK_WORDS[wanted.clock]),
        "late_visit": lambda: _("Quá ngày thăm"),
        "silence": lambda: _("Chưa cập nhật từ %(n)s ngày", n=wanted.silence),
        "group": lambda: label_of("sc_groups", wanted.group),
        "abuse": lambda: label_of("abuse_forms", wanted.abuse),
        "commune": lambda: commune_label(wanted.commune),
    }
    return texts[name]()


def _owner_name(owner: uuid.UUID | None, people: People) -> str:
    return next((name for person, name in people if person == owner), _("Người khác phụ trách"))


def commune_label(code: str | None) -> str:
    try:
        return commune(code).label if code else ""
    except UnknownCommune:
        return code or ""
