"""One POST to a server that may be down, slow or silent; no redirect is followed."""

from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from app.core.tls import trusted
from app.reminders.channels.answers import Down, Stalled
from app.reminders.channels.limits import ALTOGETHER, CONNECTING, within
from config import is_here


def post(url: str, body: bytes, headers: Mapping[str, str], certificate: Path | None = None) -> int:
    """The status of the answer. A name and password in `url` travel as Basic authorisation;
    `certificate` says who we are.

    Raises Down where nobody answers, Stalled where the conversation broke off.
    """
    parts = urlsplit(url)
    with closing(_connection(parts, certificate)) as connection:
        try:
            connection.connect()
        except (OSError, HTTPException) as error:
            raise Down(type(error).__name__) from None
        return converse(connection, parts, body, {**_authorisation(parts), **headers})


def converse(
    connection: HTTPConnection,
    parts: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float | None = None,
) -> int:
    """On a connection that is open. Raises Stalled."""
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        with within(seconds or ALTOGETHER, lambda: connection.sock):
            connection.request("POST", target, body, dict(headers))
            return connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise Stalled(type(error).__name__) from None


def _connection(parts: SplitResult, certificate: Path | None) -> HTTPConnection:
    if parts.scheme != "https" and (parts.scheme != "http" or not is_here(parts.hostname)):
        raise Down("scheme")  # numbers, words and our password do not travel in clear
    if not parts.hostname:
        raise Down("host")
    try:
        if parts.scheme == "http":
            return HTTPConnection(parts.hostname, parts.port, timeout=CONNECTING)
        context = trusted(certificate)
        return HTTPSConnection(parts.hostname, parts.port, timeout=CONNECTING, context=context)
    except ValueError:
        raise Down("port") from None


def _authorisation(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    proof = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {"Authorization": f"Basic {b64encode(proof).decode('ascii')}"}
