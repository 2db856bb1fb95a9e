"""A primary killed under load, its replica promoted: the application goes on, nothing acknowledged
is lost. The commands are those of docs/operations.md."""

import http.client
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.audit.verify import verify
from app.core import embedded, migrate
from app.core.crypto import create_keyset_file
from tests.backup.guide import ROOT, blocks, variables
from tests.backup.writers import Writers, lost
from tests.evidence import Evidence
from tests.test_serve import free_port

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(900)]
USER = "pgserver" if os.geteuid() == 0 else None
PASSWORDS = {f"{name}_PW": f"pw{name}" for name in ("SUPER", "REPLICA", "OWNER", "APP")}


@dataclass
class Pair:
    """Two servers on this machine, each with a port; `primary` names the one that is written."""

    folder: Path
    ports: dict[str, int] = field(default_factory=lambda: {"A": free_port(), "B": free_port()})
    primary: str = "A"

    def values(self) -> dict[str, str]:
        """What an operator writes for the variables of the guide."""
        found = {**PASSWORDS, "PG": str(embedded.program("postgres").parent)}
        for name, port in self.ports.items():
            found |= {
                f"{name}_HOST": "127.0.0.1", f"{name}_PORT": str(port),
                f"{name}_DATA": str(self.folder / name),
            }  # fmt: skip
        return {**found, "NETWORK": "127.0.0.1/32"}

    def run(self, name: str) -> str:
        """A block of the guide, as the user of the database. It is written for A as the primary;
        where that is B the letters are exchanged, as the guide says."""
        block = blocks()[name] if self.primary == "A" else exchanged(blocks()[name])
        values = "".join(f"{key}={shlex.quote(value)}\n" for key, value in self.values().items())
        with tempfile.TemporaryFile("w+") as output:  # the server inherits it: no pipe
            ended = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", values + block],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/",
                env={"PATH": os.environ["PATH"]}, check=False,
                user=USER, group=USER, extra_groups=[] if USER else None,
            )  # fmt: skip
            output.seek(0)
            said = output.read()
        assert ended.returncode == 0, said
        return said

    def url(self, role: str) -> str:
        """As the guide's block of addresses sets it."""
        values = "".join(f"{key}={shlex.quote(value)}\n" for key, value in self.values().items())
        script = values + blocks()["replica-addresses"] + f'printf %s "${role}"'
        return subprocess.run(
            ["bash", "-euc", script], capture_output=True, text=True, check=True
        ).stdout

    def kill(self) -> None:
        """The primary and all its processes at once: the machine is gone."""
        pid = self.pid(self.primary)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for number in (pid, *map(int, children)):
            os.kill(number, signal.SIGKILL)

    def pid(self, name: str) -> int:
        return int((self.folder / name / "postmaster.pid").read_text().split("\n", 1)[0])

    def stop(self) -> None:
        for name in self.ports:
            with suppress(OSError):  # killed before, or never started
                os.kill(self.pid(name), signal.SIGQUIT)


