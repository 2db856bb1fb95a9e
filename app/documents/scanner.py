"""Asking the virus scanner of this machine (clamd), where the operator runs one.

By its Unix socket only: what is asked about is not encrypted, and leaves this machine for nobody.
"""

import socket
from pathlib import Path
from struct import Struct

_LENGTH = Struct(">I")
_PIECE = 256 * 1024
_SECONDS = 20.0
_LONGEST_ANSWER = 4_096
_installed: list[Path] = []


class NotScanned(Exception):
    """The scanner did not answer, or not with a verdict."""


def install(path: Path | None) -> None:
    """The scanner of this process; None for none."""
    _installed[:] = [path] if path else []


def is_infected(content: bytes) -> bool:
    """False too where no scanner is installed. Raises NotScanned."""
    if not _installed:
        return False
    try:
        answer = _ask(_installed[0], content)
    except OSError:
        raise NotScanned from None
    if answer.endswith(b" FOUND"):
        return True
    if answer != b"stream: OK":
        raise NotScanned
    return False


def _ask(path: Path, content: bytes) -> bytes:
    """What it says of a stream of pieces (INSTREAM)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there:
        there.settimeout(_SECONDS)
        there.connect(str(path))
        there.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _PIECE):
            piece = content[start : start + _PIECE]
            there.sendall(_LENGTH.pack(len(piece)) + piece)
        there.sendall(_LENGTH.pack(0))
        answer = b""
        while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
            got = there.recv(_LONGEST_ANSWER)
            if not got:
                break
            answer += got
    return answer.partition(b"\0")[0]
