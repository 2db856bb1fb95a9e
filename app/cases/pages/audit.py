"""Audit events in words."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.audit.actions import AuditAction
from app.audit.labels import GROUPS, action_label
from app.auth.permissions import COMPARTMENTS, Section
from app.cases.labels import SECTIONS, field_label, label_of
from app.cases.pages.audit_words import folded, page_words, paper_words
from app.cases.pages.links import address_of, link
from app.cases.pages.list_filters import as_text
from app.cases.pages.log import Tab
from app.cases.queries.audit import COUNTED, AuditFilter, LogState, Proof, Trace
from app.core import clock
from app.reference.communes import UnknownCommune, commune
from app.web.dates import parse_date
from app.web.filters import number, vn_datetime, vn_time
from app.web.words import _

_NUMBER = re.compile(r"[A-Z]{2}-\d{4}-\d{6}")
_USERNAME = re.compile(r"[a-z0-9._-]{1,60}")


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One event as a sentence: who, what, with which result."""

    when: str
    time: str
    iso: str
    what: str
    who: str
    detail: str
    number: str
    url: str
    is_refused: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    lines: Sequence[TraceLine]
    groups: tuple[Tab, ...]
    group: str
    username: str
    number: str
    day: str
    state: str
    export_url: str
    next_url: str
    first_url: str


def read_audit_filter(args: Mapping[str, str]) -> AuditFilter:
    """The filter that an address asks for; what does not look like its kind is no filter."""
    group, username = args.get("group", ""), args.get("user", "").strip().lower()
    number_text, key = args.get("case", "").strip().upper(), args.get("after", "")
    since, until = _day(args.get("day", ""))
    return AuditFilter(
        group=group if group in GROUPS else "",
        username=username if _USERNAME.fullmatch(username) else "",
        number=number_text if _NUMBER.fullmatch(number_text) else "",
        since=since,
        until=until,
        before_id=int(key) if key.isascii() and key.isdigit() and len(key) < 18 else None,
    )


def audit_query(wanted: AuditFilter) -> dict[str, str]:
    """The filter as it stands in the address."""
    return {
        "group": wanted.group,
        "user": wanted.username,
        "case": wanted.number,
        "day": clock.local(wanted.since).strftime("%d-%m-%Y") if wanted.since else "",
    }


def audit_page(
    traces: Sequence[Trace], wanted: AuditFilter, state: LogState, page: int
) -> AuditPage:
    query = audit_query(wanted)

    def address(**changes: str) -> str:
        base, text = (
            link("audit.index"),
            "&".join(f"{name}={value}" for name, value in {**query, **changes}.items() if value),
        )
        return f"{base}?{text}" if text else base

    shown = traces[:page]
    return AuditPage(
        lines=folded(trace_line(trace) for trace in shown),
        groups=(
            Tab(_("Tất cả"), address(group=""), not wanted.group),
            *(
                Tab(str(words), address(group=code), wanted.group == code)
                for code, (words, _actions) in GROUPS.items()
            ),
        ),
        group=wanted.group,
        username=wanted.username,
        number=wanted.number,
        day=query["day"].replace("-", "/"),
        state=state_words(state),
        export_url=address_of(link("exports.new"), as_text({"list": "log", **query})),
        next_url=address(after=str(shown[-1].id)) if len(traces) > page else "",
        first_url=address() if wanted.before_id is not None else "",
    )


def trace_line(trace: Trace) -> TraceLine:
    details = [*_details(trace), *_sections(trace)]
    who = ", ".join(part for part in (trace.who, trace.unit) if part)
    return TraceLine(
        when=vn_datetime(trace.at),
        time=vn_time(trace.at),
        iso=trace.at.isoformat(timespec="seconds"),
        what=action_label(trace.action),
        who=who or _("hệ thống"),
        detail=" ".join(details),
        number=trace.number or "",
        url=link("cases.timeline", case_id=trace.case_id) if trace.case_id else "",
        is_refused=trace.outcome != "ok",
    )


