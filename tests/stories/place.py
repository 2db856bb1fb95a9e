"""A small province on a real server: its own database, gunicorn with two workers, demo accounts."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text

from app.core import embedded

ROOT = Path(__file__).parents[2]
# What a day that passes leaves alone: the audit, sessions and what runs by itself.
_TIMELESS = (
    *("audit_events", "audit_checkpoints", "calendar_days", "idempotency_keys", "invitations"),
    *("job_leases", "outbox", "pending_sign_ins", "sign_in_attempts", "user_sessions"),
)
_MOMENTS = """
SELECT format('UPDATE %I SET ', table_name)
    || string_agg(format('%1$I = %1$I - CAST(%2$L AS interval)', column_name,
                         CAST(:span AS text)), ', ')
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> ALL (:timeless)
AND (data_type = 'date' OR data_type = 'timestamp with time zone')
GROUP BY table_name ORDER BY table_name
"""
# What is due is known by the end of its term, which moved as well.
_ASKED = """
UPDATE obligations SET occurrence =
    (CAST(occurrence AS bigint) - extract(epoch FROM CAST(:span AS interval)))::bigint::text
"""
SIZE = ("--children", "120", "--cases", "60", "--years", "2", "--seed", "7", "--communes", "3",
        "--reporting")  # fmt: skip  # then how many communes report
START_SECONDS = 120  # on a busy machine


@dataclass(frozen=True)
class Place:
    """Where the stories happen. `superuser` does what no role of ours may: tampering, ageing."""

    url: str
    environment: dict[str, str]
    urls: embedded.DatabaseUrls
    superuser: Engine

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_flask(self.environment, *arguments)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """For what the server does on its own time. Fails after START_SECONDS."""
        until = time.monotonic() + START_SECONDS
        while not holds():
            assert time.monotonic() < until
            time.sleep(0.05)

    def let_pass(self, *, days: int = 0, hours: int = 0) -> None:
        """Time passes: all that was recorded lies so much further back. The server's clock is the
        machine's and stands still; the audit, which nobody may change, keeps its moments."""
        with self.superuser.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            given = {"timeless": list(_TIMELESS), "span": f"{days} days {hours} hours"}
            for change in connection.scalars(text(_MOMENTS), given).all():
                connection.exec_driver_sql(change)
            connection.execute(text(_ASKED), given)

    def dump(self) -> bytes:
        """Everything that pg_dump writes of the database."""
        address = make_url(self.urls.superuser)
        command = [
            str(embedded.program("pg_dump")),
            *("--host", str(address.query["host"])),
            *("--username", str(address.username)),
            str(address.database),
        ]
        return subprocess.run(command, check=True, capture_output=True).stdout


def load_province(
    urls: embedded.DatabaseUrls, folder: Path, keyset: Path, *, reporting: int
) -> None:
    """Into an empty database, from which those of the places are copied."""
    environment = _environment(urls, folder, keyset)
    run_flask(environment, "demo", "load", *SIZE, str(reporting)).check_returncode()


def _environment(urls: embedded.DatabaseUrls, folder: Path, keyset: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "DATABASE_URL": urls.app,
        "DEMO": "1",
        "INSTANCE_DIR": str(folder),
        "KEYSET_FILE": str(keyset),
        "WEB_WORKERS": "2",
    }


@contextmanager
def open_place(urls: embedded.DatabaseUrls, folder: Path, keyset: Path) -> Iterator[Place]:
    port = _free_port()
    environment = _environment(urls, folder, keyset) | {"PORT": str(port)}
    engine = create_engine(urls.superuser)
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            _gunicorn(port), cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _wait(server, port, folder / "server.log")
            yield Place(f"http://127.0.0.1:{port}", environment, urls, engine)
        finally:
            server.terminate()
            server.wait(30)
            engine.dispose()


def run_flask(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def _gunicorn(port: int) -> list[str]:
    configuration = str(ROOT / "scripts" / "gunicorn.conf.py")
    web = ["-m", "gunicorn", "-c", configuration, "-b", f"127.0.0.1:{port}", "wsgi:app"]
    return [sys.executable, *web]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not _answers(port):
        assert time.monotonic() < until, log.read_text()
        with suppress(subprocess.TimeoutExpired):
            server.wait(0.05)
            raise AssertionError(log.read_text())


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
