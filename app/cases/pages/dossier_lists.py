"""The lists at the end of a dossier: what the child received, the papers, the timeline."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.entries import log_item
from app.cases.pages.support import record_of
from app.cases.queries.dossiers import entries_until
from app.cases.queries.events import Entry
from app.cases.queries.files import files_of
from app.cases.queries.follow_up import DoneView, done_follow_ups
from app.cases.queries.support import ServiceView, services_of
from app.cases.queries.timeline import received_at
from app.core import clock

Row = tuple[str, ...]
_PAGE = 200
_MOST = 600  # what one document can hold; it says so where there are more
_LOCKED = "(không thuộc phạm vi xem)"
_SERVICES = ("Thời gian", "Dịch vụ", "Chi tiết")
_VISITS = ("Diễn ra", "Ghi vào hồ sơ", "Hình thức, an toàn của trẻ em", "Nội dung")
_PAPERS = ("Ngày", "Loại", "Tên tài liệu", "Người thêm")
_MOMENTS = frozenset({"Thời gian", "Diễn ra", "Ghi vào hồ sơ", "Ngày"})  # narrow columns
_EVENTS = ("Diễn ra", "Ghi vào hồ sơ", "Sự kiện", "Nội dung")


class Keyed(Protocol):
    @property
    def key(self) -> tuple[Any, UUID]: ...


View = TypeVar("View", bound=Keyed)


def support_list(session: Session, case: Case, sections: frozenset[Section]) -> dict[str, object]:
    def services(before: Any) -> list[ServiceView]:
        return services_of(session, case.id, sections=sections, before=before, limit=_PAGE)

    def visits(before: Any) -> list[DoneView]:
        return done_follow_ups(session, case.id, sections=sections, before=before, limit=_PAGE)

    received = [_service(view, case) for view in _all(services)]
    visited = [_visit(view) for view in _all(visits)]
    return {
        "heading": "Dịch vụ đã nhận và các lần theo dõi",
        "moments": _MOMENTS,
        "tables": [
            (_name("1. Dịch vụ trẻ em đã nhận", received), _SERVICES, received),
            (_name("2. Các lần theo dõi", visited), _VISITS, visited),
        ],
    }


def files_list(session: Session, case: Case, sections: frozenset[Section]) -> dict[str, object]:
    """Titles only: the papers themselves stay where they are."""
    found = files_of(session, case.id, sections=sections, limit=_MOST)[:_MOST][::-1]
    rows = [
        (
            moment(view.happened_at),
            label_of("file_kinds", view.kind),
            view.title,
            view.by_name,
        )
        for view in found
    ]
    return {
        "heading": "Danh mục tài liệu kèm theo",
        "moments": _MOMENTS,
        "tables": [(_name("", rows), _PAPERS, rows)],
    }


def timeline_list(
    session: Session,
    case: Case,
    sections: frozenset[Section],
    sheet: tuple[datetime, UUID, int],
) -> dict[str, object]:
    """One stretch, the oldest entry first; of a closed section only when, and whose it is."""
    received = received_at(session, case.id)
    found = entries_until(session, case.id, sections=sections, sheet=sheet)
    rows = [_event(entry, received) for entry in found]
    return {"heading": "Dòng thời gian", "moments": _MOMENTS, "tables": [("", _EVENTS, rows)]}


def _name(name: str, rows: Sequence[Row]) -> str:
    return name if len(rows) < _MOST else f"{name} ({_MOST} mục mới nhất)".strip()


def moment(at: datetime) -> str:
    """09:30\n24/11/2026"""
    return clock.local(at).strftime("%H:%M\n%d/%m/%Y")


def _all(page: Callable[[Any], Sequence[View]]) -> list[View]:
    """Every row behind a paged list, the oldest first."""
    found: list[View] = []
    before = None
    while len(found) < _MOST:
        rows = page(before)
        found += rows[:_PAGE]
        if len(rows) <= _PAGE:
            break
        before = found[-1].key
    return found[::-1]


def _service(view: ServiceView, case: Case) -> Row:
    record = record_of(view, case, may=False)
    period, *details = record.details
    words = (*details, record.note, record.struck, record.reason, record.foot)
    return period, f"{record.what}\n({record.title})", _lines(words)


def _visit(view: DoneView) -> Row:
    kind = label_of("follow_up_kinds", view.kind.value)
    safety = label_of("child_safety", view.safety.value)
    return (
        moment(view.happened_at),
        moment(view.typed_at),
        f"{kind}\n{safety}",
        _lines((view.safety_words or "", view.note or "", view.by_name)),
    )


def _event(entry: Entry, received: datetime) -> Row:
    item = log_item(entry, received)
    if item.is_locked:
        return moment(entry.happened_at), moment(entry.typed_at), item.title, _LOCKED
    who = " · ".join(filter(None, (entry.by_name, entry.unit_name)))
    words = _lines((*item.details, item.note, who))
    return moment(entry.happened_at), moment(entry.typed_at), item.title, words


def _lines(words: Sequence[str]) -> str:
    return "\n".join(_said(words))


def _said(words: Sequence[str]) -> Iterator[str]:
    return (str(text) for text in words if text)
