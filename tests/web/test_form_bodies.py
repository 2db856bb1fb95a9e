"""A body that is cheap to send must not be dear to read."""

from io import BytesIO
from urllib.parse import parse_qs, urlencode

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge

from app.web import form_bodies
from app.web.form_bodies import LONGEST, MOST

ROOM = 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("count", "status"), [(1, 400), (MOST, 400), (MOST + 1, 413), (1_000_000, 413)]
)
def test_a_form_has_so_many_fields_at_most(client: FlaskClient, count: int, status: int) -> None:
    """400: it was read, and had no CSRF token."""
    body = b"&".join([b"a=1"] * count)
    answer = client.post("/form", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status


def read(*fields: tuple[str, str]) -> tuple[dict[str, list[str]], frozenset[str]]:
    kept, cut = form_bodies._read(BytesIO(urlencode(fields).encode()), ROOM)
    return parse_qs(kept.decode(), keep_blank_values=True, errors="strict"), cut


def test_only_the_beginning_of_a_long_field_is_kept() -> None:
    """Three megabytes of Vietnamese, nine of them on the way."""
    text = "Trẻ kể lại mọi chuyện. " * 130_000
    found, cut = read(("a", "trước"), ("story", text), ("b", "sau"))
    assert (found["a"], found["b"], cut) == (["trước"], ["sau"], {"story"})
    assert text.startswith(found["story"][0])
    assert LONGEST / 9 < len(found["story"][0]) < LONGEST


@pytest.mark.parametrize("letter", ["a", "ệ", "đ", "𠮷"])
def test_no_half_of_a_letter_is_left(letter: str) -> None:
    found, cut = read(("story", letter * LONGEST), ("b", "sau"))
    assert set(found["story"][0]) == {letter}
    assert (found["b"], cut) == (["sau"], {"story"})


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1, max_size=20))
def test_a_form_of_ordinary_size_is_left_as_it_came(fields: list[tuple[str, str]]) -> None:
    body = urlencode(fields, errors="replace").encode()
    assert form_bodies._read(BytesIO(body), ROOM) == (body, frozenset())


def test_many_long_fields_are_too_much() -> None:
    with pytest.raises(RequestEntityTooLarge):
        read(*((str(i), "x" * LONGEST) for i in range(15)))


class BrokenBody(BytesIO):
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
