"""A form of a million fields costs seconds of a worker to read: it is refused before that.

Multipart forms have such a limit already (MAX_FORM_PARTS); this one holds for the common encoding.
A body that breaks off, or is no body at all, is the fault of who sent it.
"""

from flask import Flask, abort, request
from werkzeug.exceptions import HTTPException

MOST = 2_000  # our longest form has some 200


def refuse_bad_bodies() -> None:
    try:
        has_too_many = _read() >= MOST
    except HTTPException:
        raise
    except Exception:  # each server has errors of its own for a broken body
        abort(400)
    if has_too_many:
        abort(413)


def _read() -> int:
    """Read the body of a form; how many separators it has."""
    if request.mimetype == "application/x-www-form-urlencoded":
        return request.get_data(cache=True, parse_form_data=False).count(b"&")
    if request.mimetype == "multipart/form-data":
        request.form  # noqa: B018  # reading is what may fail
    return 0


def init_app(app: Flask) -> None:
    app.before_request(refuse_bad_bodies)
