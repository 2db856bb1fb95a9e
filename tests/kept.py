"""The rows of a test's data kept, so that the next test is given them instead of making them."""

from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from app.core.db import Base

Rows = dict[str, bytes]  # by table, in the order in which they refer
_superuser: Engine | None = None


def use_superuser(engine: Engine) -> None:
    global _superuser
    _superuser = engine


def kept_rows(session: Session) -> Rows:
    """All rows that there are."""
    found = {}
    with _cursor(session.connection()) as cursor:
        for table in Base.metadata.sorted_tables:
            if session.scalar(text(f"SELECT EXISTS (SELECT FROM {table.name})")):
                with cursor.copy(f"COPY {table.name} TO STDOUT (FORMAT BINARY)") as copy:
                    found[table.name] = b"".join(bytes(block) for block in copy)
    return found


def put_back(rows: Rows) -> None:
    """Into an empty database; commits. By the superuser: ours may not put events into the log.
    What referred to each other still does, so no trigger looks at it again."""
    assert _superuser is not None
    with _superuser.begin() as connection, _cursor(connection) as cursor:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table, content in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(content)


def _cursor(connection: Connection) -> Any:
    """Of the driver itself, which copies whole tables."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver.cursor()
