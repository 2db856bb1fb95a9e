"""What an operator copies from deploy/ names things that exist, and keeps what it promises."""

import configparser
import importlib.util
import re
import shlex
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from config import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
OF_GUNICORN = {"WEB_WORKERS", "WEB_THREADS"}
UNITS = ("vongtay-web.service", "vongtay-jobs.service")


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name, encoding="utf-8")
    return parser["Service"]


def settings_of(text: str) -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", text, re.MULTILINE))


def test_the_example_names_every_secret_and_nothing_unknown() -> None:
    named = settings_of((DEPLOY / "vongtay.env.example").read_text(encoding="utf-8"))
    known = {name.upper() for name in Settings.model_fields} | OF_GUNICORN
    assert named <= known
    assert {"SECRET_KEY", "KEYSET_FILE", "BASE_URL", "DATABASE_URL"} <= named
    assert "DATABASE_OWNER_URL" not in named, "for migrations, not for these processes"


def test_the_example_holds_no_secret() -> None:
    text = (DEPLOY / "vongtay.env.example").read_text(encoding="utf-8")
    assert re.search(r"^SECRET_KEY=$", text, re.MULTILINE)


def test_the_database_is_reached_without_a_password() -> None:
    """By the system user at its socket."""
    text = (DEPLOY / "vongtay.env.example").read_text(encoding="utf-8")
    addresses = re.findall(r"^#?(?:BACKUP_)?DATABASE_URL=(.+)$", text, re.MULTILINE)
    assert len(addresses) == 2
    for address in map(urlsplit, addresses):
        assert address.username and address.password is None and address.hostname is None
        assert parse_qs(address.query)["host"] == ["/run/postgresql"]
    assert "peer map=vongtay" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_what_is_there(name: str) -> None:
    command = shlex.split(unit(name)["ExecStart"])
    assert command[0] == "/opt/vongtay/.venv/bin/python"
    assert command[1] == "-m"
    assert importlib.util.find_spec(command[2]) is not None
    for word in command:
        if word.startswith("scripts/"):
            assert (ROOT / word).is_file()


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_confined(name: str) -> None:
    service = unit(name)
    for key in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices"):
        assert service[key] == "true"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["UMask"] == "0077"
    assert service["LimitCORE"] == "0", "a core file holds names"


def test_who_waits_for_a_page_comes_before_the_scheduler() -> None:
    assert int(unit("vongtay-jobs.service")["Nice"]) > int(
        unit("vongtay-web.service").get("Nice", "0")
    )


def test_the_image_copies_what_is_there_and_no_data() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [
        word
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert not {".", "instance", "tests", "bench"} & set(copied)
    assert any(line.startswith("USER vongtay") for line in lines)


def test_the_proxy_speaks_tls_of_today_and_nothing_else() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert re.findall(r"ssl_protocols ([^;]+);", text) == ["TLSv1.2 TLSv1.3"]
    (suites,) = re.findall(r"ssl_ciphers ([^;]+);", text)
    for suite in suites.split(":"):
        assert re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305)", suite)
    listening = re.findall(r"listen (?:\[::\]:)?(\d+)( ssl)?", text)
    assert {port for port, tls in listening if not tls} == {"80"}


def test_only_pages_are_sent_on_to_https() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    plain = text[text.index("listen 80;") : text.index("listen 443")]
    (secret,) = re.findall(r"location ~ (\S+) \{\s+return 403;", plain)
    (page,) = re.findall(r"location (\S+) \{\s+return 308 https://", plain)
    assert page == "/" and plain.count("return") == 2
    for path in ("/calendar/x.ics", "/outside/x", "/auth/invitation/x"):
        assert re.match(secret, path)
    assert not re.match(secret, "/auth/sign-in") and not re.match(secret, "/cases/")


def test_the_proxy_says_who_came_and_writes_no_address_down() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in text
    assert "proxy_set_header X-Forwarded-Proto https;" in text
    assert "proxy_set_header Host $host;" in text
    (form,) = re.findall(r"log_format vongtay '([^']*)'", text)
    assert not re.search(r"\$(request|request_uri|uri|args|remote_\w+|http_\w+)\b", form)
    levels = re.findall(r"error_log \S+ (\w+);", text)
    assert levels == ["crit"], "below it the addresses of pages are written"
