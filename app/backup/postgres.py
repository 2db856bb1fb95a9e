"""PostgreSQL's own programs, fed and read through pipes: no row of a dump touches the disk."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from threading import Thread
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from app.backup.faults import BackupFault, Fault
from app.core import embedded

BLOCK = 256 * 1024
SCRATCH = "vongtay_scratch_"
_SCRATCH_LASTS = timedelta(hours=12)  # older ones were left by a process that was killed
_VERSION = re.compile(r"\b(\d+)(?:\.\d+|devel|beta|rc)")
Write = Callable[[bytes], object]


def connect(url: str) -> psycopg.Connection:
    """A connection of psycopg's own to an address as SQLAlchemy has it."""
    return psycopg.connect(_conninfo(url), autocommit=True, connect_timeout=10)


def _parameters(url: str) -> dict[str, Any]:
    engine = create_engine(url, poolclass=NullPool)
    _, given = engine.dialect.create_connect_args(make_url(url))
    found = dict(given)
    found.pop("context", None)  # of the driver, not of the address
    return found


def _conninfo(url: str) -> str:
    return make_conninfo(**_parameters(url))


def _arguments(url: str) -> tuple[str, dict[str, str]]:
    """The address for a program, without the password: others may read its arguments."""
    found = _parameters(url)
    password = found.pop("password", None)
    environment = {**os.environ, "PGOPTIONS": "-c statement_timeout=0 -c timezone=UTC"}
    if password:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo(**found), environment


def program(name: str, major: int) -> Path:
    """The oldest of the programs here that is as new as the server: a newer one writes what an
    older server does not understand. Raises BackupFault."""
    found: dict[int, Path] = {}
    for path in (embedded.program(name), Path(shutil.which(name) or "")):
        if path.name == name and path.is_file():
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # no shell
            if version := _VERSION.search(said.stdout):
                found.setdefault(int(version[1]), path)
    new_enough = [version for version in found if version >= major]
    if not new_enough:
        raise BackupFault(Fault.NO_PROGRAM, f"no {name} of version {major} or newer was found")
    return found[min(new_enough)]


def server_version(connection: psycopg.Connection) -> int:
    """The major version."""
    return connection.info.server_version // 10_000


class _Run:
    """One of the programs, ended with its block: killed where that fails."""

    def __init__(self, *command: Path | str, env: dict[str, str], takes: bool, says: bool) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own programs, no shell
            command,
            stdin=subprocess.PIPE if takes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if says else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=env,
        )
        self._said = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is not None:
            self._process.kill()
        self.end_input()
        if self._process.stderr:
            self._said = self._process.stderr.read()
            self._process.stderr.close()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()

    def write(self, block: bytes) -> None:
        """One that ended early takes no more; its reason is asked for afterwards."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(block)

    def end_input(self) -> None:
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def blocks(self) -> Iterator[bytes]:
        while self._process.stdout and (block := self._process.stdout.read(BLOCK)):
            yield block

    def require_success(self, fault: Fault, what: str) -> None:
        """After its block. Raises BackupFault."""
        if self._process.returncode:
            lines = self._said.decode(errors="replace").splitlines()
            reason = next((line for line in lines if "error" in line.lower()), "no reason given")
            raise BackupFault(fault, f"{what}: {reason[:300]}")


def dump(url: str, major: int, snapshot: str, write: Write) -> None:
    """What pg_dump says of one snapshot, block by block. Raises BackupFault."""
    address, environment = _arguments(url)
    options = ("--format=custom", "--compress=1", "--no-password", f"--snapshot={snapshot}")
    command = (program("pg_dump", major), *options, f"--dbname={address}")
    with _Run(*command, env=environment, takes=False, says=True) as run:
        for block in run.blocks():
            write(block)
    run.require_success(Fault.NOT_DUMPED, "the database was not dumped")


@contextmanager
def restoring(url: str, major: int) -> Iterator[Write]:
    """Into an empty scratch database: everything in it belongs to the role that made it.

    Raises BackupFault.
    """
    address, environment = _arguments(url)
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    command = (program("pg_restore", major), *options, "--no-password", f"--dbname={address}")
    with _Run(*command, env=environment, takes=True, says=False) as run:
        yield run.write
    run.require_success(Fault.NOT_RESTORED, "the database in it cannot be restored")


@contextmanager
def replacing(url: str, major: int, *, after: str) -> Iterator[Write]:
    """The dump that is written takes the place of all tables, in one transaction: until it is
    complete nothing has changed, and nobody sees a part. `after` is SQL that belongs to it.

    What was written counts only if the block ends without an error. Raises BackupFault.
    """
    address, environment = _arguments(url)
    quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password", "--file=-")
    psql = (program("psql", major), *quiet, f"--dbname={address}")
    reader = (program("pg_restore", major), "--no-owner", "--file=-")
    with _Run(*psql, env=environment, takes=True, says=False) as target:
        target.write(_BEGIN.encode())
        with _Run(*reader, env=environment, takes=True, says=True) as run:
            pump = Thread(target=_pump, args=(run, target), daemon=True)
            pump.start()
            yield run.write
            run.end_input()
            pump.join()
        run.require_success(Fault.NOT_RESTORED, "the database in it cannot be read")
        target.write(f"{after}\nCOMMIT;\n".encode())
    target.require_success(Fault.NOT_RESTORED, "the database was not restored; nothing changed")


def _pump(source: _Run, target: _Run) -> None:
    """Reads to the end even where nobody takes it any more: who writes must not wait for ever."""
    with suppress(ValueError):  # closed, because something else failed
        for block in source.blocks():
            target.write(block)


_BEGIN = """
BEGIN;
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """An empty database beside the real one, gone at the end however it ends."""
    name = f"{SCRATCH}{datetime.now(UTC):%Y%m%d%H%M%S}_{token_hex(4)}"
    with connect(url) as connection:
        _drop_left_over(connection)
        for statement in (
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'",
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
        ):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with connect(url) as connection:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def _drop_left_over(connection: psycopg.Connection) -> None:
    oldest = f"{SCRATCH}{datetime.now(UTC) - _SCRATCH_LASTS:%Y%m%d%H%M%S}"
    query = (
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname::text < %s"
        " AND pg_has_role(datdba, 'USAGE')"
    )
    for (name,) in connection.execute(query, (SCRATCH, oldest)).fetchall():
        _drop(connection, name)
