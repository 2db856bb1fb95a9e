"""Addresses of the pages that act on a case."""

import uuid
from datetime import datetime

from flask import current_app, has_request_context, url_for
from werkzeug.routing import BuildError

from app.cases.queries.events import LogFilter


def link(endpoint: str, **values: uuid.UUID | str) -> str:
    """The address of a page; "" where this installation does not have it, and on what is made in
    the background, which leads nowhere."""
    if not has_request_context() or endpoint not in current_app.view_functions:
        return ""
    try:
        return url_for(endpoint, **values)  # type: ignore[arg-type]  # only values of the address
    except BuildError:
        return ""


def log_url(base: str, wanted: LogFilter, *, before: str = "", **changes: str) -> str:
    """The log with its filters, codes only, in an order that does not change."""
    query = {"kind": wanted.kind, "agency": wanted.agency, **changes, "before": before}
    text = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return f"{base}?{text}" if text else base


def key_text(moment: datetime, row_id: uuid.UUID) -> str:
    """The key of an entry for `?before=`: microseconds of the epoch and the id."""
    return f"{round(moment.timestamp() * 1_000_000)}.{row_id.hex}"


def address_of(base: str, query: str) -> str:
    return f"{base}?{query}" if query else base
