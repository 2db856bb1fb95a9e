import pytest
from flask.testing import FlaskClient

from app.web.headers import CSP, HEADERS

PAGES = ["/", "/form", "/healthz", "/abort/403", "/no-such-page", "/raise/domain", "/raise/driver"]
STATIC = "/static/css/app.css"


def test_the_policy_is_the_designed_one() -> None:
    assert CSP == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_every_header(client: FlaskClient, path: str) -> None:
    sent = client.get(path).headers
    assert {name: sent.get(name) for name in HEADERS} == HEADERS
    assert len(sent["X-Request-ID"]) == 16


def test_a_static_file_is_cached_and_still_protected(client: FlaskClient) -> None:
    sent = client.get(STATIC).headers
    others = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
    assert {name: sent.get(name) for name in others} == others
    assert "no-store" not in sent["Cache-Control"]


def test_a_stricter_policy_of_a_view_is_kept(client: FlaskClient) -> None:
    assert client.get("/csp").headers["Content-Security-Policy"] == "sandbox"


def test_hsts_is_sent_over_https_only(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    secure = client.get("/", base_url="https://localhost").headers
    assert secure["Strict-Transport-Security"].startswith("max-age=63072000")


@pytest.mark.parametrize(
    ("site", "expect"),
    [
        ("same-origin", 303),
        ("none", 303),
        (None, 303),
        ("cross-site", 403),
        ("same-site", 403),
        ("nonsense", 403),
    ],
)
def test_a_form_sent_from_elsewhere_is_refused(
    client: FlaskClient, site: str | None, expect: int
) -> None:
    data = {"title": "x", "csrf_token": _token(client)}
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert client.post("/form", data=data, headers=headers).status_code == expect


def test_a_link_from_elsewhere_opens(client: FlaskClient) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/form", data={"title": "x"})
    assert answer.status_code == 400
    assert "Trang đã mở quá lâu" in answer.text


def _token(client: FlaskClient) -> str:
    with client:
        client.get("/form")
        page = client.get("/form").text
    return page.split('name="csrf_token" value="')[1].split('"')[0]
