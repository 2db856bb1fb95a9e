"""When the synthetic province of the tests ends, how large it is, its password and its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine, create_engine

from app.auth.passwords import hash_password
from app.core import embedded
from app.core.db import engine_options
from app.demo.load import Size
from tests.conftest import TEMPLATE

SIZE = Size(500, 300, 3, reporting=0)
UNTIL = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HASH = hash_password("vong-tay-demo")


@contextmanager
def new_database(server: embedded.DatabaseUrls, name: str) -> Iterator[Engine]:
    """A migrated database in which nothing was ever written, as the application sees it."""
    engine = create_engine(**engine_options(embedded.create_database(server, name, TEMPLATE).app))
    try:
        yield engine
    finally:
        engine.dispose()
        embedded.drop_database(server, name)
