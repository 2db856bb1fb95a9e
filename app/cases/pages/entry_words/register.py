"""Entries about a child's groups, in words."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from app.cases.enums import EventKind
from app.cases.groups import LIST
from app.cases.labels import label_of
from app.cases.queries.events import Entry
from app.web.words import _

_AT_RISK = "AT_RISK"  # app/register/groups.py


def _group(entry: Entry) -> str:
    code = str(entry.fact("group") or "")
    if code == _AT_RISK:
        return _("có nguy cơ rơi vào hoàn cảnh đặc biệt")
    return label_of(LIST, code)


def _recorded_title(entry: Entry, title: str) -> str:
    if entry.fact("step") == "corrected":
        return _("Sửa nhóm hoàn cảnh đặc biệt: %(group)s", group=_group(entry))
    return f"{title}: {_group(entry)}"


def _named_title(entry: Entry, title: str) -> str:
    return f"{title}: {_group(entry)}"


def _reviewed_title(entry: Entry, title: str) -> str:
    return f"{title} {entry.fact('year')}: {_group(entry)}"


def _part(entry: Entry) -> Iterable[str]:
    if entry.fact("sub"):
        yield f"{label_of(LIST, entry.fact('sub'))}."


def _ended(entry: Entry) -> Iterable[str]:
    yield from _part(entry)
    if entry.fact("reason"):
        yield f"{label_of('group_end_reasons', entry.fact('reason'))}."
    if entry.fact("until"):
        day = date.fromisoformat(str(entry.fact("until")))
        yield _("Ra khỏi nhóm từ %(day)s.", day=day.strftime("%d/%m/%Y"))


def _reviewed(entry: Entry) -> Iterable[str]:
    yield from _part(entry)
    yield _("Còn thuộc nhóm.") if entry.fact("is_still_in") else _("Không còn thuộc nhóm.")
    if entry.fact("has_changed"):
        yield _("Hoàn cảnh có thay đổi.")


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {
    EventKind.GROUP_RECORDED: _recorded_title,
    EventKind.GROUP_ENDED: _named_title,
    EventKind.YEARLY_REVIEWED: _reviewed_title,
}
DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.GROUP_RECORDED: _part,
    EventKind.GROUP_ENDED: _ended,
    EventKind.YEARLY_REVIEWED: _reviewed,
}
