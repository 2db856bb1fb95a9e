"""The printing process: what it opens, what it refuses, and how it ends."""

import os
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import UndefinedError
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from app.documents import pdf
from app.documents.pdf import DocumentNotPrinted, Renderer, render_pdf
from app.documents.render import STATIC, BundledFiles

SECRET = "BÍ-MẬT-TRONG-TỆP"


def page(body: str) -> bytes:
    return f"<!doctype html><html lang=vi><title>t</title><body>{body}</body></html>".encode()


def text_of(document: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)


@pytest.fixture(scope="module")
def warm() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.stop()


@pytest.mark.wide
def test_every_vietnamese_letter_is_in_the_bundled_fonts(warm: Renderer) -> None:
    marks = "\u0300\u0301\u0303\u0309\u0323"
    lower = "".join(
        unicodedata.normalize("NFC", letter + mark)
        for letter in "aăâeêioôơuưy"
        for mark in ("", *marks)
    )
    letters = lower + "đ" + lower.upper() + "Đ"
    for style in ("<p>{}</p>", "<b>{}</b>", "<i>{}</i>", "<b><i>{}</i></b>"):
        document = warm.render(page(style.format(letters)))
        assert "".join(text_of(document).split()) == letters
        (font,) = {
            str(font.get_object()["/BaseFont"]).partition("+")[2]
            for font in PdfReader(BytesIO(document)).pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
        }
        assert font.startswith("Tinos")


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "file://{static}/../config.py",
        "file://{static}/%2e%2e/config.py",
        "http://127.0.0.1:1/x.css",
        "https://example.org/x.png",
        "ftp://example.org/x",
        "data:text/css,p{{}}",
        "/etc/passwd",
    ],
)
def test_the_fetcher_refuses_what_is_not_bundled(address: str) -> None:
    with pytest.raises(FatalURLFetchingError):
        BundledFiles().fetch(address.format(static=STATIC))


def test_the_fetcher_opens_bundled_files() -> None:
    style = STATIC / "css" / "document.css"
    assert BundledFiles().fetch(style.as_uri()).read() == style.read_bytes()


@pytest.mark.wide
@pytest.mark.parametrize(
    "body",
    [
        '<img src="{}">',
        '<link rel="stylesheet" href="{}">',
        '<link rel="attachment" href="{}">',
        '<a rel="attachment" href="{}">x</a>',
        '<object data="{}"></object>',
        "<p style=\"background: url('{}')\">x</p>",
        "<style>@import url('{}');</style>",
        "<style>@font-face {{ font-family: x; src: url('{}'); }}</style>",
        '<svg width="9" height="9"><image width="9" height="9" href="{}"/></svg>',
    ],
)
def test_a_document_that_names_a_file_is_not_printed(
    warm: Renderer, tmp_path: Path, body: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    with pytest.raises(DocumentNotPrinted):
        warm.render(page(body.format(secret.as_uri())))
    assert text_of(warm.render(page("tiếp tục in"))) == "tiếp tục in"


def test_a_document_that_is_too_large_is_refused_before_it_is_sent() -> None:
    renderer = Renderer()
    with pytest.raises(DocumentNotPrinted):
        renderer.render(b"x" * (pdf.LARGEST_HTML + 1))
    assert renderer._process is None


@pytest.mark.wide
def test_a_process_that_is_too_slow_is_killed_and_replaced(warm: Renderer) -> None:
    slow = Renderer(seconds=0.05)  # less than the library needs to load
    began = time.monotonic()
    with pytest.raises(DocumentNotPrinted):
        slow.render(page("x"))
    assert time.monotonic() - began < 10
    slow._seconds = pdf.SECONDS
    assert text_of(slow.render(page("lần hai"))) == "lần hai"
    slow.stop()


@pytest.mark.wide
def test_a_process_that_was_killed_is_replaced(warm: Renderer) -> None:
    warm.render(page("một"))
    assert warm._process is not None
    warm._process.kill()
    warm._process.wait()
    assert text_of(warm.render(page("hai"))) == "hai"


@pytest.mark.wide
def test_documents_of_many_threads_do_not_mix(warm: Renderer) -> None:
    printed: dict[int, str] = {}

    def print_one(number: int) -> None:
        printed[number] = text_of(warm.render(page(f"văn bản {number}")))

    threads = [threading.Thread(target=print_one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert printed == {number: f"văn bản {number}" for number in range(12)}


@pytest.mark.wide
def test_a_stopped_process_leaves_no_file_behind() -> None:
    renderer = Renderer()
    renderer.render(page("một"))
    assert renderer._process is not None
    maps = Path(f"/proc/{renderer._process.pid}/maps").read_text(encoding="utf-8")
    fonts = {Path(line.split()[-1]) for line in maps.splitlines() if "/weasyprint-" in line}
    assert fonts
    renderer.stop()
    assert not [font for font in fonts if font.exists()]


@pytest.mark.wide
def test_the_process_knows_no_setting_and_ends_with_its_input(warm: Renderer) -> None:
    warm.render(page("một"))
    assert warm._process is not None
    environment = Path(f"/proc/{warm._process.pid}/environ").read_bytes()
    assert environment == b"LANG=C.UTF-8\0"
    ended = subprocess.run(
        [sys.executable, "-I", pdf.RENDERER], input=b"", capture_output=True, check=False
    )
    assert ended.returncode == 0
    assert ended.stdout == b""


def test_the_limits_refuse_files_connections_and_programs() -> None:
    tried = """
import runpy, socket, subprocess
limited = runpy.run_path({path!r})
limited["limit"]()
def refused(action):
    try:
        action()
    except PermissionError:
        return True
print(all((
    refused(lambda: open("/etc/passwd")),
    refused(lambda: open("/proc/self/environ")),
    refused(lambda: socket.create_connection(("127.0.0.1", 1))),
    refused(lambda: subprocess.run(["true"])),
)), open({style!r}).read(2))
"""
    program = tried.format(
        path=str(pdf.RENDERER),
        style=str(STATIC / "css" / "document.css"),
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={"LANG": "C.UTF-8", "PATH": os.defpath},
    )
    assert done.stdout == "True /*\n"


def test_templates_escape_and_must_be_given_every_value(app: Flask) -> None:
    with app.app_context(), pytest.raises(UndefinedError):
        render_pdf("documents/form01.html", {})
