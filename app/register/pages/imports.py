"""The pages of imports in words: the list, the choice of columns, the report of the dry run."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString

from app.core.tasks import Task
from app.documents.examine import Fault, FileRefused
from app.documents.read_workbook import COLUMNS, Outline
from app.people.duplicates import Reason
from app.register.models import Decision, ImportState, RowState, SheetImport
from app.register.pages.import_words import fault_words, groups_words, note_words
from app.register.queries.imports import ListedImport, ShownRow
from app.register.services.imports import importable, standing
from app.register.sheets.columns import Column
from app.register.sheets.rows_data import SheetRow, StagedMatch
from app.register.sheets.values import shown
from app.web.filters import vn_date
from app.web.words import _, _l

STATES: Mapping[ImportState, tuple[LazyString, str]] = {
    ImportState.UPLOADED: (_l("Chờ chọn cột"), "warn"),
    ImportState.CHECKING: (_l("Đang kiểm tra"), "go"),
    ImportState.CHECKED: (_l("Đã kiểm tra, chưa nhập"), "warn"),
    ImportState.IMPORTING: (_l("Đang nhập"), "go"),
    ImportState.DONE: (_l("Đã nhập"), "ok"),
    ImportState.CANCELLED: (_l("Đã hủy"), ""),
    ImportState.FORGOTTEN: (_l("Đã đóng"), ""),
}
VIEW_WORDS: Mapping[str, LazyString] = {
    "errors": _l("Có lỗi"),
    "alike": _l("Có thể trùng"),
    "ready": _l("Sẵn sàng"),
    "known": _l("Đã có"),
    "skipped": _l("Bỏ qua"),
}
_STEPS = (_l("Gửi tệp"), _l("Chọn cột"), _l("Xem kết quả kiểm tra"), _l("Nhập"))


@dataclass(frozen=True, slots=True)
class ListLine:
    id: uuid.UUID
    name: str
    about: str
    state: str
    tone: str
    numbers: str


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A child known already; `value` decides for it, "" where no group can be recorded with it."""

    child_id: uuid.UUID | None
    name: str
    about: str
    why: Sequence[Reason]
    score: int
    value: str
    is_chosen: bool
    units: str


