"""What is asked of the server that takes our mail: invitations and reminders go the same way."""

from urllib.parse import parse_qs, urlsplit

from config import is_here


def needs_tls(url: str) -> bool:
    """Does a mail wait rather than leave in clear?

    Whoever stands between us and the server can strike its offer of STARTTLS out; a link that sets
    a password would then be read on the way. `?tls=` overrules.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query).get("tls", [""])[0]
    return asked == "1" or (asked != "0" and not is_here(parts.hostname))
