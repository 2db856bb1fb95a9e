"""A form of a million fields costs seconds of a worker to read: it is refused before that.

Multipart forms have such a limit already (MAX_FORM_PARTS); this one holds for the common encoding.
"""

from flask import Flask, abort, request

MOST = 2_000  # our longest form has some 200


def refuse_many_fields() -> None:
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.get_data(cache=True, parse_form_data=False)
        if body.count(b"&") >= MOST:
            abort(413)


def init_app(app: Flask) -> None:
    app.before_request(refuse_many_fields)
