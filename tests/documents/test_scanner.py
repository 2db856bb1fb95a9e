"""The virus scanner: a server of the test that speaks as clamd does."""

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from struct import unpack

import pytest

from app.documents import scanner
from app.documents.examine import Fault, FileRefused, examine
from app.documents.read_workbook import outline_of
from tests.documents.test_examine import SHEET, archive, picture

BAD = b"X5O!P%@AP"  # how the test file of all scanners begins


class Clamd(socketserver.ThreadingUnixStreamServer):
    """Finds BAD; `says` overrules its answer."""

    daemon_threads = True
    says: bytes | None = None
    seen: list[bytes]


class Answer(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.seen.append(content)
        verdict = b"Eicar-Test-Signature FOUND" if BAD in content else b"OK"
        said = self.server.says
        self.wfile.write(b"stream: " + verdict + b"\0" if said is None else said)


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Clamd]:
    path = tmp_path / "clamd.ctl"
    with Clamd(str(path), Answer) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        scanner.install(path)
        yield server
        scanner.install(None)
        server.shutdown()
        thread.join()


def fault(content: bytes) -> Fault:
    with pytest.raises(FileRefused) as refused:
        examine(content)
    assert len(str(refused.value.text)) > 8
    return refused.value.fault


def test_a_clean_file_is_taken(clamd: Clamd) -> None:
    content = picture() + b"\0" * 700_000  # in several pieces
    assert examine(content).media_type == "image/jpeg"
    assert clamd.seen == [content]


def test_what_is_infected_is_refused(clamd: Clamd) -> None:
    assert fault(picture() + BAD) is Fault.VIRUS


def test_a_workbook_is_shown_to_it_too(clamd: Clamd) -> None:
    with pytest.raises(FileRefused) as refused:
        outline_of(archive({**SHEET, "xl/a.xml": b""}) + BAD)
    assert refused.value.fault is Fault.VIRUS


@pytest.mark.parametrize(
    "said", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK maybe\0", b"x" * 9_000]
)
def test_while_it_does_not_answer_nothing_is_taken(clamd: Clamd, said: bytes) -> None:
    clamd.says = said
    assert fault(picture()) is Fault.UNSCANNED


def test_one_that_is_not_there_lets_nothing_through(tmp_path: Path) -> None:
    scanner.install(tmp_path / "nobody.ctl")
    try:
        assert fault(picture()) is Fault.UNSCANNED
    finally:
        scanner.install(None)
    assert examine(picture()).media_type == "image/jpeg", "without a scanner it is examined only"
