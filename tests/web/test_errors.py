import pytest
from flask.testing import FlaskClient

from tests.web.pages import read, token

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503, 418, 502])
def test_an_error_is_explained_in_words_with_a_way_on(client: FlaskClient, code: int) -> None:
    page = read(client.get(f"/abort/{code}"), code)
    assert page.html["lang"] == "vi"
    assert len(page.select_one("h1").text) > 8
    assert page.select_one("main a.btn-primary")["href"] == "/"
    assert "Mã để báo lỗi" in page.main.text


def test_a_page_that_needs_sign_in_leads_through_it(client: FlaskClient) -> None:
    answer = client.get("/abort/401")
    assert (answer.status_code, answer.location) == (302, "/auth/sign-in?next=/abort/401")


def test_a_form_sent_after_sign_out_is_not_lost_in_a_redirect(client: FlaskClient) -> None:
    answer = client.post("/abort/401", data={"csrf_token": token(client)})
    assert answer.status_code == 401
    assert "thẻ mới" in answer.text


def test_an_error_under_htmx_is_a_notice_and_the_form_stays(client: FlaskClient) -> None:
    answer = client.get("/abort/503", headers=HTMX)
    assert answer.status_code == 503
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("domain", 409, "Việc này đã được làm trước đó."),
        ("stale", 409, "Người khác vừa thay đổi"),
        ("driver", 503, "Hệ thống đang bận"),
        ("database", 503, "Hệ thống đang bận"),
        ("collision", 409, "những gì đã gõ vẫn còn: hãy gửi lại"),
        ("vanished", 409, "những gì đã gõ vẫn còn: hãy gửi lại"),
        ("bug", 500, "Hệ thống gặp lỗi"),
    ],
)
def test_what_is_raised_becomes_a_page_without_its_details(
    client: FlaskClient, kind: str, status: int, words: str
) -> None:
    page = read(client.get(f"/raise/{kind}"), status)
    assert words in page.main.text
    assert "secret" not in page.text
    assert "SELECT" not in page.text


def test_the_busy_page_says_when_to_come_back(client: FlaskClient) -> None:
    assert client.get("/raise/driver").headers["Retry-After"] == "10"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.post("/healthz", data={"csrf_token": token(client)})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("size", [210_000, 1_000_000])
def test_too_much_text_is_explained(client: FlaskClient, size: int) -> None:
    answer = client.post("/form", data={"csrf_token": token(client), "story": "x" * size})
    assert answer.status_code == 413
    assert "quá lớn" in answer.text


def test_the_number_on_the_page_is_the_one_in_the_header(client: FlaskClient) -> None:
    answer = client.get("/abort/404")
    assert answer.headers["X-Request-ID"] in answer.text


def test_health_needs_nothing(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
