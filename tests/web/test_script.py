"""static/js/app.js in a browser, against the small application."""

import re
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from tests.web.conftest import small_app

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NEUTRAL = "https://baomoi.com/"
_SAVED = re.compile(r"Đã lưu nháp lúc \d\d:\d\d")


class Received:
    """What the server was sent, and how it shall answer a draft."""

    def __init__(self) -> None:
        self.drafts: list[dict[str, str]] = []
        self.exits = 0
        self.draft_status = 204

    def save_draft(self, key: str) -> ResponseReturnValue:
        assert key == "intake"
        self.drafts.append(request.form.to_dict())
        return "", self.draft_status

    def quick_exit(self) -> ResponseReturnValue:
        self.exits += 1
        return "", 204


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def address(received: Received) -> Iterator[str]:
    flask: Flask = small_app()
    flask.add_url_rule("/drafts/<key>", "draft", received.save_draft, methods=["POST"])
    flask.add_url_rule("/auth/quick-exit", "exit", received.quick_exit, methods=["POST"])
    server = make_server("127.0.0.1", 0, flask, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-US", timezone_id="Asia/Ho_Chi_Minh")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Policy" in line.text else None)
    page.route(f"{NEUTRAL}**", lambda route: route.fulfill(body="news"))
    page.goto(f"{address}/form")
    yield page
    page.close()
    assert problems == []


def test_a_draft_is_saved_and_says_so(page: Page, received: Received) -> None:
    page.get_by_label("Chuyện xảy ra").fill("Trẻ kể lại")
    expect(page.locator(".draft-state")).to_have_text(_SAVED, timeout=8000)
    draft = received.drafts[-1]
    assert draft["story"] == "Trẻ kể lại"
    assert {"csrf_token", "idempotency_key", "secret"} & set(draft) == set()


@pytest.mark.wide
def test_who_types_without_a_pause_is_saved_within_ten_seconds(
    page: Page, received: Received
) -> None:
    page.clock.install()
    page.get_by_label("Chuyện xảy ra").focus()
    for word in ("Trẻ ", "kể ", "lại ", "rất "):  # a key every two seconds
        page.keyboard.insert_text(word)
        page.clock.run_for(2000)
    assert received.drafts == []
    page.keyboard.insert_text("lâu")
    with page.expect_response("**/drafts/intake"):
        page.clock.run_for(2100)
    assert received.drafts[0]["story"] == "Trẻ kể lại rất lâu"


@pytest.mark.wide
def test_a_page_that_is_left_saves_what_was_typed(page: Page, received: Received) -> None:
    page.get_by_label("Chuyện xảy ra").fill("Trẻ kể lại")
    with page.expect_request("**/drafts/intake"):
        page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    expect(page.locator(".draft-state")).to_have_text(_SAVED)
    assert received.drafts[-1]["story"] == "Trẻ kể lại"


@pytest.mark.wide
def test_offline_nothing_is_sent_and_what_was_typed_stays(page: Page) -> None:
    """The browser's own page of the error would replace the form."""
    page.get_by_label("Tiêu đề").fill("x")
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi").click()
    expect(page.locator("#f .send-state")).to_contain_text("Không có gì bị mất")
    page.context.set_offline(False)
    page.get_by_role("button", name="Gửi").click()
    page.wait_for_url("**/")


@pytest.mark.wide
def test_a_line_that_lost_the_draft_is_tried_before_the_form_is_sent(page: Page) -> None:
    """The browser believes to be online, as on a phone whose network does not answer."""
    page.route("**/drafts/intake", lambda route: route.abort())
    page.get_by_label("Tiêu đề").fill("x")
    expect(page.locator(".draft-state.is-failed")).to_be_visible(timeout=8000)
    page.get_by_role("button", name="Gửi").click()
    expect(page.locator("#f .send-state")).to_contain_text("bấm lại")
    assert page.get_by_label("Tiêu đề").input_value() == "x"
    page.unroute("**/drafts/intake")
    page.get_by_role("button", name="Gửi").click()
    page.wait_for_url("**/")


