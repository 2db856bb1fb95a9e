"""Entries of reviews, closing, cycles, reopening and the check after closing."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.queries.events import Entry
from app.web.filters import vn_date
from app.web.words import _


def _reviewed_title(entry: Entry, title: str) -> str:
    level = entry.fact("level")
    return f"{title}: {label_of('risk_levels', level).lower()}" if level else title


def _cycle_title(entry: Entry, title: str) -> str:
    cycle = entry.fact("cycle")
    return f"{title}: {_('chu kỳ %(n)s', n=cycle)}" if cycle else title


def _checked_title(entry: Entry, title: str) -> str:
    said = _("an toàn") if entry.fact("is_safe") else _("không an toàn")
    return f"{title}: {said}"


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {
    EventKind.REVIEWED: _reviewed_title,
    EventKind.CYCLE_STARTED: _cycle_title,
    EventKind.CHECKED_AFTER: _checked_title,
}


def _reviewed(entry: Entry) -> Iterable[str]:
    if entry.fact("proposal"):
        words = label_of("review_proposals", entry.fact("proposal"))
        yield _("Đề xuất: %(proposal)s.", proposal=words)
    if entry.fact("next_on"):
        yield _("Rà soát lại ngày %(day)s.", day=_day(entry.fact("next_on")))


def _closed(entry: Entry) -> Iterable[str]:
    if entry.fact("check_on"):
        yield _("Kiểm tra lại ngày %(day)s.", day=_day(entry.fact("check_on")))


def _checked(entry: Entry) -> Iterable[str]:
    if entry.fact("next_on"):
        yield _("Kiểm tra tiếp ngày %(day)s.", day=_day(entry.fact("next_on")))


def _reopened(entry: Entry) -> Iterable[str]:
    if entry.fact("next"):
        yield _("Hồ sơ tiếp theo: %(number)s.", number=entry.fact("next"))
    if entry.fact("previous"):
        yield _("Hồ sơ trước: %(number)s.", number=entry.fact("previous"))


DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.REVIEWED: _reviewed,
    EventKind.CLOSED: _closed,
    EventKind.CHECKED_AFTER: _checked,
    EventKind.REOPENED: _reopened,
}


def _day(text: object) -> str:
    return vn_date(date.fromisoformat(str(text)))
