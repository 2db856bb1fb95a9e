"""Small files that only grow, a line at a time: what must be known outside the database too."""

import os
from collections.abc import Sequence
from pathlib import Path


def read_lines(path: Path) -> list[str]:
    """The lines of the file, none where it is not there yet."""
    if not path.is_file():
        return []
    return [
        line
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """Write at the end of the file, readable by its owner only, and wait for the disk.

    A line that a crash left unfinished stays a line of its own.
    """
    if not lines:
        return
    text = "".join(f"{line}\n" for line in lines)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            text = "\n" + text
        left = memoryview(text.encode())
        while left:
            left = left[file.write(left) or 0 :]
        os.fsync(descriptor)
