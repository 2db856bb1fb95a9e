"""What `make run` starts: everything, on a fresh folder; and that it all stops."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts import serve
from tests.evidence import Evidence

ROOT = Path(__file__).parent.parent
ACCOUNTS = (
    "worker worker2 chair intake hotline police hospital school legalaid shelter hospital_lead"
    " supervisor analyst admin".split()
)
TOKEN = "only-for-tests-of-the-whole-house"
Server = subprocess.Popen[str]
RECOVERY = 5.0  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


def start(instance: Path, port: int) -> Server:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return subprocess.Popen(
        [sys.executable, "scripts/serve.py"],
        cwd=ROOT,
        env={**kept, "INSTANCE_DIR": str(instance), "PORT": str(port), "METRICS_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def web_server(instance: Path, port: int, ready: int) -> subprocess.Popen[bytes]:
    """The one of `make run`, whose database is not there."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    database = "postgresql+psycopg://nobody@/nothing?host=/nowhere"
    environment = {**kept, "DATABASE_URL": database, "DEMO": "1", "INSTANCE_DIR": str(instance)}
    return serve.spawn(serve.web(port), {**environment, "READY_FD": str(ready)}, ready)


def lines_until(server: Server, last: str) -> Iterator[str]:
    assert server.stdout
    for line in server.stdout:
        yield line
        if last in line:
            return


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse().status
    connection.close()
    return answer


def ready_within(port: int, seconds: float = 30.0) -> float:
    """Seconds until it can work: the pages answer a moment before the scheduler's first beat."""
    began = time.monotonic()
    while status(port, "/readyz") != 200:
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def counted(port: int, line: str) -> float:
    """What monitoring is told; whichever process answers knows of all."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = connection.getresponse().read().decode()
    connection.close()
    return float(text.partition(f"\n{line} ")[2].partition("\n")[0])


def assert_all_stopped(instance: Path, port: int) -> None:
    assert not (instance / "pgdata" / "postmaster.pid").exists()
    with pytest.raises(ConnectionRefusedError):
        status(port, "/healthz")


def kill_database(instance: Path) -> None:
    """The first process of the server and all that it has begun, as a power failure would."""
    pid = int((instance / "pgdata" / "postmaster.pid").read_text().split("\n", 1)[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for number in (pid, *map(int, children)):
        os.kill(number, signal.SIGKILL)


def test_who_needs_the_database_alone_loads_no_page() -> None:
    code = "import sys; from app.core import embedded, schema; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split()
    assert "app.core.embedded" in loaded
    assert [name for name in loaded if name.startswith(("app.cases", "app.auth", "flask"))] == []


@pytest.mark.wide
def test_the_web_server_opens_no_port_before_it_is_told(port: int, tmp_path: Path) -> None:
    ready, gate = os.pipe()
    web = web_server(tmp_path, port, ready)
    time.sleep(1)
    with pytest.raises(ConnectionRefusedError):
        status(port, "/healthz")
    os.write(gate, b"1")
    os.close(gate)
    until = time.monotonic() + 60
    while not serve.answers(port):
        assert time.monotonic() < until
        time.sleep(0.05)
    web.terminate()
    assert web.wait(30) == 0


@pytest.mark.wide
def test_the_web_server_ends_with_who_should_have_told_it(port: int, tmp_path: Path) -> None:
    ready, gate = os.pipe()
    web = web_server(tmp_path, port, ready)
    os.close(gate)
    assert web.wait(60) == 0


@pytest.mark.wide
def test_two_starts_at_once_on_a_fresh_folder_make_one_province(instance: Path) -> None:
    ports = [free_port(), free_port()]
    servers = [start(instance, port) for port in ports]
    texts = ["".join(lines_until(server, "Ctrl-C")) for server in servers]
    assert sum("Making the synthetic province" in text for text in texts) == 1, texts
    for port in ports:
        ready_within(port)
    for server in servers:
        server.send_signal(signal.SIGTERM)
    for server in servers:
        server.communicate(timeout=60)
    assert [server.returncode for server in servers] == [0, 0]


@pytest.mark.wide
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_on_its_data_and_stops_when_told(
    instance: Path, port: int, signal_number: signal.Signals
) -> None:
    server = start(instance, port)
    text = "".join(lines_until(server, "Ctrl-C"))
    assert f"http://127.0.0.1:{port}" in text
    assert [name for name in ACCOUNTS if f" {name} " not in text] == []
    assert status(port, "/healthz") == 200
    assert [status(port, "/auth/sign-in") for _ in range(20)] == [200] * 20
    page = 'vongtay_requests_total{method="GET",route="auth.sign_in",status="200"}'
    assert [counted(port, page) for _ in range(4)] == [20.0] * 4
    ready_within(port)  # the scheduler gives a sign of life soon after the pages are there
    assert counted(port, "vongtay_scheduler_silent") == 0
    server.send_signal(signal_number)
    server.communicate(timeout=60)
    assert server.returncode == 0
    assert_all_stopped(instance, port)


@pytest.mark.wide
def test_a_port_in_use_is_said_in_both_languages(instance: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = int(other.getsockname()[1])
        server = start(instance, taken)
        text, _ = server.communicate(timeout=30)
    assert server.returncode == 1
    assert f"Cổng {taken} đang có chương trình khác dùng" in text
    assert f"Port {taken} is in use" in text


@pytest.mark.wide
def test_when_one_part_dies_the_others_are_stopped(instance: Path, port: int) -> None:
    server = start(instance, port)
    list(lines_until(server, "Ctrl-C"))
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    scheduler = next(
        pid for pid in children if b"jobs" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    wait_until(lambda: os.getpriority(os.PRIO_PROCESS, int(scheduler)) > 0, "pages come first")
    os.kill(int(scheduler), signal.SIGKILL)
    text, _ = server.communicate(timeout=60)
    assert server.returncode == 1
    assert "stopped because one part ended: jobs" in text
    assert_all_stopped(instance, port)


@pytest.mark.wide
@pytest.mark.real_time
def test_a_killed_database_is_started_again_and_the_others_stay(
    instance: Path, port: int, evidence: Evidence
) -> None:
    server = start(instance, port)
    list(lines_until(server, "Ctrl-C"))
    ready_within(port)
    kill_database(instance)
    assert "was started again" in "".join(lines_until(server, "was started again"))
    took = ready_within(port, RECOVERY)
    assert server.poll() is None
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=60)
    assert server.returncode == 0
    assert_all_stopped(instance, port)
    evidence("restart", "pages again after {most_seconds:.2f} s", most_seconds=took)