@dataclass(frozen=True, slots=True)
class RowLine:
    id: uuid.UUID
    number: int
    name: str
    about: str
    groups: Sequence[str]
    since: str
    faults: Sequence[tuple[str, str]]
    notes: Sequence[str]
    matches: Sequence[MatchLine]
    decision: str
    cells: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar: of 1000, from `x` on."""

    view: str
    label: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Report:
    """One import as its page shows it."""

    state: ImportState
    state_words: str
    tone: str
    steps: Sequence[tuple[str, str]]
    fault: str
    segments: Sequence[Segment]
    total: int
    view: str
    lines: Sequence[RowLine]
    next_after: int | None
    importable: int
    undecided: int
    imported: Mapping[str, int]
    has_rows: bool
    has_no_child: bool  # nothing but titles, sums, examples


def list_lines(found: Iterable[ListedImport]) -> list[ListLine]:
    return [
        ListLine(
            id=one.id,
            name=one.file_name or _("Bảng tính ngày %(day)s", day=vn_date(one.created_at)),
            about=_("gửi ngày %(day)s, %(who)s", day=vn_date(one.created_at), who=one.by_name),
            state=str(STATES[one.state][0]),
            tone=STATES[one.state][1],
            numbers=_numbers(one.counts),
        )
        for one in found
    ]


def _numbers(counts: Mapping[str, int]) -> str:
    parts = []
    if counts.get("imported_rows") is not None:
        parts.append(_("đã nhập %(n)s trẻ em mới", n=counts.get("imported_children", 0)))
    for view, count in views_of(counts).items():
        if count and view in ("errors", "alike", "ready"):
            parts.append(f"{count} {str(VIEW_WORDS[view]).lower()}")
    return ", ".join(parts)


def views_of(counts: Mapping[str, int]) -> dict[str, int]:
    """How many rows each view of the report has."""
    alike = sum(n for name, n in counts.items() if name.startswith("alike"))
    return {
        "errors": counts.get("error", 0),
        "alike": alike,
        "ready": counts.get("ready", 0),
        "known": counts.get("known", 0),
        "skipped": counts.get("skipped", 0),
    }


def first_view(counts: Mapping[str, int]) -> str:
    """What a person looks at first: errors, then what waits for a decision."""
    views = views_of(counts)
    order = ("errors", "alike", "ready", "known", "skipped")
    return next((view for view in order if views[view]), "ready")


def report(
    sheet_import: SheetImport,
    task: Task | None,
    rows: Sequence[ShownRow],
    *,
    view: str,
    more: bool,
) -> Report:
    state, counts = standing(sheet_import, task), sheet_import.counts
    words, tone = STATES[state]
    views = views_of(counts)
    return Report(
        state=state,
        state_words=str(words),
        tone=tone,
        steps=steps_of(state),
        fault=fault_text(sheet_import.fault) or _lost(sheet_import, state),
        segments=_segments(views),
        total=sum(views.values()),
        view=view,
        lines=[row_line(row) for row in rows],
        next_after=rows[-1].row.number if more else None,
        importable=importable(counts),
        undecided=counts.get("alike", 0),
        imported={k: n for k, n in counts.items() if k.startswith("imported")},
        has_rows=sheet_import.is_kept and bool(sum(views.values())),
        has_no_child=state is ImportState.CHECKED and sum(views.values()) == views["skipped"],
    )


def _lost(sheet_import: SheetImport, state: ImportState) -> str:
    if sheet_import.state is state:
        return ""
    return _("Việc chạy nền bị dừng. Dữ liệu vẫn như cũ; bạn có thể làm lại bước này.")


def steps_of(state: ImportState) -> list[tuple[str, str]]:
    """The four steps with how far they are, for the macro `steps`."""
    at = {
        ImportState.UPLOADED: 1,
        ImportState.CHECKING: 2,
        ImportState.CHECKED: 2,
        ImportState.IMPORTING: 3,
    }.get(state, 4)
    return [
        (str(words), "done" if place < at else "now" if place == at else "next")
        for place, words in enumerate(_STEPS)
    ]


def fault_text(fault: str | None) -> str:
    if not fault:
        return ""
    return str(FileRefused(Fault(fault)).text)


def _segments(views: Mapping[str, int]) -> list[Segment]:
    total, x, found = sum(views.values()) or 1, 0.0, []
    for view, count in views.items():
        width = round(1000 * count / total, 1)
        found.append(Segment(view, str(VIEW_WORDS[view]), count, round(x, 1), width))
        x += width
    return found


def row_line(shown_row: ShownRow) -> RowLine:
    row = shown_row.row
    is_fault = shown_row.state is RowState.ERROR
    return RowLine(
        id=shown_row.id,
        number=row.number,
        name=row.full_name or row.cells.get("full_name", ""),
        about=_about(row),
        groups=groups_words(row),
        since=vn_date(row.memberships[0].since) if row.memberships else "",
        faults=[fault_words(row, fault) for fault in row.faults] if is_fault else [],
        notes=[note_words(note) for note in row.notes],
        matches=[_match(one, shown_row) for one in row.matches],
        decision=shown_row.decision or "",
        cells=" · ".join(text for text in row.cells.values() if text)[:300],
    )


def _about(row: SheetRow) -> str:
    sexes = {"male": _("nam"), "female": _("nữ")}
    born = row.child().dob
    parts = (
        _("sinh %(day)s", day=born) if born else "",
        _("%(n)s tuổi", n=row.age) if row.age is not None and not born else "",
        sexes.get(row.sex, ""),
        row.residence_text or "",
    )
    return " · ".join(part for part in parts if part)


def _match(match: StagedMatch, shown_row: ShownRow) -> MatchLine:
    known = {reason.value: reason for reason in Reason}
    born = _("sinh năm %(year)s", year=match.birth_year) if match.birth_year else ""
    return MatchLine(
        child_id=match.child_id,
        name=match.name or _("Chưa rõ tên"),
        about=" · ".join(part for part in (match.number, born) if part),
        why=[known[code] for code in match.reasons if code in known],
        score=match.score,
        value=str(match.child_id) if match.child_id and match.case_id else "",
        is_chosen=shown_row.decision is Decision.SAME and match.child_id == shown_row.child_id,
        units=", ".join(match.units),
    )


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    sheets: Sequence[tuple[int, str, bool]]
    headings: Sequence[tuple[int, str, bool]]
    columns: Sequence[Column]
    is_too_wide: bool
    most: int
    fault: str


def columns_page(
    outline: Outline, sheet: int, heading: int, columns: Sequence[Column], fault: str | None
) -> ColumnsPage:
    chosen = outline.sheets[sheet]
    return ColumnsPage(
        sheets=[
            (place, one.name, place == sheet)
            for place, one in enumerate(outline.sheets)
            if not one.is_empty or place == sheet
        ],
        headings=[
            (number, _heading(number, cells), number == heading) for number, cells in chosen.head
        ],
        columns=columns,
        is_too_wide=chosen.columns > COLUMNS,
        most=COLUMNS,
        fault=fault_text(fault),
    )


def _heading(number: int, cells: Sequence[object]) -> str:
    words = " · ".join(text for text in map(shown, cells) if text)
    return _("Dòng %(n)s: %(words)s", n=number, words=words[:80])
