"""A body that is cheap to send must not be dear to read."""

import io

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize

from app.web.many_fields import MOST


@pytest.mark.parametrize(
    ("count", "status"), [(1, 400), (MOST, 400), (MOST + 1, 413), (1_000_000, 413)]
)
def test_a_form_has_so_many_fields_at_most(client: FlaskClient, count: int, status: int) -> None:
    """400: it was read, and had no CSRF token."""
    body = b"&".join([b"a=1"] * count)
    answer = client.post("/form", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status


class BrokenBody(io.BytesIO):
    """What a server hands over where the chunks of a body make no sense."""

    def read(self, *_size: object) -> bytes:
        raise InvalidChunkSize(b"ZZ")

    readline = readinto = read  # type: ignore[assignment]


@pytest.mark.parametrize(
    "mimetype", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a"]
)
@pytest.mark.parametrize("path", ["/form", "/", "/nope"])
def test_a_broken_body_is_the_senders_fault(client: FlaskClient, path: str, mimetype: str) -> None:
    answer = client.post(
        path,
        content_type=mimetype,
        environ_overrides={"wsgi.input": BrokenBody(), "wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 400
    assert "Không gửi được trang này" in answer.text
