"""Commands that a web worker does not load."""

import subprocess
import sys

import pytest
from flask import Flask

from app.core.commands import LaterGroup


@pytest.mark.parametrize(
    ("group", "command"), [("audit", "verify"), ("backup", "restore"), ("demo", "load")]
)
def test_they_are_there_when_called(app: Flask, group: str, command: str) -> None:
    runner = app.test_cli_runner()
    assert command in runner.invoke(args=[group, "--help"]).output
    assert "Usage" in runner.invoke(args=[group, command, "--help"]).output
    assert runner.invoke(args=[group, "nothing"]).exit_code == 2


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ImportError):
        LaterGroup("x", "app.core.nowhere:cli", "").list_commands(None)  # type: ignore[arg-type]


@pytest.mark.wide
def test_a_web_worker_loads_nothing_heavy() -> None:
    """In a process of its own, for here the tests loaded them."""
    heavy = (
        *("alembic", "app.demo.load", "highspy", "scipy", "pypdf"),
        "app.indicators.protection.engine",
    )
    program = f"import sys, app; print([m for m in sys.modules if m in {heavy!r}])"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
