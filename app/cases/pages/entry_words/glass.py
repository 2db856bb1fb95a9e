"""Entries of a file that was opened in an emergency."""

from collections.abc import Callable, Iterable, Mapping

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.queries.events import Entry
from app.web.words import _


def _broken(entry: Entry) -> Iterable[str]:
    yield f"{label_of('glass_categories', entry.fact('category'))}."
    minutes = entry.fact("minutes")
    if isinstance(minutes, int):
        yield _("Chỉ đọc, trong %(n)s phút.", n=minutes)


def _reviewed(entry: Entry) -> Iterable[str]:
    yield f"{label_of('glass_decisions', entry.fact('decision'))}."


DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.GLASS_BROKEN: _broken,
    EventKind.GLASS_REVIEWED: _reviewed,
}
