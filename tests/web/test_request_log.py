"""What the log says of a request, and what it must not say."""

import logging

import pytest
from flask import Flask

from app.core.logs import JsonFormatter


def test_a_request_leaves_one_line_without_its_address(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="vongtay.request"):
        app.test_client().get("/healthz?name=Canary+An")
    (record,) = [r for r in caplog.records if r.name == "vongtay.request"]
    line = JsonFormatter().format(record)
    assert '"route": "health.healthz"' in line
    assert '"status": 200' in line
    assert "Canary" not in line


def test_what_was_posted_stays_out(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        app.test_client().post(
            "/auth/sign-in", data={"username": "canary-name", "password": "pw-canary"}
        )
    assert "canary" not in "".join(JsonFormatter().format(r) for r in caplog.records)
