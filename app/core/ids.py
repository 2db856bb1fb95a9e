"""Identifiers that sort by the time they were made."""

import os
import threading
import time
import uuid

_RANDOM = 74  # bits after the milliseconds, without version and variant
_STEP = 32  # how far apart two ids of one millisecond may lie, in bits


class _Last:
    """The newest id of this process: milliseconds and random part."""

    millis = 0
    tail = 0
    lock = threading.Lock()


def new_id() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, 5.7 and 6.2): 48 bits of milliseconds, then 74 random bits.

    Within a process each is greater than the one before: what is recorded together stays in order.
    """
    millis = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10), "big") >> (80 - _RANDOM + 1)  # room to count upwards
    with _Last.lock:
        if millis <= _Last.millis:
            millis = _Last.millis
            tail = _Last.tail + 1 + int.from_bytes(os.urandom(_STEP // 8), "big")
        _Last.millis, _Last.tail = millis, tail
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    return uuid.UUID(int=millis << 80 | 0x7 << 76 | high << 64 | 0x2 << 62 | low)
