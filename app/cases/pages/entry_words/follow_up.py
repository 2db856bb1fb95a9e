"""What the timeline says of a follow-up."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.pages.visits import days_late
from app.cases.queries.events import Entry
from app.web.filters import vn_date
from app.web.words import _


def _title(entry: Entry, title: str) -> str:
    safety = label_of("child_safety", entry.fact("safety")).lower()
    return f"{label_of('follow_up_kinds', entry.fact('type'))}: {safety}"


def _details(entry: Entry) -> Iterable[str]:
    if not entry.fact("is_child_seen"):
        yield _("Không gặp trực tiếp trẻ em.")
    if entry.fact("planned_for"):
        due = datetime.fromisoformat(str(entry.fact("planned_for")))
        if late := days_late(due, entry.happened_at):
            yield _("Muộn %(n)s ngày so với hạn %(day)s.", n=late, day=vn_date(due))
    if entry.fact("next_on"):
        day = date.fromisoformat(str(entry.fact("next_on")))
        yield _("Hẹn lần tới: %(day)s.", day=vn_date(day))


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {EventKind.FOLLOW_UP: _title}
DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {EventKind.FOLLOW_UP: _details}
