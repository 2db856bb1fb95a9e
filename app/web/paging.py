"""Keyset paging from the address: ?after= (an id) and ?limit= (at most 100)."""

import uuid

from flask import request

DEFAULT_LIMIT, MAX_LIMIT = 50, 100


def after_arg() -> uuid.UUID | None:
    """The id behind which the page begins; None for the first page."""
    return id_arg("after")


def id_arg(name: str) -> uuid.UUID | None:
    """An id from the address; None where it is missing or no id."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def limit_arg(default: int = DEFAULT_LIMIT) -> int:
    """How many rows are asked for, between 1 and 100."""
    typed = request.args.get("limit", "")
    if not (typed.isascii() and typed.isdigit()):
        return default
    return max(1, min(int(typed[:4]), MAX_LIMIT))
