"""The record of a case for a court, in words: a paper is Vietnamese, whatever its reader chose."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from flask_babel import force_locale

from app.auth.actor import Actor
from app.cases.labels import STATES, agency_name, label_of
from app.cases.models import Case, Export
from app.cases.pages import clocks as clock_words
from app.cases.pages.audit import trace_line
from app.cases.pages.documents import CLOSED, VI, moment_words
from app.cases.pages.edits import edit_lines
from app.cases.pages.entries import EDITS, log_item
from app.cases.pages.file import commune_name
from app.cases.queries.audit import Trace
from app.cases.queries.court_record import MOST, CourtRecord
from app.cases.queries.events import Entry
from app.documents.letterhead import Office
from app.web.filters import number, vn_datetime

LINES = 1_000  # ten seconds of printing
TITLE = "Bản trích diễn biến và nhật ký kiểm tra"
_EXPLAINED = (
    "Mỗi sự kiện của hồ sơ mang một mã băm SHA-256 tính trên nội dung của nó và mã của sự kiện liền"
    " trước. Sửa, xóa hay đổi chỗ bất kỳ sự kiện nào làm mọi mã về sau thay đổi. Lệnh “flask audit"
    " verify” tính lại toàn bộ chuỗi, so với mã đầu chuỗi dưới đây và với các lần ký. Tệp"
    " chứng thực do người vận hành lập bằng lệnh “flask audit proof MÃ-CHUỖI” chứa toàn bộ chuỗi;"
    " lệnh “flask audit verify --proof TỆP” kiểm tra nó trên máy khác mà không cần cơ sở dữ liệu,"
    " với khóa công khai do lệnh “flask audit public-key” in ra."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing done or looked at. `typed` only where it was typed later than it happened."""

    at: datetime
    when: str
    typed: str
    who: str
    what: str
    details: tuple[str, ...]
    is_trace: bool


def court_document(
    case: Case, record: CourtRecord, *, actor: Actor, export: Export, proof: str, now: datetime
) -> dict[str, object]:
    """The context of templates/documents/court_record.html."""
    with force_locale(VI):
        found = _folded(sorted(_rows(record), key=lambda row: row.at, reverse=True))
        rows = found[:LINES]
        return {
            "title": f"{TITLE} - {case.number}",
            "heading": TITLE,
            "office": Office(actor.unit_name, actor.unit_kind, actor.commune_code),
            "day": now,
            "facts": (
                *_facts(case, record, actor, now),
                ("Bản xuất", export.number),
                ("Dùng để", " ".join((export.reason or "").split())),
            ),
            "clocks": [clock_words.row(view, now, extend_url="") for view in record.clocks],
            "rows": rows[::-1],
            "bound": _bound(record, was_cut=len(rows) < len(found)),
            "explained": _EXPLAINED,
            "proofs": (("Mã chuỗi", str(case.id)), *_proofs(record)),
            "signer": actor.name,
            "proof": proof,
        }


def _facts(
    case: Case, record: CourtRecord, actor: Actor, now: datetime
) -> Iterable[tuple[str, str]]:
    yield "Hồ sơ số", case.number
    yield "Trẻ em", record.child_name or CLOSED
    yield "Loại tin báo", label_of("report_categories", case.category.value)
    if case.commune_code:
        yield "Nơi xảy ra", commune_name(case.commune_code)
    yield "Nhận tin lúc", moment_words(record.received_at)
    yield "Tình trạng hồ sơ", str(STATES[case.state])
    yield "Người in", f"{actor.name}, {actor.role_label}, {actor.unit_name}"
    yield "In lúc", moment_words(now)


def _rows(record: CourtRecord) -> Iterable[Row]:
    yield from (_done(entry, record.received_at) for entry in record.entries)
    yield from (_seen(trace) for trace in record.traces)


def _done(entry: Entry, received_at: datetime) -> Row:
    item = log_item(entry, received_at)
    is_late = entry.typed_at - entry.happened_at >= timedelta(minutes=1)
    who = ", ".join(part for part in (entry.by_name, entry.unit_name) if part)
    if entry.is_locked:
        details: tuple[str, ...] = (CLOSED,)
    elif entry.kind in EDITS and entry.note:
        details = tuple(edit_lines(entry))
    else:
        details = tuple(part for part in (*item.details, item.note) if part)
    return Row(
        at=entry.happened_at,
        when=vn_datetime(entry.happened_at),
        typed=vn_datetime(entry.typed_at) if is_late else "",
        who=who or agency_name(entry.lane),
        what=item.title,
        details=details,
        is_trace=False,
    )


def _seen(trace: Trace) -> Row:
    line = trace_line(trace)
    return Row(
        at=trace.at,
        when=line.when,
        typed="",
        who=line.who,
        what=line.what,
        details=(line.detail,) if line.detail else (),
        is_trace=True,
    )


def _folded(rows: Iterable[Row]) -> list[Row]:
    """Readings that follow each other and say the same stand in one line with their number."""
    found = []
    for said, same in groupby(rows, key=_said):
        newest, *rest = same
        if rest and said[0] is True:
            what, when = f"{newest.what} ×{len(rest) + 1}", newest.when
            if rest[-1].when != when:
                when = f"{rest[-1].when} – {when}"
            newest, rest = replace(newest, when=when, what=what), []
        found += [newest, *rest]
    return found


def _said(row: Row) -> tuple[object, ...]:
    return row.is_trace, row.who, row.what, row.details


def _bound(record: CourtRecord, *, was_cut: bool) -> str:
    shown = len(record.entries) + len(record.traces)
    if record.has_older or was_cut:
        return (
            f"Bản in đọc {number(MOST)} sự kiện mới nhất và in nhiều nhất {number(LINES)} dòng;"
            " các sự kiện cũ hơn có trong hệ thống."
        )
    return f"Bản in gồm đủ {number(shown)} sự kiện của hồ sơ đến lúc in."


def _proofs(record: CourtRecord) -> Iterable[tuple[str, str]]:
    """What anybody can compare later: the head of the chain, and the last signed checkpoint."""
    yield "Số sự kiện trong chuỗi của hồ sơ", number(record.proof.events)
    yield "Mã đầu chuỗi (SHA-256)", record.proof.head.hex() if record.proof.head else "chưa có"
    if record.seal is None:
        yield "Lần ký gần nhất của nhật ký", "chưa có"
        return
    yield "Lần ký gần nhất của nhật ký", moment_words(record.seal.at)
    yield "Số sự kiện đã ký của toàn hệ thống", number(record.seal.size)
    yield "Mã gốc đã ký (SHA-256)", record.seal.root.hex()
