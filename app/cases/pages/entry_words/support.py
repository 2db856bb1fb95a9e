"""What the timeline says of a service that a child received."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.pages.support import period, quantity_words
from app.cases.queries.events import Entry
from app.web.money import money_text
from app.web.words import _


def _title(entry: Entry, title: str) -> str:
    kind = label_of("support_kinds", entry.fact("kind"))
    if entry.fact("step") == "corrected":
        return _("Sửa hỗ trợ đã ghi: %(kind)s", kind=kind)
    if entry.fact("step") == "struck":
        return _("Gạch bỏ hỗ trợ đã ghi: %(kind)s", kind=kind)
    return f"{title}: {kind}"


def _details(entry: Entry) -> Iterable[str]:
    facts = entry.facts or {}
    yield f"{_summary(facts)}."
    if facts.get("old"):
        old = facts["old"]
        kind = label_of("support_kinds", old.get("kind"))
        yield _("Bản trước: %(old)s.", old=f"{kind}, {_summary(old)}")


def _summary(facts: Mapping[str, object]) -> str:
    parts = []
    if facts.get("from"):
        to_on = facts.get("to")
        parts.append(period(_day(facts["from"]), _day(to_on) if to_on else None))
    if facts.get("quantity"):
        parts.append(quantity_words(int(str(facts["quantity"])), facts.get("unit")))
    if facts.get("amount"):
        amount = _("%(amount)s đồng", amount=money_text(int(str(facts["amount"]))))
        parts.append(f"{amount} ({label_of('fund_sources', facts.get('source'))})")
    return ", ".join(parts)


def _day(text: object) -> date:
    return date.fromisoformat(str(text))


TITLES: Mapping[EventKind, Callable[[Entry, str], str]] = {EventKind.SERVICE_RECEIVED: _title}
DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.SERVICE_RECEIVED: _details
}