def state_words(state: LogState) -> str:
    """When the log was last signed and how much came since."""
    since = number(min(state.since, COUNTED))
    if state.since > COUNTED:
        since = _("hơn %(n)s", n=since)
    if state.signed_at is None:
        return _("Chưa ký lần nào; %(n)s sự kiện chờ ký.", n=since)
    return _(
        "Ký lần gần nhất lúc %(when)s (%(total)s sự kiện); từ đó thêm %(n)s sự kiện.",
        when=vn_datetime(state.signed_at),
        total=number(state.signed_events),
        n=since,
    )


def proof_words(proof: Proof) -> str:
    """The line that goes with a case's timeline to court."""
    head = proof.head.hex()[:16] if proof.head else "-"
    signed = vn_datetime(proof.signed_at) if proof.signed_at else _("chưa có")
    return _(
        "Chuỗi kiểm tra của hồ sơ: %(n)s sự kiện, mã đầu chuỗi %(head)s; ký gần nhất: %(when)s.",
        n=number(proof.events),
        head=head,
        when=signed,
    )


def _sections(trace: Trace) -> Iterable[str]:
    """Which parts of a file were open to the reader. Compartments are not named: they are open to
    every worker of a case, and would be taken for what is in it."""
    named = set(Section) - COMPARTMENTS
    known = [str(SECTIONS[Section(s)]).lower() for s in trace.sections if s in named]
    if known:
        yield _("Phần được xem: %(sections)s.", sections="; ".join(known))


def _details(trace: Trace) -> Iterable[str]:
    say = SAY.get(trace.action)
    return say(trace.data) if say else ()


Data = Mapping[str, object]


def _denied(data: Data) -> Iterable[str]:
    yield _(
        "Trang: %(page)s, trả lời %(status)s.",
        page=page_words(data.get("endpoint")),
        status=data.get("status"),
    )


def _count(data: Data) -> Iterable[str]:
    found = data.get("children") or data.get("cases")
    if isinstance(found, list):
        yield _("%(n)s kết quả được hiện.", n=len(found))


def _fields(data: Data) -> Iterable[str]:
    fields = data.get("fields")
    if isinstance(fields, list) and fields:
        yield _("Đã sửa: %(fields)s.", fields=", ".join(field_label(str(f)) for f in fields))


def _route(data: Data) -> Iterable[str]:
    try:
        yield _("Đến %(place)s.", place=commune(str(data.get("commune"))).label)
    except UnknownCommune:
        return


def _level(data: Data) -> Iterable[str]:
    if data.get("level"):
        yield label_of("risk_levels", data["level"]) + "."


def _outcome(data: Data) -> Iterable[str]:
    if data.get("outcome"):
        yield label_of("verification_outcomes", data["outcome"]) + "."


def _rule(data: Data) -> Iterable[str]:
    due = data.get("due") or data.get("until")
    if due:
        yield _("Hạn %(when)s.", when=vn_datetime(datetime.fromisoformat(str(due))))


def _document(data: Data) -> Iterable[str]:
    if data.get("document"):
        yield f"{paper_words(data['document'])}."


# how each action says more; packages above add theirs
SAY: dict[str, Callable[[Data], Iterable[str]]] = {
    AuditAction.DENIED: _denied,
    AuditAction.PEOPLE_SEARCHED: _count,
    AuditAction.DUPLICATES_SHOWN: _count,
    AuditAction.CASES_LISTED: _count,
    AuditAction.REGISTER_LISTED: _count,
    AuditAction.CHILD_CHANGED: _fields,
    AuditAction.REPORT_CORRECTED: _fields,
    AuditAction.REPORT_ROUTED: _route,
    AuditAction.CASE_ASSESSED: _level,
    AuditAction.RISK_OVERRIDE_DECIDED: _level,
    AuditAction.CASE_VERIFIED: _outcome,
    AuditAction.DEADLINE_MISSED: _rule,
    AuditAction.EXTENSION_ASKED: _rule,
    AuditAction.EXTENSION_DECIDED: _rule,
    AuditAction.DOCUMENT_PRINTED: _document,
}


def _day(text: str) -> tuple[datetime | None, datetime | None]:
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if day is None:
        return None, None
    start = datetime(day.year, day.month, day.day, tzinfo=clock.LOCAL).astimezone(UTC)
    return start, start + timedelta(days=1)
