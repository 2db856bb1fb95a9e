"""Official documents as PDF, made in a process of its own (docs/adr/0020-pdf.md)."""

import atexit
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from struct import Struct
from typing import IO

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError

RENDERER = Path(__file__).with_name("render.py")  # not imported: it loads the PDF library
LENGTH = Struct(">I")
LARGEST_HTML = 2_000_000
SECONDS = 20.0
STOP_SECONDS = 2.0
WAIT_SECONDS = 8.0  # for one's turn; together less than the 30 s a transaction may be idle


class DocumentNotPrinted(DomainError):
    """No PDF came back: too large, too slow, too many at once, or the PDF library is missing."""

    status = 503
    message = _l("Chưa in được văn bản này. Hãy thử lại sau ít phút.")


class Renderer:
    """The process that prints for this one: started at the first document, killed when too slow.

    One document at a time, because WeasyPrint's fonts may not be used by two threads.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def render(self, html: bytes) -> bytes:
        """The PDF of one document. Raises DocumentNotPrinted."""
        if len(html) > LARGEST_HTML or not self._turn.acquire(timeout=WAIT_SECONDS):
            raise DocumentNotPrinted
        try:
            pdf = self._print(self._running(), html)
        finally:
            self._turn.release()
        if not pdf:
            raise DocumentNotPrinted
        return pdf

    def stop(self) -> None:
        """End the process with its input, so that it clears its folder of fonts."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        self._process = subprocess.Popen(  # noqa: S603  # our own file, no argument from outside
            [sys.executable, "-I", str(RENDERER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
        )
        return self._process

    def _print(self, process: subprocess.Popen[bytes], html: bytes) -> bytes:
        """The answer; nothing where the process refused the document or did not survive it."""
        watchdog = threading.Timer(self._seconds, process.kill)
        watchdog.start()
        try:
            return _exchange(process, html)
        except (OSError, EOFError):
            process.kill()
            self.stop()
            return b""
        finally:
            watchdog.cancel()


def _exchange(process: subprocess.Popen[bytes], html: bytes) -> bytes:
    """Send a document, read its answer. Raises OSError or EOFError where the process ends."""
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes")
    process.stdin.write(LENGTH.pack(len(html)) + html)
    process.stdin.flush()
    (size,) = LENGTH.unpack(_read(process.stdout, LENGTH.size))
    return _read(process.stdout, size)


def _read(pipe: IO[bytes], size: int) -> bytes:
    found = pipe.read(size)
    if len(found) < size:
        raise EOFError
    return found


_renderer = Renderer()
atexit.register(_renderer.stop)


def render_pdf(template: str, context: Mapping[str, object]) -> bytes:
    """The PDF of a template that extends layouts/document.html. Raises DocumentNotPrinted.

    It gets `context` and nothing of the request: no user, no navigation, no session.
    """
    html = current_app.jinja_env.get_template(template).render(context)
    return _renderer.render(unicodedata.normalize("NFC", html).encode())
