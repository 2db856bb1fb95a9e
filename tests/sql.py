"""Counting the SQL statements of a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from app.core.row_scope import AS_HOUSE, SWITCH

# A test may do other things for minutes meanwhile, on a slow machine.
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database inside the block: not BEGIN and COMMIT, nor what is
    said of them (who reads; in a test, how long they may take)."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement not in (PATIENCE, AS_HOUSE, str(SWITCH.compile(engine))):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
