"""SMS through the HTTP gateway of a provider: a form with `to`, `text` and an id of our own."""

from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from app.reminders.channels.answers import Refused, Unreachable

TIMEOUT = 10.0
CLIENT_ERRORS = range(400, 500)
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Gateway:
    """`url` as the operator set it; a password in it travels as Basic authorisation by header."""

    url: str

    def send(self, *, to: str, text: str, message_id: str) -> None:
        """Raises Refused for a number that the gateway never takes, Unreachable for all else."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https"):
            raise Unreachable("scheme")
        address = urlunsplit(parts._replace(fragment=""))
        body = urlencode({"to": to, "text": text, "id": message_id}).encode()
        request = Request(address, data=body, method="POST")  # noqa: S310  # the operator's, http(s)
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                answer.read(1)
        except HTTPError as error:
            is_ours = error.code in CLIENT_ERRORS and error.code != TOO_MANY
            raise (Refused if is_ours else Unreachable)(str(error.code)) from None
        except (URLError, OSError) as error:
            raise Unreachable(type(error).__name__) from None
