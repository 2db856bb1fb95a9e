"""Reading a page and posting the form of the small application, token included."""

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def read(response: TestResponse, expect: int = 200) -> BeautifulSoup:
    assert response.status_code == expect, response.text[:2000]
    return BeautifulSoup(response.text, "lxml")


def token(client: FlaskClient) -> str:
    field = read(client.get("/form")).select_one("#f [name=csrf_token]")
    assert field is not None
    return str(field["value"])


def post(
    client: FlaskClient,
    data: dict[str, object],
    *,
    expect: int,
    headers: dict[str, str] | None = None,
) -> BeautifulSoup:
    body = {"csrf_token": token(client), **data}
    return read(client.post("/form", data=body, headers=headers), expect)
