"""The process that binds and locks PDF files; app.documents.binding starts this file by its path.

It imports nothing of ours, so it has no settings, keys or database, and whatever memory it took is
given back when it ends. On its standard input come blocks, each a length (4 bytes) and its content:
first an order (JSON), then files. Its output is the answer; nothing, where it could not be done.
"""

import json
import os
import resource
import struct
import sys
import sysconfig
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from pypdf import PdfReader, PdfWriter

LENGTH = struct.Struct(">I")
MEMORY_BYTES = 2 * 1024 * 1024 * 1024  # address space

_REFUSED = frozenset(
    "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname"
    " subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty".split()
)
_FOLDERS = tuple(
    Path(folder).resolve() for folder in (gettempdir(), *sysconfig.get_paths().values())
)


def shapes(files: list[bytes]) -> bytes:
    """Of each file the shape of its pages, "wide" or "tall"; JSON."""
    return json.dumps([_shapes(PdfReader(BytesIO(one))) for one in files]).encode()


def _shapes(reader: PdfReader) -> list[str]:
    boxes = [page.mediabox for page in reader.pages]
    return ["wide" if box.width > box.height else "tall" for box in boxes]


def bind(files: list[bytes], title: str, titles: list[str]) -> bytes:
    """All but the last in one file, with an outline; the last is laid over it page by page."""
    *leaves, overlay = files
    writer = PdfWriter()
    for name, content in zip(titles, leaves, strict=True):
        start = len(writer.pages)
        for page in PdfReader(BytesIO(content)).pages:
            writer.add_page(page)
        writer.add_outline_item(title=name, page_number=writer.pages[start])
    over = PdfReader(BytesIO(overlay)).pages
    for page, mark in zip(list(writer.pages), over, strict=True):
        page.merge_page(mark, over=False)
    writer.add_metadata({"/Title": title})
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    return _written(writer)


def lock(files: list[bytes], password: str) -> bytes:
    """The same file encrypted (AES-256, revision 6 of the standard handler), its metadata and
    attachments too; opened again before it is given out."""
    writer = PdfWriter(clone_from=BytesIO(files[0]))
    writer.encrypt(user_password=password, algorithm="AES-256")
    pages, locked = len(writer.pages), _written(writer)
    again = PdfReader(BytesIO(locked))
    is_whole = again.is_encrypted and again.decrypt(password) and len(again.pages) == pages
    return locked if is_whole else b""


def _written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def limit() -> None:
    """Bounds that hold whatever a file makes the library do; no way back."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a child's data
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(event)
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(args[0])).resolve()
        if not any(path.is_relative_to(folder) for folder in _FOLDERS):
            raise PermissionError(event)


_WORK: dict[str, Callable[..., bytes]] = {"shapes": shapes, "bind": bind, "lock": lock}


def answer(blocks: list[bytes]) -> bytes:
    order: dict[str, Any] = json.loads(blocks[0])
    found: bytes = _WORK[order.pop("do")](blocks[1:], **order)
    return found


def _blocks(content: bytes) -> list[bytes]:
    found, place = [], 0
    while place < len(content):
        (size,) = LENGTH.unpack_from(content, place)
        place += LENGTH.size + size
        found.append(content[place - size : place])
    return found


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(answer(_blocks(sys.stdin.buffer.read())))
