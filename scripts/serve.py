"""`make run`: the database, the schema, the synthetic province, the web server and the scheduler.

A small supervisor: it starts them, prints where to go, and stops all of them when it is told to
(Ctrl-C, SIGTERM, a closed terminal) or when one of them dies. The web server loads the application
while the database is made ready, and lets nobody in before it is.
"""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sqlalchemy import Connection, create_engine, text

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from app.core import embedded, schema  # noqa: E402  # after the path of the checkout
from config import Settings, load_settings  # noqa: E402

HOST = "127.0.0.1"  # a reverse proxy stands before it where others are to reach it
START_SECONDS = 60
STOP_SECONDS = 20
FILLING = 7_305_003  # advisory lock: who holds it fills the database
DEMO_SIZE = ("--children", "600", "--cases", "300", "--years", "3", "--seed", "7")
ACCOUNTS = (
    ("worker", "Người làm công tác bảo vệ trẻ em, phường Phố Hiến"),
    ("worker2", "Người làm công tác bảo vệ trẻ em, xã Tân Hưng"),
    ("chair", "Chủ tịch Ủy ban nhân dân phường Phố Hiến"),
    ("intake", "Bộ phận một cửa"),
    ("hotline", "Tổng đài 111"),
    ("police", "Công an"),
    ("hospital", "Bệnh viện"),
    ("hospital_lead", "Phụ trách đơn vị, bệnh viện"),
    ("school", "Nhà trường"),
    ("legalaid", "Trợ giúp pháp lý"),
    ("shelter", "Cơ sở trợ giúp xã hội"),
    ("education", "Sở Giáo dục và Đào tạo, nhập chỉ tiêu"),
    ("education_lead", "Phụ trách đơn vị, Sở Giáo dục và Đào tạo"),
    ("justice", "Sở Tư pháp, nhập chỉ tiêu"),
    ("culture", "Sở Văn hóa, Thể thao và Du lịch, nhập chỉ tiêu"),
    ("supervisor", "Sở Y tế"),
    ("supervisor2", "Sở Y tế, người thứ hai"),
    ("analyst", "Người phân tích số liệu"),
    ("admin", "Quản trị hệ thống"),
)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    settings = load_settings()
    refuse_taken_port(settings.port)
    children: dict[str, subprocess.Popen[bytes]] = {}
    ready, gate = os.pipe()  # see gunicorn.conf.py
    try:
        app_url, owner_url = addresses(settings)
        environment = environment_of(settings, app_url)
        children["web"] = spawn(web(settings.port), {**environment, "READY_FD": str(ready)}, ready)
        prepare(settings, owner_url, environment)
        os.write(gate, b"1")
        wait_until_it_answers(children, settings.port)
        # the figures are proved for minutes after a first start: who waits for a page comes first
        children["jobs"] = spawn(["nice", *flask(), "jobs", "serve"], environment)
        greet(settings)
        return watch(children, None if settings.database_url else settings.instance_dir)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        end(children)  # the database stops last, when this process ends


def stop(_signum: int, _frame: FrameType | None) -> NoReturn:
    print("\nĐang dừng… / Stopping…", flush=True)
    raise SystemExit(0)


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise SystemExit(
                f"Cổng {port} đang có chương trình khác dùng. Chọn cổng khác: PORT=8001 make run\n"
                f"Port {port} is in use. Choose another: PORT=8001 make run"
            ) from None


def addresses(settings: Settings) -> tuple[str, str]:
    """Of the database, which may not be there yet: for the application's role, and the owner's."""
    if settings.database_url:
        return settings.database_url, settings.database_owner_url or settings.database_url
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    urls = embedded.urls_of(settings.instance_dir)
    return urls.app, urls.owner


def environment_of(settings: Settings, app_url: str) -> dict[str, str]:
    """Of the web and job processes: they get the address of the application's role only."""
    environment = {
        **os.environ,
        "DATABASE_URL": app_url,
        "DEMO": str(int(settings.demo)),
        "INSTANCE_DIR": str(settings.instance_dir.resolve()),
        "PORT": str(settings.port),
    }
    environment.pop("DATABASE_OWNER_URL", None)
    environment.pop("GUNICORN_CMD_ARGS", None)
    return environment


