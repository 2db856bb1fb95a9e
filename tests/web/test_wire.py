"""What goes over the wire: boundaries of messages, types, origins, signatures, addresses."""

import hashlib
import json
import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from itsdangerous import Signer, URLSafeTimedSerializer

from app.core.logs import JsonFormatter
from config import Settings
from tests.web.conftest import small_app

BODY = b"\r\n\r\nabcd"


def body_of(head: bytes) -> bytes:
    """What gunicorn takes for the body of a request that begins so."""
    parser = RequestParser(Config(), iter([b"POST / HTTP/1.1\r\nHost: x\r\n" + head]), ("x", 1))
    return bytes(next(iter(parser)).body.read())


def test_a_message_of_one_length_is_read() -> None:
    """The positive control of the next."""
    assert body_of(b"Content-Length: 4" + BODY) == b"abcd"
    assert body_of(b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n") == b"abcd"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 4\r\nContent-Length: 5" + BODY,
        b"Content-Length: +4" + BODY,
        b"Content-Length: 4, 4" + BODY,
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"X: a\rb\r\nContent-Length: 4" + BODY,
    ],
)
def test_a_message_whose_end_could_be_read_in_two_ways_is_refused(head: bytes) -> None:
    with pytest.raises(Exception, match="(?i)header|coding"):
        body_of(head)


def test_hsts_holds_two_years_for_the_host_and_all_below_it(client: FlaskClient) -> None:
    for path in ("/", "/no-such-page", "/static/css/app.css", "/healthz", "/raise/bug"):
        sent = client.get(path, base_url="https://localhost").headers
        parts = sent["Strict-Transport-Security"].split(";")
        said = dict(part.strip().partition("=")[::2] for part in parts)
        assert int(said["max-age"]) >= 365 * 86_400
        assert "includeSubDomains" in said


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_other_origin_is_let_in(client: FlaskClient, method: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/form", "/healthz", "/static/js/app.js"):
        sent = client.open(path, method=method, headers=headers).headers
        assert not [name for name, _value in sent if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/no-such-page", "text/html; charset=utf-8"),
        ("/healthz", "application/json"),  # UTF-8 by its definition
        ("/static/css/app.css", "text/css; charset=utf-8"),
        ("/static/js/app.js", "text/javascript; charset=utf-8"),
        ("/static/img/mark.svg", "image/svg+xml; charset=utf-8"),
        ("/static/vendor/VERSIONS.json", "text/plain; charset=utf-8"),
    ],
)
def test_a_text_says_its_kind_and_its_letters(client: FlaskClient, path: str, kind: str) -> None:
    assert client.get(path).headers["Content-Type"] == kind


@pytest.mark.parametrize("path", ["/.git/config", "/static/../.git/config", "/static/.git/HEAD"])
def test_no_history_of_the_source_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {308, 404}
    assert "[core]" not in answer.text


def signed_by(digest: object, purpose: str = "cookie-session") -> str:
    signer = URLSafeTimedSerializer(
        "t" * 32,
        salt=purpose,
        signer_kwargs={"key_derivation": "hmac", "digest_method": digest},
    )
    return str(signer.dumps({"locale": "en"}))


@pytest.mark.parametrize(("digest", "counts"), [(hashlib.sha256, True), (hashlib.sha1, False)])
def test_the_page_session_is_signed_with_sha_256(
    client: FlaskClient, digest: object, counts: bool
) -> None:
    client.set_cookie("session", signed_by(digest))
    assert ('<html lang="en"' in client.get("/").text) is counts


@pytest.mark.parametrize(
    ("purpose", "counts"),
    [("cookie-session", True), ("known-device", False), ("outside-link", False), ("", False)],
)
def test_a_token_of_another_purpose_counts_for_nothing(
    client: FlaskClient, purpose: str, counts: bool
) -> None:
    client.set_cookie("session", signed_by(hashlib.sha256, purpose))
    assert ('<html lang="en"' in client.get("/").text) is counts


def test_whatever_else_is_signed_is_signed_with_sha_256(app: Flask) -> None:
    signed = Signer("k" * 32).sign(b"x").rpartition(b".")[2]
    assert len(signed) == 43  # 256 bits in base 64


@pytest.mark.parametrize("tampered", ["locale", "signature", "none"])
def test_a_tampered_page_session_is_an_empty_one(client: FlaskClient, tampered: str) -> None:
    good = signed_by(hashlib.sha256)
    payload, rest = good.split(".", 1)
    bad = {
        "locale": f"{payload[:-2]}x0.{rest}",
        "signature": good[:-4] + "AAAA",
        "none": f"{payload}..",
    }[tampered]
    client.set_cookie("session", bad)
    assert '<html lang="vi"' in client.get("/").text


def test_no_setting_of_a_developer_debugs_real_data(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = small_app()
    assert app.debug, "the positive control: the environment asks for it"
    app.config.from_mapping(settings.model_copy(update={"demo": False}).flask_config())
    assert not app.debug


def test_an_error_that_nobody_thought_of_is_on_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert client.get("/raise/bug").status_code == 500
    lines = [json.loads(JsonFormatter().format(one)) for one in caplog.records]
    (line,) = [one for one in lines if "error" in one]
    assert line["error"] == "ZeroDivisionError" and "throw" in line["where"][-1]
    assert "secret detail" not in json.dumps(line)


def test_nothing_logged_begins_a_line_of_its_own() -> None:
    record = logging.LogRecord("vongtay", logging.INFO, "x.py", 1, "a\nb", None, None)
    record.__dict__["route"] = 'x"}\n{"event": "forged\u2028"}'
    written = JsonFormatter().format(record)
    assert "\n" not in written
    assert json.loads(written)["event"] == "a\nb"


def test_a_line_of_the_log_says_when_in_utc_and_what() -> None:
    record = logging.LogRecord("vongtay.request", logging.INFO, "x.py", 1, "done", None, None)
    line = json.loads(JsonFormatter().format(record))
    assert line["at"].endswith("+00:00")
    assert {"at", "level", "logger", "event"} <= line.keys()
