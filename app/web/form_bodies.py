"""What a form may bring, settled before it is read.

A form of a million fields costs seconds of a worker to read: it is refused. A text that somebody
pastes may be long: url-encoded, three megabytes of Vietnamese are nine. Only the beginning of such
a field is kept in memory; its own check of length then answers, and the other fields stay.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from threading import Lock
from typing import IO

from flask import Flask, abort, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_input_stream

MOST = 2_000  # our longest form has some 200 fields
LONGEST = (
    150_000  # bytes of one field as they come; 10,000 letters, the most a text has, are 130,000
)
_CHUNK = 64 * 1024
_PARSING = Lock()  # parsing takes sixty times the size of a form for a moment
_CUT = "vongtay.cut_fields"
# a lead byte, the bytes that continue it, and the beginning of one more
_LAST_LETTER = re.compile(
    rb"(?:%[C-Fc-f][0-9A-Fa-f])?(?:%[89ABab][0-9A-Fa-f]){0,3}(?:%[0-9A-Fa-f]?)?\Z"
)


def was_cut(name: str) -> bool:
    """Only the beginning of this field of the request was kept."""
    return name in request.environ.get(_CUT, ())


def anything_cut() -> bool:
    return bool(request.environ.get(_CUT))


def read_form() -> None:
    """Read the form of the request, before anything looks into it.

    Aborts with 413 for too many fields, and for more than the form's memory in all; with 400 for a
    body that breaks off or is no body at all: that is the fault of who sent it.
    """
    try:
        if request.mimetype == "application/x-www-form-urlencoded":
            _read_form()
        elif request.mimetype == "multipart/form-data":  # has MAX_FORM_PARTS and a limit of memory
            request.form  # noqa: B018  # reading is what may fail
    except HTTPException:
        raise
    except Exception:  # each server has errors of its own for a broken body
        abort(400)


def _read_form() -> None:
    """Replace the body by one whose fields are LONGEST bytes at most."""
    environ = request.environ
    body = get_input_stream(environ, max_content_length=request.max_content_length)
    kept, cut = _read(body, current_app.config["MAX_FORM_MEMORY_SIZE"])
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(kept), str(len(kept))
    environ[_CUT] = cut
    with _PARSING:
        _ = request.form  # kept by the request


def _read(body: IO[bytes], most_bytes: int) -> tuple[bytes, frozenset[str]]:
    """(the body with the beginnings of its fields, the names of those that were longer)."""
    kept, cut, start, count = bytearray(), dict[int, str](), 0, 1
    for piece, is_next in _pieces(body):
        if is_next:
            kept += b"&"
            start, count = len(kept), count + 1
        if start not in cut:
            kept += piece
        if len(kept) - start > LONGEST:
            cut[start] = kept[start : start + 200].partition(b"=")[0].decode("ascii", "replace")
            del kept[start + LONGEST :]
            _end_between_letters(kept)
        if count > MOST or len(kept) > most_bytes:
            abort(413)
    return bytes(kept), frozenset(cut.values())


def _pieces(body: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of fields, and whether each begins a new field."""
    while chunk := body.read(_CHUNK):
        for position, piece in enumerate(chunk.split(b"&")):
            yield piece, position > 0


def _end_between_letters(kept: bytearray) -> None:
    """A letter is up to twelve bytes here: half of one is not left behind."""
    if last := _LAST_LETTER.search(bytes(kept[-20:])):
        del kept[len(kept) - len(last[0]) :]


def init_app(app: Flask) -> None:
    app.before_request(read_form)
