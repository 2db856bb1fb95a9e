"""Demo accounts answer on this machine only."""

import pytest
from flask import Flask


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200), ("127.8.8.8", 200), ("::1", 200),
        ("192.168.1.20", 403), ("203.0.113.9", 403), ("2001:db8::1", 403), ("", 403),
    ],
)  # fmt: skip
def test_only_this_machine_is_answered(
    app: Flask, monkeypatch: pytest.MonkeyPatch, address: str, status: int
) -> None:
    monkeypatch.setitem(app.config, "DEMO", True)
    answer = app.test_client().get("/healthz", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_outside_demo_mode_everybody_is_answered(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DEMO", False)
    answer = app.test_client().get("/healthz", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 200
