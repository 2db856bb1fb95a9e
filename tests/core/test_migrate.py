"""The schema: head is what the models say, every step goes back, several processes may migrate."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from app.core import embedded, migrate, schema
from app.core.db import Base

ROOT = Path(__file__).parent.parent.parent
PROGRAM = "import sys; from app.core.migrate import upgrade; upgrade(sys.argv[1])"


@pytest.fixture
def empty(server: embedded.DatabaseUrls, worker_id: str) -> Iterator[str]:
    """An empty database; the owner's address."""
    name = f"empty_{worker_id}"
    yield embedded.create_database(server, name).owner
    embedded.drop_database(server, name)


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def is_current(url: str) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = schema.is_current(connection)
    engine.dispose()
    return found


def test_head_is_what_the_models_say(empty: str) -> None:
    migrate.upgrade(empty)
    engine = create_engine(empty)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


@pytest.mark.wide
def test_down_and_up_again(empty: str) -> None:
    assert not is_current(empty)
    migrate.upgrade(empty)
    assert is_current(empty)
    first = tables(empty)
    migrate.downgrade(empty, "base")
    assert tables(empty) == {"alembic_version"}
    migrate.upgrade(empty)
    assert tables(empty) == first == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.wide
def test_four_processes_migrate_at_once(empty: str) -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, empty]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0, 0]
    assert is_current(empty)
