"""Entries of the specific assessment."""

from collections.abc import Callable, Iterable, Mapping

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.pages.entry_words.counts import counts_words
from app.cases.queries.events import Entry
from app.web.words import _


def _title(entry: Entry, title: str) -> str:
    level = entry.fact("level")
    return f"{title}: {label_of('risk_levels', level).lower()}" if level else title


def _details(entry: Entry) -> Iterable[str]:
    if entry.fact("counts"):
        yield counts_words(entry.fact("counts"))
    counting = entry.fact("case_level")
    if counting and counting != entry.fact("level"):
        yield _("Hồ sơ vẫn giữ mức %(level)s.", level=label_of("risk_levels", counting).lower())
    goals = entry.fact("goals")
    if goals:
        labels = (label_of("needs", code).lower() for code in goals)
        yield _("Cần mục tiêu trong kế hoạch: %(domains)s.", domains="; ".join(labels))


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {EventKind.SPECIFIC_ASSESSMENT: _title}
DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.SPECIFIC_ASSESSMENT: _details
}
