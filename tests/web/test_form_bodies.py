"""A body that is cheap to send must not be dear to read."""

import pytest
from flask.testing import FlaskClient

from app.web.many_fields import MOST


@pytest.mark.parametrize(
    ("count", "status"), [(1, 400), (MOST, 400), (MOST + 1, 413), (1_000_000, 413)]
)
def test_a_form_has_so_many_fields_at_most(client: FlaskClient, count: int, status: int) -> None:
    """400: it was read, and had no CSRF token."""
    body = b"&".join([b"a=1"] * count)
    answer = client.post("/form", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status
