"""Entries of the needs meeting."""

from collections.abc import Callable, Iterable, Mapping

from app.cases.enums import EventKind
from app.cases.queries.events import Entry
from app.web.words import _


def _title(entry: Entry, title: str) -> str:
    return _("Sửa biên bản họp") if entry.fact("is_corrected") else title


def _counts(entry: Entry) -> Iterable[str]:
    if entry.kind is EventKind.MEETING_HELD:
        yield _("%(n)s người có mặt.", n=entry.fact("people") or 0)
    else:
        yield _("Mời %(n)s người.", n=entry.fact("people") or 0)
    if entry.fact("actions"):
        yield _("Giao %(n)s việc.", n=entry.fact("actions"))


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {EventKind.MEETING_HELD: _title}
DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.MEETING_CALLED: _counts,
    EventKind.MEETING_HELD: _counts,
}
