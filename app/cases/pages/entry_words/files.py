"""Entries of documents."""

from collections.abc import Callable, Mapping

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.queries.events import Entry


def _title(entry: Entry, title: str) -> str:
    return f"{title}: {label_of('file_kinds', entry.fact('kind'))}"


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {
    EventKind.FILE_ADDED: _title,
    EventKind.FILE_REMOVED: _title,
}
