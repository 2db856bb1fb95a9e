"""The shared room of the case of each place (its rows: tests/parts/referrals.py)."""

from typing import Any

INTO_THE_FILE = ("room.",)
VALID: dict[str, Any] = {"room.note": {"text": "Em đã đi học lại"}}
FORM_FIELDS = {
    "room.received_done": ("result",),
    "room.activity": ("state", "done_on", "result", "version"),
    "room.task": ("to_unit_id", "what", "due_on"),
}
