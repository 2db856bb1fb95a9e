"""The guide's way from nothing back to a working house, with the commands copied from it."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.core import embedded, migrate
from tests.backup.guide import ROOT, blocks, variables
from tests.backup.house import SECRET
from tests.evidence import Evidence
from tests.test_serve import free_port, lines_until, ready_within, start, status

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]
PROMISED = 30 * 60  # seconds


def run(names: list[str], environment: dict[str, str], **own: str) -> str:
    """Blocks of the guide, one after the other in one shell, with our values for its variables."""
    ours = "".join(f"{name}={shlex.quote(value)}\n" for name, value in own.items())
    script = ours + "".join(blocks()[name] for name in names)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def environment(instance: Path, keyset: Path, port: int = 8000) -> dict[str, str]:
    """What /etc/vongtay/vongtay.env would hold."""
    return {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "DEMO": "1",
        "INSTANCE_DIR": str(instance), "KEYSET_FILE": str(keyset), "SECRET_KEY": SECRET,
        "PORT": str(port),
    }  # fmt: skip


@pytest.mark.wide
def test_from_nothing_back_to_a_working_house(tmp_path: Path, evidence: Evidence) -> None:
    old, new, backups, keys = (tmp_path / name for name in ("old", "new", "backups", "keys"))
    for folder in (backups, keys):
        folder.mkdir()
    kept = keys / "keyset.json"
    migrate.upgrade(embedded.start(old).owner)
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "load",
         "--children", "20", "--cases", "10", "--years", "1", "--communes", "2",
         "--reporting", "0"],
        cwd=ROOT, env=environment(old, kept), check=True, capture_output=True,
    )  # fmt: skip
    said = run(["backup"], environment(old, kept), BACKUPS=str(backups), KEYS=str(keys))
    assert "Good: " in said
    embedded.leave(old)
    shutil.rmtree(old)  # the machine is gone

    began = time.monotonic()
    port = free_port()
    there = environment(new, new / "keyset.json", port)
    own = {"BACKUPS": str(backups), "KEYS": str(keys)}
    said = run(["keys", "prove", "restore"], there, **own)
    assert "Restored " in said and "Intact: " in said
    server = start(new, port)
    try:
        list(lines_until(server, "Ctrl-C"))
        ready_within(port)
        assert status(port, "/auth/sign-in") == 200
    finally:
        server.terminate()
        text, _ = server.communicate(timeout=60)
    assert "Making the synthetic province" not in text
    took = time.monotonic() - began
    assert took < PROMISED
    evidence("restore", "{most_minutes:.1f} min for a small province", most_minutes=took / 60)


def test_the_guide_sets_what_its_commands_need() -> None:
    assert {"BACKUPS", "KEYS"} <= variables("variables")
