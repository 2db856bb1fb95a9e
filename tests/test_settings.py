"""Outside demo mode nothing secret has a default, and a start that lacks something says what."""

from pathlib import Path

import pytest

from config import MissingSettings, load_settings

SECRETS = ("SECRET_KEY", "KEYSET_FILE", "BASE_URL")


@pytest.fixture(autouse=True)
def complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Everything that a start outside demo mode needs."""
    keyset = tmp_path / "keyset.json"
    keyset.write_text("{}")
    values = {
        "DATABASE_URL": "postgresql+psycopg://app@db/vongtay",
        "INSTANCE_DIR": str(tmp_path),
        "SECRET_KEY": "k" * 32,
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
        ("KEYSET_FILE", "/no/such/keyset.json"),
        ("BASE_URL", "vongtay.example"),
    ],
)
def test_an_unusable_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert refused() == name


def test_demo_mode_is_the_default_only_without_a_database_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert load_settings().demo is True
    monkeypatch.setenv("DEMO", "0")
    assert load_settings().demo is False
