"""Uploads: larger bodies where a view says so, and nothing of them on the disk in clear."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Flask, Request, current_app, request

View = Callable[..., Any]


class RequestInMemory(Request):
    """Uploaded files stay in memory: a spool on the disk would hold them unencrypted."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> BytesIO:
        return BytesIO()


def body_limit(size: int) -> Callable[[View], View]:
    """Let a view take bodies of up to `size` bytes; place it on top of all other decorators."""

    def mark(view: View) -> View:
        view.body_limit = size  # type: ignore[attr-defined]
        return view

    return mark


def _allow() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, "body_limit", None)
    if limit is not None:
        request.max_content_length = limit


def init_app(app: Flask) -> None:
    app.request_class = RequestInMemory
    app.before_request(_allow)
