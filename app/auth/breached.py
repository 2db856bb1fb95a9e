"""Passwords that were stolen elsewhere: a list of their hashes that the operator downloads.

Its form is that of Have I Been Pwned, ordered by hash: a line each, the SHA-1 of the password in
capital hexadecimal digits, a colon, how often it was seen. It may have forty gigabytes: it is
looked into by halves, some forty short reads.
"""

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

_DIGITS = 40


class NoSuchList(OSError):
    """The file is not in that form: an unsorted one would find nothing, silently."""


def is_breached(password: str, path: Path) -> bool:
    """Does it stand there, in the spelling in which it is kept? Raises OSError."""
    require_list(path)
    digest = hashlib.sha1(normalize("NFC", password).encode(), usedforsecurity=False)
    wanted = digest.hexdigest().upper().encode()
    with path.open("rb") as file:
        return _first_from(file, wanted) == wanted


@cache
def require_list(path: Path) -> None:
    """Raises NoSuchList for a file whose first lines are no hashes, or not in their order."""
    with path.open("rb") as file:
        seen = [line[:_DIGITS] for line in file.readlines(1 << 16)]
    is_hex = all(len(one) == _DIGITS and one.isalnum() and one == one.upper() for one in seen)
    if not seen or not is_hex or seen != sorted(seen):
        raise NoSuchList(f"{path} is no list of hashes in their order")


def _first_from(file: BinaryIO, wanted: bytes) -> bytes:
    """The first hash of the file that is not below `wanted`; nothing at its end.

    A line begins at or before `low`, and what begins at `high` or later is not below.
    """
    low, high = 0, file.seek(0, io.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        line = _line_after(file, middle)
        if line and line[:_DIGITS] < wanted:
            low = middle + 1
        else:
            high = middle
    return _line_after(file, low)[:_DIGITS]


def _line_after(file: BinaryIO, place: int) -> bytes:
    """The first whole line that begins at `place` or later."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return file.readline()
