"""The second lock taken away: where a test shows that the first one is noticed when it is gone."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

_LOCKED = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")


@contextmanager
def rows_unlocked(superuser: Engine) -> Iterator[None]:
    """No policy decides about rows inside the block. Nobody may be in a transaction at its ends."""
    with superuser.connect() as connection:
        tables = list(connection.scalars(_LOCKED))
    _alter(superuser, tables, "DISABLE")
    try:
        yield
    finally:
        _alter(superuser, tables, "ENABLE")


def _alter(superuser: Engine, tables: list[str], how: str) -> None:
    if tables:
        statements = "; ".join(f"ALTER TABLE {name} {how} ROW LEVEL SECURITY" for name in tables)
        with superuser.begin() as connection:
            connection.exec_driver_sql(statements)
