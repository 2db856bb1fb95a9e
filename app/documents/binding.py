"""Several documents bound into one PDF: a mark and the page number on each page, an outline. In a
process of its own: it takes hundreds of megabytes, and they are given back."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

from app.documents.pdf import render_pdf

PDF = "application/pdf"
BINDER = Path(__file__).with_name("bind.py")  # not imported: it loads the PDF library
LENGTH = Struct(">I")
SECONDS = 120.0


class NotBound(Exception):  # errors state the fact
    """No file came back: damaged, too large, too slow."""


class LockFailed(Exception):  # errors state the fact
    """The encrypted file does not open to what it was."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One document to be bound, under this title; `shapes` of its pages are "wide" or "tall"."""

    title: str
    content: bytes
    shapes: tuple[str, ...]

    @property
    def pages(self) -> int:
        return len(self.shapes)


def leaves_of(documents: Sequence[tuple[str, bytes]]) -> list[Leaf]:
    """Of (title, PDF). Raises NotBound."""
    found = json.loads(_asked({"do": "shapes"}, [content for _title, content in documents]))
    return [
        Leaf(title, content, tuple(shapes))
        for (title, content), shapes in zip(documents, found, strict=True)
    ]


def first_pages(leaves: Iterable[Leaf], *, after: int) -> list[tuple[str, int]]:
    """(title, number of its first page) of each, behind so many pages."""
    found, page = [], after + 1
    for one in leaves:
        found.append((one.title, page))
        page += one.pages
    return found


def bind(leaves: Sequence[Leaf], *, title: str, mark: str) -> bytes:
    """One PDF of all of them; `mark` stands across each page, its number at the foot. Raises
    NotBound."""
    overlay = _overlay([shape for one in leaves for shape in one.shapes], title, mark)
    order = {"do": "bind", "title": title, "titles": [one.title for one in leaves]}
    return _asked(order, [*(one.content for one in leaves), overlay])


def _overlay(shapes: Sequence[str], title: str, mark: str) -> bytes:
    """As many pages as there are to be marked, each of its shape: made in one go."""
    context = {"title": title, "mark": mark, "shapes": shapes}
    return render_pdf("documents/overlay.html", context)


def lock_pdf(pdf: bytes, password: str) -> bytes:
    """The same file encrypted with AES-256. It was opened again with the password. Raises
    LockFailed."""
    try:
        return _asked({"do": "lock", "password": password}, [pdf])
    except NotBound as error:
        raise LockFailed from error


def _asked(order: Mapping[str, object], files: Sequence[bytes]) -> bytes:
    blocks = [json.dumps(order).encode(), *files]
    try:
        done = subprocess.run(  # noqa: S603  # our own file, no argument from outside
            [sys.executable, "-I", str(BINDER)],
            input=b"".join(LENGTH.pack(len(block)) + block for block in blocks),
            capture_output=True,
            timeout=SECONDS,
            env={"LANG": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBound from error
    if done.returncode != 0 or not done.stdout:
        raise NotBound
    return done.stdout
