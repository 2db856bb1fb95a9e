"""Compressed answers, for slow lines.

A page is compressed only when the browser says that our own site, or the user, asked for it: the
BREACH attack needs another site to ask for pages and watch their compressed length.
"""

import gzip

import brotli
from flask import Flask, Request, Response, request

_SMALLEST = 1024
_ASKED_BY_US = frozenset({"same-origin", "none"})


def accepted_encoding(asked: Request) -> str | None:
    return asked.accept_encodings.best_match(["br", "gzip"])


def compress(body: bytes, encoding: str | None, *, quality: int) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(body, quality=quality))
    if encoding == "gzip":
        return gzip.compress(body, compresslevel=min(quality, 9), mtime=0)
    return body


def compress_page(response: Response) -> Response:
    encoding = accepted_encoding(request)
    if encoding and _is_worth_it(response):
        response.set_data(compress(response.get_data(), encoding, quality=4))
        response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
    return response


def _is_worth_it(response: Response) -> bool:
    return (
        response.mimetype == "text/html"
        and not response.is_streamed
        and "Content-Encoding" not in response.headers
        and request.headers.get("Sec-Fetch-Site") in _ASKED_BY_US
        and len(response.get_data()) >= _SMALLEST
    )


def init_app(app: Flask) -> None:
    app.after_request(compress_page)
