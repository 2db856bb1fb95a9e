"""Entries of reminders that went up, and of what need not be done, in words."""

from collections.abc import Callable, Iterable, Mapping

from app.cases.enums import EventKind
from app.cases.queries.events import Entry
from app.web.words import _

# What an upper package calls a kind of thing that is due.
KIND_WORDS: list[Callable[[str], str]] = []


def _named(entry: Entry) -> Iterable[str]:
    kind = str(entry.fact("kind") or "")
    words = KIND_WORDS[0](kind) if KIND_WORDS and kind else ""
    if words:
        yield _("Việc: %(what)s.", what=words)


def _escalated(entry: Entry) -> Iterable[str]:
    yield from _named(entry)
    level = entry.fact("level")
    if isinstance(level, int) and level > 1:
        yield _("Nhắc lên lần thứ %(n)s.", n=level)


DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.REMINDER_ESCALATED: _escalated,
    EventKind.REMINDER_WAIVED: _named,
}
