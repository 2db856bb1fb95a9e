"""SMS through the HTTP gateway of a provider: a form with `to`, `text` and an id of our own."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from app.reminders.channels.answers import Down, Refused, Stalled
from app.reminders.channels.http import post

TAKEN = range(200, 300)
OF_THIS_NUMBER = frozenset({400, 406, 410, 413, 422})  # other refusals are about us, not about it
BROKEN = range(500, 600)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Gateway:
    """`url` as the operator set it; a password in it travels as Basic authorisation. A gateway that
    asks who comes is shown `certificate`."""

    url: str
    certificate: Path | None = None

    def send(self, *, to: str, text: str, message_id: str) -> None:
        """Raises Refused for a number that the gateway never takes; Stalled for a gateway that is
        broken; Down for one that takes nothing from us now (too many, a wrong password)."""
        body = urlencode({"to": to, "text": text, "id": message_id}).encode("ascii")
        status = post(self.url, body, FORM, self.certificate)
        if status in OF_THIS_NUMBER:
            raise Refused(str(status))
        if status in BROKEN:
            raise Stalled(str(status))
        if status not in TAKEN:
            raise Down(str(status))
