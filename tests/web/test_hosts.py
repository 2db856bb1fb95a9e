"""A Host header that names no host, or another site: 400, a calm page with every header."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.headers import HEADERS
from tests.web.conftest import small_app

BROKEN = ["a..b", ".a", "x" * 64, "x" * 300, ".".join(["x" * 60] * 5)]
FOREIGN = ["evil.example", "localhost.evil.example", "[", "[::1", "a:b", "127.0.0.1:99999", "é"]


@pytest.fixture(scope="module")
def known_client() -> FlaskClient:
    app: Flask = small_app()
    app.config["TRUSTED_HOSTS"] = ["vongtay.example", "127.0.0.1"]
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/nope", "/static/css/app.css", "/form"])
@pytest.mark.parametrize("host", [*BROKEN, *FOREIGN])
def test_a_strange_host_is_refused_calmly(known_client: FlaskClient, host: str, path: str) -> None:
    answer = known_client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "Không gửi được trang này" in answer.text
    assert HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("host", BROKEN)
def test_also_where_no_name_is_set(client: FlaskClient, host: str) -> None:
    answer = client.post("/form", data={"title": "x"}, headers={"Host": host})
    assert answer.status_code == 400
    assert HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("host", ["vongtay.example", "vongtay.example:8443", "127.0.0.1:8000"])
def test_the_own_names_are_answered(known_client: FlaskClient, host: str) -> None:
    assert known_client.get("/", headers={"Host": host}).status_code == 200
