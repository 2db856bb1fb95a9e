"""Connections to push services only: a browser names the address, which must be none of ours."""

import socket
import ssl
from collections.abc import Iterable
from http.client import HTTPSConnection
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from app.reminders.channels.answers import Refused, Unreachable

# The services of Chrome and Edge on Android, Firefox, Edge, Safari.
SERVICES = frozenset({"fcm.googleapis.com", "web.push.apple.com"})
FAMILIES = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")
LONGEST = 1000
TIMEOUT = 4.0  # seconds for one answer of the network


def is_push_service(endpoint: str) -> bool:
    """https, the usual port, no name or password, and a host that is known to push."""
    if len(endpoint) > LONGEST or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    is_known = host in SERVICES or host.endswith(FAMILIES)
    is_plain = parts.username is None and parts.password is None and port in (None, 443)
    return parts.scheme == "https" and is_plain and is_known and " " not in endpoint


def are_public(addresses: Iterable[str]) -> bool:
    """Every one of them, and there is one: no machine of this house, of its network, of a cloud."""
    found = [ip_address(text.partition("%")[0]) for text in addresses]
    plain = [
        one.ipv4_mapped if isinstance(one, IPv6Address) and one.ipv4_mapped else one
        for one in found
    ]
    return bool(plain) and all(one.is_global and not one.is_multicast for one in plain)


def connect(parts: SplitResult) -> HTTPSConnection:
    """Open, to the very address that was looked at: a second question to the name server could be
    answered otherwise. Raises Refused, Unreachable."""
    host = str(parts.hostname)
    if not is_push_service(parts.geturl()):
        raise Refused("host")
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        if not are_public(addresses):
            raise Refused("host")
        raw = socket.create_connection((addresses[0], 443), timeout=TIMEOUT)
        connection = HTTPSConnection(host, timeout=TIMEOUT)
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except OSError as error:
        raise Unreachable(type(error).__name__) from None
    return connection
