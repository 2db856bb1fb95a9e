"""Counting the SQL statements of a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

# A test may do other things for minutes meanwhile, on a slow machine.
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database inside the block: not BEGIN and COMMIT, nor how long
    the session of a test may wait (tests/conftest.py)."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement != PATIENCE:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
