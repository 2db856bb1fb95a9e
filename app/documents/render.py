"""The process that turns documents into PDF; app.documents.pdf starts this file by its path.

It imports nothing of ours, so it has no settings, keys or database; it reads only bundled files. On
its standard input come documents, on its output the answers: each a length (4 bytes) and its
content; an answer of length 0 is a failure. It ends with its input, or when it has been idle.
"""

import os
import resource
import select
import struct
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

STATIC = Path(__file__).resolve().parents[2] / "static"
STYLE = STATIC / "css" / "document.css"
LENGTH = struct.Struct(">I")
IDLE_SECONDS = 300
MEMORY_BYTES = 1024 * 1024 * 1024  # address space; a document of 60 pages needs a quarter of it
FILE_BYTES = 16 * 1024 * 1024  # the unpacked fonts are the only files it writes

_REFUSED = frozenset(
    "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname"
    " subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty".split()
)
_FOLDERS = tuple(  # resolved, as what is opened is: an environment may be reached by a link
    Path(folder).resolve()
    for folder in (str(STATIC), gettempdir(), *sysconfig.get_paths().values())
)


class BundledFiles(URLFetcher):  # type: ignore[misc]  # the library ships no types
    """Opens files under static/; any other address stops the document.

    Some parts of the library go on after a refusal, so it is remembered too.
    """

    has_refused = False

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(STATIC):
            self.has_refused = True
            raise FatalURLFetchingError("not a bundled file")
        return URLFetcherResponse(path.as_uri(), path.read_bytes())


class Press:
    """The style sheet with its fonts, unpacked once; makes one PDF after the other."""

    def __init__(self) -> None:
        self._fonts = FontConfiguration()
        self._style = CSS(filename=STYLE, url_fetcher=BundledFiles(), font_config=self._fonts)

    def pdf(self, html: str) -> bytes:
        """Raises FatalURLFetchingError where the document names anything outside static/."""
        files = BundledFiles()
        document = HTML(string=html, url_fetcher=files)
        made = document.write_pdf(stylesheets=[self._style], font_config=self._fonts, pdf_tags=True)
        if files.has_refused:
            raise FatalURLFetchingError("not a bundled file")
        return bytes(made)


def limit() -> None:
    """Bounds that hold whatever a document makes the libraries do; no way back."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a child's data
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(event)
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(args[0])).resolve()
        if not any(path.is_relative_to(folder) for folder in _FOLDERS):
            raise PermissionError(event)


def serve(documents: BinaryIO, answers: BinaryIO) -> None:
    press = Press()
    while select.select([documents], [], [], IDLE_SECONDS)[0]:
        head = documents.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        html = documents.read(LENGTH.unpack(head)[0])
        pdf = _try(press, html.decode())
        answers.write(LENGTH.pack(len(pdf)) + pdf)
        answers.flush()


def _try(press: Press, html: str) -> bytes:
    """The PDF, or nothing. What went wrong stays here: its text may hold what the document says."""
    try:
        return press.pdf(html)
    except (Exception, FatalURLFetchingError):
        return b""


if __name__ == "__main__":
    limit()
    serve(sys.stdin.buffer, sys.stdout.buffer)
