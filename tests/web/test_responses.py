import pytest
from flask.testing import FlaskClient

from app.web.responses import NEUTRAL_PAGE, safe_next
from tests.web.pages import post, read, token

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("url", ["/", "/cases/", "/cases/0192-ab/timeline", "/r?after=x&limit=20"])
def test_our_own_pages_are_kept(url: str) -> None:
    assert safe_next(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "cases/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/cases/\r\nSet-Cookie: x=1",
        "/cases/\x00",
        "/a\\b",
        "/x#fragment",
        "@evil.example",
        "/\x7f",
    ],
)
def test_hostile_addresses_lead_home(url: str | None) -> None:
    assert safe_next(url) == "/"


def test_a_good_form_leads_on(client: FlaskClient) -> None:
    answer = client.post("/form", data={"title": "x", "csrf_token": token(client)})
    assert (answer.status_code, answer.location) == (303, "/")
    assert read(client.get("/")).select_one(".notice-ok").text.strip() == "Đã lưu."


def test_htmx_is_led_on_by_a_header(client: FlaskClient) -> None:
    data = {"title": "x", "csrf_token": token(client)}
    answer = client.post("/form", data=data, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/")


def test_errors_stand_at_the_field_and_on_top_and_what_was_typed_stays(
    client: FlaskClient,
) -> None:
    page = post(client, {"day": "30/02/2026", "story": "Trẻ kể <b>"}, expect=422)
    links = [(a["href"], a.text) for a in page.select(".error-summary a")]
    assert [href for href, _ in links] == ["#title", "#day"]
    assert all(page.select_one(href) is not None for href, _ in links)
    day = page.select_one("#day")
    assert (day["value"], day["aria-invalid"]) == ("30/02/2026", "true")
    assert page.select_one("#day-error").text.strip().startswith("Ngày này không có")
    assert "day-error" in day["aria-describedby"].split()
    assert page.select_one("#story").text.strip() == "Trẻ kể <b>"


def test_what_a_service_refuses_stands_at_its_field(client: FlaskClient) -> None:
    page = post(client, {"title": "refused", "day": "05/02/2026"}, expect=422)
    assert page.select_one("#day-error").text.strip() == "Ngày này sau ngày tiếp nhận."


def test_the_second_writer_sees_the_difference_and_keeps_their_text(client: FlaskClient) -> None:
    page = post(client, {"title": "stale", "story": "của tôi"}, expect=409)
    cells = [cell.text for cell in page.select(".conflict tbody th, .conflict tbody td")]
    assert cells == ["Tiêu đề", "Bản khác", "Lan, 14:02"]
    assert page.select_one("#story").text.strip() == "của tôi"
    assert page.select_one("#f [name=version]")["value"] == "7"


def test_a_form_carries_its_token_key_version_and_draft(client: FlaskClient) -> None:
    form = read(client.get("/form")).select_one("#f")
    hidden = {i["name"]: i["value"] for i in form.select("input[type=hidden]")}
    assert set(hidden) == {"csrf_token", "idempotency_key", "draft_key", "version"}
    assert hidden["draft_key"] == "intake"
    assert form["data-draft-url"] == "/drafts/intake"
    again = read(client.get("/form")).select_one("#f [name=idempotency_key]")
    assert again["value"] != hidden["idempotency_key"]


def test_every_input_has_a_label_and_ids_are_unique(client: FlaskClient) -> None:
    page = read(client.get("/form"))
    page.select_one("template").decompose()
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for field in page.select("#f input:not([type=hidden]), #f select, #f textarea"):
        labelled = page.select_one(f'label[for="{field["id"]}"]') or field.find_parent("label")
        assert labelled is not None, field


def test_no_page_holds_a_style_or_a_script_of_its_own(client: FlaskClient) -> None:
    for path in ("/", "/form", "/abort/404"):
        page = read(client.get(path), 404 if "404" in path else 200)
        assert page.select("[style], style, script:not([src]), [onclick], [onload]") == []


def test_the_quick_exit_leads_to_a_neutral_page_without_script(client: FlaskClient) -> None:
    answer = client.get("/away")
    assert answer.headers["Refresh"] == f"0; url={NEUTRAL_PAGE}"
    assert "Vòng Tay" not in answer.text


@pytest.mark.parametrize(("chosen", "lang"), [("en", "en"), ("vi", "vi"), ("fr", "vi")])
def test_the_language_is_the_user_s_choice(client: FlaskClient, chosen: str, lang: str) -> None:
    data = {"csrf_token": token(client), "locale": chosen, "next": "/form"}
    answer = client.post("/language", data=data)
    assert (answer.status_code, answer.location) == (303, "/form")
    page = read(client.get("/", headers={"Accept-Language": "fr"}))
    assert page.select_one("html")["lang"] == lang