@pytest.mark.wide
def test_a_draft_that_fails_says_so_and_is_sent_again_when_online(
    page: Page, received: Received
) -> None:
    received.draft_status = 503
    page.get_by_label("Chuyện xảy ra").fill("Trẻ kể lại")
    expect(page.locator(".draft-state")).to_have_text("Chưa lưu được, sẽ thử lại", timeout=8000)
    received.draft_status = 204
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".draft-state")).to_have_text(_SAVED)


@pytest.mark.wide
def test_a_draft_refused_for_want_of_a_session_asks_to_sign_in_elsewhere(
    page: Page, received: Received
) -> None:
    received.draft_status = 401
    page.get_by_label("Chuyện xảy ra").fill("Trẻ kể lại")
    expect(page.locator(".draft-state")).to_contain_text("đăng nhập lại", timeout=8000)
    assert page.get_by_label("Chuyện xảy ra").input_value() == "Trẻ kể lại"


@pytest.mark.wide
def test_nothing_typed_is_kept_in_the_browser(page: Page) -> None:
    page.get_by_label("Chuyện xảy ra").fill("Trẻ kể lại")
    expect(page.locator(".draft-state")).to_have_text(_SAVED, timeout=8000)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_form_is_sent_once_however_often_one_clicks(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
    page.get_by_label("Tiêu đề").fill("x")
    page.get_by_role("button", name="Gửi").dblclick()
    page.wait_for_url("**/")
    assert [url for url in sent if url.endswith("/form")] == sent
    assert len(sent) == 1


@pytest.mark.wide
def test_a_child_is_added_and_taken_away_in_the_page(page: Page) -> None:
    page.locator("[name=children-0-name]").fill("Lan")
    page.get_by_role("button", name="Thêm trẻ").click()
    expect(page.locator("[name=children-1-name]")).to_be_focused()
    expect(page.locator(".groups > .group [data-number]")).to_have_text(["1", "2"])
    page.get_by_role("button", name="Bỏ phần này").click()
    expect(page.locator(".groups > .group")).to_have_count(1)
    assert page.locator("[name=children-0-name]").input_value() == "Lan"


@pytest.mark.wide
def test_enter_sends_the_form_and_removes_no_child(page: Page) -> None:
    page.locator("[name=children-0-name]").fill("Lan")
    page.get_by_role("button", name="Thêm trẻ").click()
    page.get_by_label("Tiêu đề").fill("x")
    with page.expect_request(lambda sent: sent.method == "POST") as posted:
        page.get_by_label("Tiêu đề").press("Enter")
    assert "remove_child" not in (posted.value.post_data or "")
    page.wait_for_url("**/")


def test_esc_twice_leaves_at_once_and_locks_the_session(page: Page, received: Received) -> None:
    page.get_by_label("Chuyện xảy ra").fill("Trẻ kể lại")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url(NEUTRAL)
    assert page.text_content("body") == "news"
    assert received.exits == 1


@pytest.mark.wide
def test_the_button_leaves_too(page: Page, received: Received) -> None:
    page.get_by_role("button", name="Thoát nhanh").click()
    page.wait_for_url(NEUTRAL)
    assert received.exits == 1


@pytest.mark.wide
def test_one_esc_stays(page: Page, received: Received) -> None:
    page.keyboard.press("Escape")
    page.get_by_label("Tiêu đề").fill("x")
    assert page.url.endswith("/form")
    assert received.exits == 0


@pytest.mark.wide
def test_a_clock_runs_on_while_the_page_is_open(page: Page) -> None:
    soon = "new Date(Date.now() + 90.5 * 60000).toISOString()"
    page.evaluate(f"document.querySelector('h1').dataset.due = {soon}")
    page.evaluate("refreshClocks()")
    expect(page.locator("h1")).to_have_text("còn 1 giờ 30 phút")
    page.evaluate("document.querySelector('h1').dataset.due = '2020-01-01T00:00:00Z'")
    page.evaluate("refreshClocks()")
    expect(page.locator("h1")).to_contain_text("quá hạn")
