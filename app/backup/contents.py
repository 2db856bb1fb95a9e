"""What belongs into a backup: the database at one moment, and the files of the installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from app.audit import anchors
from app.backup.members import LastCheckpoint
from app.core import destroyed

FILES = "instance/"  # before the names of members that are files of INSTANCE_DIR
REFERENCE = "reference"  # what an administrator replaced
VAPID = "vapid.pem"  # by which push services know us


class Facts(NamedTuple):
    """What the database is at the moment of a snapshot."""

    server: str
    major: int
    revision: str
    events: int
    last_event_id: int
    checkpoint: LastCheckpoint | None
    tables: dict[str, int]


@contextmanager
def snapshot_of(connection: psycopg.Connection) -> Iterator[str]:
    """The name by which pg_dump sees exactly what this connection sees."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    try:
        yield str(row and row[0])
    finally:
        connection.execute("ROLLBACK")


def facts_of(connection: psycopg.Connection) -> Facts:
    """Within the snapshot. The rows of every table are counted."""
    tables = count_rows(connection)
    version = connection.info.server_version
    last = connection.execute("SELECT coalesce(max(id), 0) FROM audit_events").fetchone()
    revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return Facts(
        server=f"{version // 10_000}.{version % 10_000}",
        major=version // 10_000,
        revision=str(revision and revision[0]),
        events=tables["audit_events"],
        last_event_id=int(last[0]) if last else 0,
        checkpoint=_checkpoint(connection),
        tables=tables,
    )


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    named = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace ORDER BY relname"
    ).fetchall()
    return {name: _count(connection, name) for (name,) in named}


def _count(connection: psycopg.Connection, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _checkpoint(connection: psycopg.Connection) -> LastCheckpoint | None:
    row = connection.execute(
        "SELECT number, at, last_event_id FROM audit_checkpoints ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return LastCheckpoint(number=row[0], at=row[1], last=row[2]) if row else None


def instance_files(instance_dir: Path, keyset: Path) -> Iterator[tuple[str, Path]]:
    """(name of the member, file): what a restored house needs. Never the keyset, never a secret
    that opens what the database holds: keys are kept apart."""
    single = (VAPID, anchors.file_in(instance_dir).name, destroyed.file_in(instance_dir).name)
    found = [instance_dir / name for name in single]
    found += sorted((instance_dir / REFERENCE).rglob("*"))
    for path in found:
        is_key = path.resolve() == keyset.resolve()
        if path.is_file() and not is_key:
            yield FILES + path.relative_to(instance_dir).as_posix(), path
