"""Entries of the plan: its drafts, decisions and activities."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.models.plans import ActivityState
from app.cases.plan_words import ACTIVITY_STATES
from app.cases.queries.events import Entry
from app.web.words import _

E = EventKind


def _activity_title(entry: Entry, title: str) -> str:
    state = entry.fact("state")
    if state is None:
        return title
    words = str(ACTIVITY_STATES[ActivityState(str(state))]).lower()
    if entry.fact("from") == "meeting":
        return _("Việc giao ở cuộc họp: %(state)s", state=words)
    number = entry.fact("position")
    if number is None:  # an entry of before it was kept
        return _("Hoạt động của kế hoạch: %(state)s", state=words)
    return _("Hoạt động %(n)s của kế hoạch: %(state)s", n=number, state=words)


def _numbered_title(entry: Entry, title: str) -> str:
    number = entry.fact("number")
    return f"{title}: {number}" if number else title


def _cycle(entry: Entry) -> Iterable[str]:
    cycle = entry.fact("cycle")
    if isinstance(cycle, int) and cycle > 1:
        yield _("Chu kỳ %(n)s.", n=cycle)


def _submitted(entry: Entry) -> Iterable[str]:
    yield from _cycle(entry)
    if entry.fact("activities"):
        yield _(
            "%(goals)s mục tiêu, %(activities)s hoạt động.",
            goals=entry.fact("goals"),
            activities=entry.fact("activities"),
        )


def _activity(entry: Entry) -> Iterable[str]:
    if entry.fact("service_type"):
        yield f"{label_of('intervention_types', entry.fact('service_type'))}."
    if entry.fact("done_on"):
        day = date.fromisoformat(str(entry.fact("done_on")))
        yield _("Làm xong ngày %(day)s.", day=f"{day:%d/%m/%Y}")


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {
    E.ACTIVITY_CHANGED: _activity_title,
    E.PLAN_APPROVED: _numbered_title,
    E.PLAN_VOIDED: _numbered_title,
}
DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    E.PLAN_DRAFTED: _cycle,
    E.PLAN_SUBMITTED: _submitted,
    E.PLAN_RETURNED: _cycle,
    E.PLAN_APPROVED: _cycle,
    E.PLAN_VOIDED: _cycle,
    E.ACTIVITY_CHANGED: _activity,
}
