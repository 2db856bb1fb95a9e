"""The database with its data, and the real servers that are measured."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from app.core import embedded, migrate

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "bench" / "cache"


@dataclass(frozen=True)
class Dataset:
    name: str
    children: int
    cases: int
    communes: int


BIG = Dataset("big", 100_000, 50_000, 104)
SMALL = Dataset("small", 1_000, 500, 1)  # as many cases for its one commune as a commune of BIG has


def environment(database_url: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "INSTANCE_DIR": str(CACHE),
        "PORT": str(port),
        "DEMO": "1",
        "PYTHONPATH": str(ROOT),
    }


def prepare(dataset: Dataset) -> str:
    """The address of `addresses` that the application uses."""
    return addresses(dataset).app


def addresses(dataset: Dataset) -> embedded.DatabaseUrls:
    """Those of the database with this data; loaded only if it, its schema or its loader is new."""
    CACHE.mkdir(parents=True, exist_ok=True)
    urls = embedded.start(CACHE)
    name = f"bench_{dataset.name}"
    stamp = CACHE / f"{name}.stamp"
    wanted = _fingerprint(dataset)
    found = embedded.urls_for(urls, name)
    if stamp.exists() and stamp.read_text() == wanted:
        return found
    print(f"loading {dataset.children:,} children and {dataset.cases:,} cases ...", flush=True)
    stamp.unlink(missing_ok=True)
    embedded.drop_database(urls, name)
    embedded.create_database(urls, name)
    migrate.upgrade(found.owner)
    arguments = ["--children", dataset.children, "--cases", dataset.cases, "--years", 5]
    arguments += ["--communes", dataset.communes, "--seed", 11]
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "load", *map(str, arguments)],
        cwd=ROOT,
        env=environment(found.app, 0),
        check=True,
    )
    _vacuum(found.superuser)
    stamp.write_text(wanted)
    return found


def _vacuum(url: str) -> None:
    """What autovacuum does to a database soon after such a load."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _fingerprint(dataset: Dataset) -> str:
    digest = hashlib.sha256(repr(dataset).encode())
    for path in sorted([*ROOT.glob("migrations/versions/*.py"), *ROOT.glob("app/demo/**/*.*")]):
        if path.suffix in (".py", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def worker_memory(self) -> list[float]:
        """Resident megabytes of each worker (what it shares with its siblings counted in full)."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
            if fields.get("PPid", "").strip() == str(self.pid):
                found.append(int(fields["VmRSS"].split()[0]) / 1024)
        return found


@contextmanager
def gunicorn(app: str, env: dict[str, str]) -> Iterator[Server]:
    """The real server, with the settings that `make run` uses: 2 workers."""
    port = free_port()
    config = str(ROOT / "scripts" / "gunicorn.conf.py")
    command = [sys.executable, "-m", "gunicorn", "-c", config, "-b", f"127.0.0.1:{port}", app]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**env, "PORT": str(port)}, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, process)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not answer")
