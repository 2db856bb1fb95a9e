"""Outside demo mode nothing secret has a default, and a start that lacks something says what."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core import embedded
from config import ROOT, MissingSettings, load_settings, write_new

GOOD = "Xk3pQ9vZr7LmT2wYc5HnB8dFj4GsA6eU"
SECRETS = ("SECRET_KEY", "KEYSET_FILE", "BASE_URL")


@pytest.fixture(autouse=True)
def complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Everything that a start outside demo mode needs."""
    keyset = tmp_path / "keyset.json"
    keyset.write_text("{}")
    keyset.chmod(0o600)
    values = {
        "DATABASE_URL": "postgresql+psycopg://app@db/vongtay?sslmode=verify-full",
        "INSTANCE_DIR": str(tmp_path),
        "SECRET_KEY": GOOD,
        "KEYSET_FILE": str(keyset),
        "BASE_URL": "https://vongtay.example",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DEMO", raising=False)


def refused() -> str:
    with pytest.raises(MissingSettings) as stopped:
        load_settings()
    return str(stopped.value).partition(": ")[2]


def test_a_complete_start_outside_demo_mode() -> None:
    assert load_settings().demo is False


def test_a_secret_may_come_as_a_credential_and_no_other_file_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As systemd's LoadCredential= hands it to a unit; a bad one is named as any other."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert refused() == "SECRET_KEY"
    (folder / "secret_key").touch(mode=0o400)
    (folder / "secret_key").write_text("change-me-" * 5)
    (folder / "something_else").write_text("x")
    assert refused() == "SECRET_KEY"
    (folder / "secret_key").write_text(GOOD + GOOD[::-1])
    assert load_settings().secret_key.get_secret_value() == GOOD + GOOD[::-1]
    monkeypatch.setenv("SECRET_KEY", GOOD)
    assert load_settings().secret_key.get_secret_value() == GOOD, "the environment wins"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604, 0o602, 0o620])
@pytest.mark.parametrize("name", ["KEYSET_FILE", "CLIENT_CERTIFICATE"])
def test_a_key_that_others_can_read_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, mode: int
) -> None:
    key = tmp_path / "key"
    key.touch()
    monkeypatch.setenv(name, str(key))
    for private in (0o600, 0o400):
        key.chmod(private)
        assert load_settings().demo is False
    key.chmod(mode)
    assert refused() == name
    monkeypatch.setenv(name, str(tmp_path / "nothing"))
    assert refused() == name


@pytest.mark.parametrize(("mode", "is_ours"), [(0o400, True), (0o440, True), (0o444, False)])
def test_a_credential_that_others_can_read_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int, is_ours: bool
) -> None:
    """systemd gives its files to one user by a right that shows as that of a group; a key file may
    lie there too."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    monkeypatch.setenv("KEYSET_FILE", str(folder / "keyset.json"))
    for name in ("secret_key", "keyset.json"):
        (folder / name).write_text(GOOD)
        (folder / name).chmod(mode)
    (folder / "of_another_program").write_text("x")
    if is_ours:
        assert load_settings().secret_key.get_secret_value() == GOOD
    else:
        assert refused() == "KEYSET_FILE, SECRET_KEY"


def test_the_site_answers_to_its_own_names_only() -> None:
    trusted = load_settings().flask_config()["TRUSTED_HOSTS"]
    assert trusted == ["vongtay.example", "localhost", "127.0.0.1"]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    assert refused() == name


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name)
    assert refused() == ", ".join(sorted(SECRETS))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "k" * 64),
        ("SECRET_KEY", "change-me-CHANGE-me-change-me-now-please"),
        ("SECRET_KEY", "dev-secret-of-vong-tay-do-not-use-1234"),
        ("METRICS_TOKEN", "short"),
        ("BASE_URL", "http://vongtay.example"),
        ("KEYSET_FILE", "/no/such/keyset.json"),
        ("BASE_URL", "vongtay.example"),
        ("BREACHED_PASSWORDS", "/no/such/hashes.txt"),
        ("BASE_URL", "https://192.0.2.1"),  # a passkey is bound to a name
        ("LOCK_MINUTES", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "x"),
    ],
)
def test_an_unusable_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert refused() == name


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("app@db/vongtay", False),
        ("app@db/vongtay?sslmode=require", False),  # encrypted, for whoever answers
        ("app@db/vongtay?sslmode=prefer&sslrootcert=/x", False),
        ("app@db/vongtay?sslmode=verify-ca", True),
        ("app@/vongtay?host=127.0.0.1:1&host=10.0.0.2:5432", False),
        ("app@/vongtay?host=127.0.0.1:1&host=[::1]:2", True),
        ("app@/vongtay?host=a:1,b:1&sslmode=verify-full", True),
        ("app@/vongtay?host=%2Ftmp%2Fsocket", True),
        ("app@/vongtay", True),
        ("app:word@127.0.0.1:5432/vongtay", True),
        ("app@localhost/vongtay", True),
        ("app@localhost.evil.example/vongtay", False),
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_a_database_elsewhere_is_spoken_to_by_tls(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str, taken: bool
) -> None:
    monkeypatch.setenv(name, f"postgresql+psycopg://{address}")
    assert load_settings() if taken else refused() == name


def test_demo_mode_is_the_default_only_without_a_database_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert load_settings().demo is True
    monkeypatch.setenv("DEMO", "0")
    assert load_settings().demo is False


def test_of_many_who_write_a_new_file_one_does_and_nobody_sees_half_of_it(tmp_path: Path) -> None:
    path, text, seen = tmp_path / "new" / "file", "x" * 2_000_000, set[str]()
    path.parent.mkdir()
    together = threading.Barrier(8)
    refused: list[Exception] = []

    def write() -> None:
        together.wait()
        try:
            write_new(path, text)
        except FileExistsError as error:
            refused.append(error)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            seen.add(path.read_text())
    assert len(refused) == 7
    assert seen | {path.read_text()} == {text}
    assert [found.name for found in path.parent.iterdir()] == ["file"]


START = (
    "from app import create_app; from config import load_settings; from app.core.crypto import"
    " keyring; app = create_app(load_settings());"
    " print(app.secret_key, keyring().lookup('x', 'y').hex())"
)


@pytest.mark.wide
def test_processes_that_start_at_once_on_a_fresh_folder_have_the_same_keys(
    urls: embedded.DatabaseUrls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Demo mode makes its own secret and keyset: whoever is second takes what the first made."""
    for name in SECRETS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "fresh"))
    monkeypatch.setenv("DATABASE_URL", urls.app)
    monkeypatch.setenv("DEMO", "1")
    started = [
        subprocess.Popen([sys.executable, "-c", START], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    keys = {process.communicate(timeout=120)[0] for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(keys) == 1