def prepare(settings: Settings, owner_url: str, environment: dict[str, str]) -> None:
    """The database runs, migrated and filled."""
    if not settings.database_url:
        embedded.start(settings.instance_dir)
    bring_up_to_date(owner_url)
    if settings.demo:
        fill(owner_url, environment)


def bring_up_to_date(owner_url: str) -> None:
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        is_current = schema.is_current(connection)
    engine.dispose()
    if not is_current:
        from app.core import migrate  # noqa: PLC0415  # what it needs is loaded once a release

        migrate.upgrade(owner_url)


def fill(owner_url: str, environment: dict[str, str]) -> None:
    """Load the synthetic province into an empty database; of two starts at once one does it, the
    other waits."""
    engine = create_engine(owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": FILLING})
        if is_empty(connection):
            load_demo(environment)
    engine.dispose()  # closes the connection, and with it the lock


def is_empty(connection: Connection) -> bool:
    return not connection.scalar(text("SELECT EXISTS (SELECT 1 FROM users)"))


def load_demo(environment: dict[str, str]) -> None:
    print(
        "Đang tạo tỉnh mẫu, thường mất chừng một phút… / "
        "Making the synthetic province, in about a minute…",
        flush=True,
    )
    loader = spawn([*flask(), "demo", "load", *DEMO_SIZE], environment)
    try:
        status = loader.wait()
    finally:
        end({"demo": loader})
    if status != 0:
        raise SystemExit("Không tạo được dữ liệu mẫu. / The synthetic data could not be loaded.")


def flask() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi"]


def web(port: int) -> list[str]:
    configuration = str(ROOT / "scripts" / "gunicorn.conf.py")
    address = f"{HOST}:{port}"
    return [sys.executable, "-m", "gunicorn", "-c", configuration, "-b", address, "wsgi:app"]


def spawn(command: list[str], environment: dict[str, str], *files: int) -> subprocess.Popen[bytes]:
    """A child in a session of its own: Ctrl-C reaches this process only, which stops the others.
    It gets the open `files` beside its output."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        preexec_fn=end_with_parent,
        pass_fds=files,
    )


def end_with_parent() -> None:
    """Linux tells the child when its parent was killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def wait_until_it_answers(children: dict[str, subprocess.Popen[bytes]], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while not answers(port):
        if dead := dead_children(children):
            raise SystemExit(f"Không khởi động được: {dead} / did not start: {dead}")
        if time.monotonic() > until:
            raise SystemExit("Máy chủ không trả lời. / The server does not answer.")
        time.sleep(0.1)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def greet(settings: Settings) -> None:
    lines = ["", f"  Vòng Tay: {settings.base_url}", ""]
    if settings.demo:
        lines += ["  Tài khoản mẫu / demo accounts:"]
        lines += [f"    {name:<14} {role}" for name, role in ACCOUNTS]
        lines += ["", f"  Mật khẩu / password: {settings.demo_password.get_secret_value()}", ""]
    print("\n".join([*lines, "  Dừng / stop: Ctrl-C", ""]), flush=True)


def watch(children: dict[str, subprocess.Popen[bytes]], embedded_in: Path | None) -> int:
    """Until one of them ends, which it should not; a signal leaves by SystemExit. The embedded
    database is started again where it was killed (by the kernel, out of memory): the others find
    it by themselves."""
    while not (dead := dead_children(children)):
        if embedded_in and sys.platform == "linux" and embedded.revive(embedded_in):
            print("Đã khởi động lại cơ sở dữ liệu. / The database was started again.", flush=True)
        time.sleep(0.5)
    print(f"Đã dừng vì một phần bị lỗi: {dead} / stopped because one part ended: {dead}")
    return 1


def dead_children(children: dict[str, subprocess.Popen[bytes]]) -> str:
    return ", ".join(name for name, child in children.items() if child.poll() is not None)


def end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


if __name__ == "__main__":
    sys.exit(main())
