"""Separations and substitute care on the timeline."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.queries.events import Entry
from app.web.filters import vn_datetime
from app.web.words import _


def _asked(entry: Entry) -> Iterable[str]:
    if entry.fact("reason"):
        yield f"{label_of('separation_reasons', entry.fact('reason'))}."
    if entry.fact("form"):
        yield f"{label_of('care_forms', entry.fact('form'))}."


def _separated(entry: Entry) -> Iterable[str]:
    yield from _asked(entry)
    if entry.fact("place"):
        place = label_of("separation_places", entry.fact("place"))
        yield _("Nơi ở: %(place)s.", place=place)
    yield from _until(entry)
    if entry.fact("is_chair_alone"):
        yield _("Chủ tịch tự lập và quyết định trong tình trạng khẩn cấp.")


def _until(entry: Entry) -> Iterable[str]:
    if entry.fact("ends_at"):
        until = datetime.fromisoformat(str(entry.fact("ends_at")))
        yield _("Đến %(when)s.", when=vn_datetime(until))


def _ended(entry: Entry) -> Iterable[str]:
    if entry.fact("end"):
        yield f"{label_of('separation_ends', entry.fact('end'))}."


def _care_ended(entry: Entry) -> Iterable[str]:
    if entry.fact("end"):
        yield f"{label_of('care_ends', entry.fact('end'))}."


def _visited(entry: Entry) -> Iterable[str]:
    if entry.fact("is_safe") is not None:
        yield _("Trẻ em an toàn.") if entry.fact("is_safe") else _("Trẻ em KHÔNG an toàn.")


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {}

DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.SEPARATION_ASKED: _asked,
    EventKind.SEPARATION_STARTED: _separated,
    EventKind.SEPARATION_EXTENDED: _until,
    EventKind.SEPARATION_ENDED: _ended,
    EventKind.CARE_ASKED: _asked,
    EventKind.CARE_REFUSED: _asked,
    EventKind.CARE_DECIDED: _asked,
    EventKind.CARE_VISITED: _visited,
    EventKind.CARE_ENDED: _care_ended,
}
