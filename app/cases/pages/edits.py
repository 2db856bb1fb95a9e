"""What an edit changed, in words: the old value and the new one."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.cases import corrections
from app.cases.enums import EventKind
from app.cases.labels import field_label
from app.cases.queries.events import Entry
from app.web.words import _


def edit_lines(entry: Entry) -> Iterable[str]:
    """Họ và tên: “Minh” → “Minh Anh”; the section of the entry opened both."""
    try:
        changes = json.loads(entry.note or "{}")
    except ValueError:
        return
    is_report = entry.kind is EventKind.REPORT_CORRECTED
    for name, (old, new) in changes.items():
        label = corrections.title(name) if is_report else field_label(name)
        say = _report_value if is_report else _child_value
        yield f"{label}: {say(name, old)} → {say(name, new)}"


def _report_value(name: str, value: Any) -> str:
    """A value as the log keeps it, as a person reads it."""
    if name == "event_at" and value:
        value = datetime.fromisoformat(value)
    return corrections.words(name, value)


def _child_value(name: str, value: str) -> str:
    return value or _("chưa ghi")
