"""No other machine keeps us: whoever answers a letter at a time is cut off as well.

A message is sent in the transaction that claims it, which the database ends after thirty idle
seconds: everything below stays under that.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer

CONNECTING = 6.0  # seconds for one answer of the network
ALTOGETHER = 14.0  # seconds for the whole conversation, once connected


@contextmanager
def within(seconds: float, connection: Callable[[], socket.socket | None]) -> Iterator[None]:
    """After so long the connection is shut: whoever reads from it finds its end."""

    def shut() -> None:
        found = connection()
        if found is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
