"""Who opened a file, and what of the readings stands out, in words."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask_babel import LazyString

from app.auth.actor import ROLE_LABELS
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.links import key_text, link
from app.cases.pages.log import Tab, read_time_key
from app.core import clock
from app.oversight.models import ReadingFinding
from app.oversight.queries.findings import DayLine, FindingFacts, FindingLine, LookView
from app.oversight.queries.readings import ReaderLine, ReadersFilter
from app.oversight.queries.relations import NONE_OF_ONES_OWN
from app.reference.library import code_list
from app.web.dates import parse_date
from app.web.filters import number, vn_date, vn_datetime, vn_day, vn_time
from app.web.words import _, _l

SHOWS: Mapping[str, LazyString] = {
    "": _l("Tất cả"),
    "others": _l("Ngoài đơn vị phụ trách"),
    "glass": _l("Mở khẩn cấp"),
    "prints": _l("In, tải về"),
}


@dataclass(frozen=True, slots=True)
class ReaderRow:
    name: str
    about: str
    relation: str
    tone: str
    when: str
    times: str


@dataclass(frozen=True, slots=True)
class ReadersDay:
    label: str
    rows: Sequence[ReaderRow]


@dataclass(frozen=True, slots=True)
class ReadersPage:
    days: Sequence[ReadersDay]
    tabs: tuple[Tab, ...]
    show: str
    day: str
    older: str
    newest: str
    log_url: str


def read_readers_filter(args: Mapping[str, str]) -> ReadersFilter:
    """What an address asks for; what is no code is no filter."""
    show, key = args.get("show", ""), read_time_key(args.get("before", ""))
    return ReadersFilter(show if show in SHOWS else "", _day(args.get("date", "")), key)


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def readers_page(
    case: Case,
    lines: Sequence[ReaderLine],
    more: tuple[datetime, uuid.UUID] | None,
    wanted: ReadersFilter,
    now: datetime,
) -> ReadersPage:
    base, day = link("readings.of_case", case_id=case.id), ""
    if wanted.day:
        day = wanted.day.strftime("%d-%m-%Y")

    def address(**changes: str) -> str:
        query = {"show": wanted.show, "date": day, **changes}
        text = "&".join(f"{name}={value}" for name, value in query.items() if value)
        return f"{base}?{text}" if text else base

    return ReadersPage(
        days=_days(lines, clock.local(now).date()),
        tabs=tuple(
            Tab(str(words), address(show=code), wanted.show == code)
            for code, words in SHOWS.items()
        ),
        show=wanted.show,
        day=vn_date(wanted.day),
        older=address(before=key_text(*more)) if more else "",
        newest=address(date="") if wanted.before or wanted.day else "",
        log_url=link("cases.timeline", case_id=case.id),
    )


def _days(lines: Iterable[ReaderLine], today: date) -> list[ReadersDay]:
    def day_of(one: ReaderLine) -> date:
        return clock.local(one.last_at).date()

    return [
        ReadersDay(vn_day(day, today), [_reader(one) for one in group])
        for day, group in groupby(lines, day_of)
    ]


def _reader(one: ReaderLine) -> ReaderRow:
    relation = label_of("reading_relations", one.relation)
    return ReaderRow(
        name=one.name,
        about=f"{one.unit} · {ROLE_LABELS[one.role]}",
        relation=f"{relation} {one.referral}" if one.referral else relation,
        tone="warn" if one.relation in NONE_OF_ONES_OWN else "",
        when=_span(one.first_at, one.last_at),
        times=_times(one.times, one.prints),
    )


def _span(first: datetime, last: datetime) -> str:
    start, end = vn_time(first), vn_time(last)
    return start if start == end else f"{start}–{end}"


def _times(times: int, prints: int) -> str:
    words = _("%(n)s lần", n=number(times))
    return _("%(words)s, in hoặc tải %(n)s", words=words, n=number(prints)) if prints else words


@dataclass(frozen=True, slots=True)
class FindingRow:
    title: str
    about: str
    detail: str
    day: str
    state: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class FindingsPage:
    rows: Sequence[FindingRow]
    tabs: tuple[Tab, ...]
    kinds: Sequence[tuple[str, str]]
    kind: str
    show: str
    older: str


def findings_page(
    lines: Sequence[FindingLine], *, show: str, kind: str, limit: int
) -> FindingsPage:
    base, shown = link("readings.index"), lines[:limit]
    last = shown[-1] if len(lines) > limit else None

    def address(**changes: str) -> str:
        query = {"show": show, "kind": kind, **changes}
        text = "&".join(f"{name}={value}" for name, value in query.items() if value)
        return f"{base}?{text}" if text else base

    return FindingsPage(
        rows=[_finding(one) for one in shown],
        tabs=(
            Tab(_("Chưa xem"), address(show=""), show == ""),
            Tab(_("Tất cả"), address(show="all"), show == "all"),
        ),
        kinds=code_list("reading_findings").choices(),
        kind=kind,
        show=show,
        older=address(after=f"{last.day.isoformat()}.{last.id.hex}") if last else "",
    )


def read_kind(text: str) -> str:
    """What an address asks for; what is no code is no filter."""
    return text if text in code_list("reading_findings") else ""


def read_day_key(text: str) -> tuple[date, uuid.UUID] | None:
    """The key of a page of findings; None for anything else."""
    day, _dot, row_id = text.partition(".")
    try:
        return date.fromisoformat(day), uuid.UUID(row_id)
    except ValueError:
        return None


def _finding(one: FindingLine) -> FindingRow:
    who = f"{one.name}, {one.unit}" if one.name else ""
    return FindingRow(
        title=label_of("reading_findings", one.kind),
        about=" · ".join(filter(None, (who, one.number))),
        detail=detail_words(one.kind, one.facts),
        day=vn_date(one.day),
        state=_("đã xem") if one.looked_at else _("chưa xem"),
        tone="ok" if one.looked_at else "warn",
        url=link("readings.show", finding_id=one.id),
    )


def detail_words(kind: str, facts: Mapping[str, object]) -> str:
    """The counts behind a finding."""
    if kind == "above_peers":
        median = number(float(str(facts.get("median", 0))), 1)
        return _(
            "%(n)s hồ sơ trong ngày; thường ngày của vai trò này là %(median)s.",
            n=facts.get("files"),
            median=median,
        )
    if kind == "too_fast":
        said = {"n": facts.get("files"), "minutes": facts.get("minutes")}
        return _("%(n)s hồ sơ khác nhau trong %(minutes)s phút.", **said)
    if kind == "off_hours":
        return _("%(n)s hồ sơ được mở trong đêm.", n=facts.get("files"))
    if kind == "many_readers":
        return _("%(n)s người mở hồ sơ này trong ngày.", n=facts.get("persons"))
    relation = facts.get("relation")
    return f"{label_of('reading_relations', relation)}." if relation else ""


def finding_help(kind: str) -> str:
    known = code_list("reading_findings").by_code.get(kind)
    return str(known.help) if known and known.help else ""


@dataclass(frozen=True, slots=True)
class FindingPage:
    title: str
    help: str
    rows: Sequence[tuple[str, str]]
    opened: Sequence[Mapping[str, str]]
    look: str
    note: str
    is_new: bool
    may_ask: bool
    url: str
    ask_url: str
    readers_url: str


def finding_page(finding: ReadingFinding, facts: FindingFacts) -> FindingPage:
    user, case = finding.user, finding.case
    rows = [
        (_("Người đọc"), f"{user.name}, {facts.unit}" if user else ""),
        (_("Hồ sơ"), case.number if case else ""),
        (_("Ngày"), vn_date(finding.day)),
        (_("Số liệu"), detail_words(finding.kind, finding.facts)),
    ]
    lines = [_opened(one) for one in facts.opened] or [
        {"title": who, "about": label_of("reading_relations", relation), "url": ""}
        for who, relation in facts.readers
    ]
    return FindingPage(
        title=label_of("reading_findings", finding.kind),
        help=finding_help(finding.kind),
        rows=[(name, words) for name, words in rows if words],
        opened=lines,
        look=looked_words(facts.look) if facts.look else "",
        note=facts.look.note or "" if facts.look else "",
        is_new=finding.looked_at is None,
        may_ask=finding.looked_at is None and user is not None and user.is_active,
        url=link("readings.show", finding_id=finding.id),
        ask_url=link("readings.ask", finding_id=finding.id),
        readers_url=link("readings.of_case", case_id=case.id) if case else "",
    )


def _opened(one: DayLine) -> dict[str, str]:
    about = [
        label_of("reading_relations", one.relation),
        _("%(n)s lần", n=number(one.times)),
        _span(one.first_at, one.last_at),
    ]
    if one.at_night:
        about.append(_("ban đêm %(n)s lần", n=number(one.at_night)))
    return {
        "title": one.number,
        "about": " · ".join(about),
        "url": link("readings.of_case", case_id=one.case_id),
    }


def looked_words(look: LookView) -> str:
    return _("%(name)s xem lúc %(when)s", name=look.by_name, when=vn_datetime(look.at))
