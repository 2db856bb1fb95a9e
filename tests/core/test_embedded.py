"""The embedded server, in an instance folder of its own, with real processes that come and go."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from app.core import embedded

ROOT = Path(__file__).parent.parent.parent
USER_PROGRAM = """
import sys
from pathlib import Path
from app.core import embedded
print(embedded.start(Path(sys.argv[1])).app, flush=True)
sys.stdin.read()
"""
User = subprocess.Popen[str]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("instance")
    yield folder
    embedded.start(folder)
    embedded.leave(folder)


def user(instance: Path) -> User:
    """A process that uses the server until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", USER_PROGRAM, str(instance)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline().startswith("postgresql+psycopg://vongtay_app@/vongtay")
    return process


def end(process: User) -> None:
    process.communicate(timeout=30)
    assert process.returncode == 0


def server_pid(instance: Path) -> int | None:
    file = instance / "pgdata" / "postmaster.pid"
    return int(file.read_text().split("\n", 1)[0]) if file.exists() else None


def connect(url: str) -> psycopg.Connection:
    address = make_url(url)
    return psycopg.connect(
        host=str(address.query["host"]),
        user=address.username,
        dbname=address.database,
        autocommit=True,
    )


def execute(url: str, *statements: str) -> None:
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def value(url: str, query: str) -> object:
    with connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row and row[0]


@pytest.fixture
def urls(instance: Path) -> Iterator[embedded.DatabaseUrls]:
    yield embedded.start(instance)
    embedded.leave(instance)


def test_neither_role_of_ours_can_pass_over_row_level_security(
    urls: embedded.DatabaseUrls,
) -> None:
    query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert value(urls.superuser, query) is True
    assert value(urls.owner, query) is False
    assert value(urls.app, query) is False


def test_only_the_owner_makes_tables(urls: embedded.DatabaseUrls) -> None:
    query = "SELECT has_schema_privilege('public', 'CREATE')"
    assert value(urls.owner, query) is True
    assert value(urls.app, query) is False


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("max_connections", "100"),
    ],
)
def test_settings(urls: embedded.DatabaseUrls, setting: str, expected: str) -> None:
    assert value(urls.app, f"SHOW {setting}") == expected


def test_lower_case_of_vietnamese_letters(urls: embedded.DatabaseUrls) -> None:
    assert value(urls.app, "SELECT lower('ĐỖ ÁNH')") == "đỗ ánh"


def test_nobody_else_may_enter_the_folder_of_the_socket(urls: embedded.DatabaseUrls) -> None:
    folder = Path(str(make_url(urls.app).query["host"]))
    assert folder.stat().st_mode & 0o077 == 0


def test_a_database_can_be_copied_and_dropped(urls: embedded.DatabaseUrls) -> None:
    first = embedded.create_database(urls, "first")
    execute(first.owner, "CREATE TABLE kept AS SELECT 1 AS one")
    second = embedded.create_database(urls, "second", "first")
    assert value(second.owner, "SELECT one FROM kept") == 1
    for name in ("first", "second"):
        embedded.drop_database(urls, name)
    with pytest.raises(psycopg.OperationalError):
        connect(first.owner)


def test_the_log_of_the_server_holds_nothing_that_was_typed(
    urls: embedded.DatabaseUrls, instance: Path
) -> None:
    other = embedded.create_database(urls, "canaries")
    with connect(other.owner) as connection:
        connection.execute("CREATE TABLE names (name text UNIQUE, year int)")
        connection.execute("INSERT INTO names VALUES (%s, 1)", ("canary-a",))
        for statement, error in (
            ("INSERT INTO names VALUES ('canary-a', 2)", psycopg.errors.UniqueViolation),
            ("SELECT 'canary-b'::int", psycopg.errors.InvalidTextRepresentation),
            ("SELECT canary_c", psycopg.errors.UndefinedColumn),
        ):
            with pytest.raises(error):
                connection.execute(statement)  # type: ignore[call-overload]
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO names VALUES (%s, %s)", ("canary-a", 3))
    embedded.drop_database(urls, "canaries")
    logs = [path.read_text() for path in (instance / "pgdata" / "log").iterdir()]
    assert any("ready to accept connections" in log for log in logs)
    assert not any("canary" in log for log in logs)


@pytest.mark.wide
def test_the_last_to_leave_stops_the_server(instance: Path) -> None:
    first, second = user(instance), user(instance)
    pid = server_pid(instance)
    end(first)
    assert server_pid(instance) == pid
    end(second)
    assert server_pid(instance) is None


@pytest.mark.wide
def test_after_a_killed_user_the_next_one_joins_and_stops_the_server(instance: Path) -> None:
    killed = user(instance)
    pid = server_pid(instance)
    killed.kill()
    killed.communicate()
    following = user(instance)
    assert server_pid(instance) == pid
    end(following)
    assert server_pid(instance) is None


@pytest.mark.wide
def test_what_was_committed_outlives_a_killed_server(instance: Path) -> None:
    killed = user(instance)
    urls = embedded.start(instance)
    execute(urls.owner, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    killed.kill()
    killed.communicate()
    pid = server_pid(instance)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    following = user(instance)
    assert server_pid(instance) != pid
    assert value(urls.owner, "SELECT n FROM kept") == 7
    embedded.leave(instance)
    end(following)
    assert server_pid(instance) is None


@pytest.mark.wide
def test_a_pid_file_that_names_another_program_is_no_obstacle(instance: Path) -> None:
    end(user(instance))
    data = instance / "pgdata"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n1 1\nready\n")
    process = user(instance)
    assert server_pid(instance) != os.getpid()
    end(process)


@pytest.mark.wide
def test_several_first_users_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", USER_PROGRAM, str(tmp_path / "new")]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        process.communicate(timeout=300)
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert server_pid(tmp_path / "new") is None