def exchanged(block: str) -> str:
    """The same block for A as the replica of B."""
    other = {"A": "B", "B": "A", "a": "b", "b": "a"}
    return re.sub(
        r"\b(?:([AB])(?=_(?:HOST|PORT|DATA)\b))|(?<=for_)([ab])\b|(?<=_name=)([ab])\b|(?<=')([ab])(?=')",
        lambda found: other[found[0]],
        block,
    )


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A follows nobody, B follows A and every commit waits for it; the schema is there."""
    folder = Path(tempfile.mkdtemp(prefix="vongtay-pair-"))
    if USER:
        os.chown(folder, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)
    found = Pair(folder)
    try:
        found.run("replica-primary")
        found.run("replica-standby")
        migrate.upgrade(found.url("DATABASE_OWNER_URL"))
        assert "streaming|sync" in found.run("replica-wait")
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Web:
    """gunicorn with the address of both servers, asked all the time."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        create_keyset_file(folder / "keyset.json")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "scripts/gunicorn.conf.py",
             "-b", f"127.0.0.1:{self.port}", "wsgi:app"],
            cwd=ROOT, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "INSTANCE_DIR": str(folder),
                 "KEYSET_FILE": str(folder / "keyset.json"), "DEMO": "1", "WEB_WORKERS": "1"},
        )  # fmt: skip
        self._over = Event()
        self.good: list[float] = []  # when an answer that needs the database came
        self._thread = Thread(target=self._ask)

    def __enter__(self) -> "Web":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.process.terminate()
        self.process.wait(30)

    def _ask(self) -> None:
        while not self._over.wait(0.02):
            with suppress(OSError, http.client.HTTPException):
                page, ready = self._get("/auth/sign-in"), self._get("/readyz")
                # of /readyz the part that this test is about: it has no scheduler
                if page[0] == 200 and json.loads(ready[1])["database"]:
                    self.good.append(time.monotonic())

    def _get(self, path: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def wait_for_answer_after(self, moment: float) -> float:
        until = time.monotonic() + 60
        while not (later := [at for at in self.good[-500:] if at > moment]):
            assert time.monotonic() < until, "the web server does not answer any more"
            time.sleep(0.01)
        return later[0]


def fail_over(pair: Pair, writers: Writers) -> tuple[float, float]:
    """Kill the primary in the middle of the load and promote the other: (when it was killed, when
    every writer was acknowledged something by the new one)."""
    writers.wait_for_all_after(time.monotonic())
    killed = time.monotonic()
    pair.kill()
    pair.run("replica-promote")
    return killed, writers.wait_for_all_after(killed + 0.1)


@pytest.mark.wide
def test_the_replica_takes_over_and_nothing_acknowledged_is_lost(
    pair: Pair, tmp_path: Path, evidence: Evidence
) -> None:
    url = pair.url("DATABASE_URL")
    with Web(url, tmp_path) as web, Writers(url) as writers:
        web.wait_for_answer_after(0)
        killed, back = fail_over(pair, writers)
        answered = web.wait_for_answer_after(killed + 0.1)
        assert web.process.poll() is None  # the same process, not restarted
    assert back - killed < 10 and answered - killed < 10
    assert len(writers.written) > 50
    assert lost(writers, pair.url("DATABASE_OWNER_URL")) == set()
    assert_log_is_whole(pair)
    assert_loss_is_seen(pair)
    evidence(
        "fail-over",
        "{lost} of {written:,} acknowledged writes lost; writes after {most_back:.2f} s,"
        " pages after {most_answered:.2f} s",
        lost=0,
        written=len(writers.written),
        most_back=back - killed,
        most_answered=answered - killed,
    )


def assert_log_is_whole(pair: Pair) -> None:
    engine = create_engine(pair.url("DATABASE_OWNER_URL"))
    with Session(engine) as session:
        result = verify(session)
    engine.dispose()
    assert result.is_intact, result.problem


def assert_loss_is_seen(pair: Pair) -> None:
    """The check can fail: a primary that waits for nobody acknowledges what its replica never
    gets."""
    pair.run("replica-return")
    pair.primary = "B"
    standby = pair.pid("A")
    receivers = [
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if b"walreceiver" in _command(path) and _parent(path) == standby
    ]
    assert receivers
    with Writers(pair.url("DATABASE_URL")) as writers:
        writers.wait_for_all_after(time.monotonic())
        for number in receivers:
            os.kill(number, signal.SIGSTOP)  # the network between them is slow
        writers.wait_for_all_after(time.monotonic())
        pair.kill()
    for number in receivers:
        os.kill(number, signal.SIGKILL)
    pair.run("replica-promote")
    assert lost(writers, pair.url("DATABASE_OWNER_URL")) != set()


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def test_the_guide_sets_what_its_commands_need() -> None:
    assert set(Pair(Path("/nowhere")).values()) == variables("replica-variables")


@pytest.mark.long
def test_there_and_back_again(pair: Pair, evidence: Evidence) -> None:
    """Four times the primary dies and the other takes over; each time it comes back as the replica.

    The application is the same all the time."""
    took = []
    with Writers(pair.url("DATABASE_URL")) as writers:
        for now_primary in "BABA":
            killed, back = fail_over(pair, writers)
            took.append(back - killed)
            pair.run("replica-return")
            pair.primary = now_primary
            assert "streaming|sync" in pair.run("replica-wait")
    assert lost(writers, pair.url("DATABASE_OWNER_URL")) == set()
    assert_log_is_whole(pair)
    evidence(
        "fail-over",
        "{lost} of {written:,} acknowledged writes lost in {times} changes; writes after at most"
        " {most_back:.2f} s",
        lost=0,
        written=len(writers.written),
        times=len(took),
        most_back=max(took),
    )
