"""Passkeys with a real browser and its virtual authenticator; the curtain over an idle page."""

import re
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.stories.axe import violations
from tests.stories.conftest import Visit
from tests.stories.place import Place
from tests.stories.test_everyday import begin_report, idle_for
from tests.stories.visitor import PASSWORD, PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide]


class Key:
    """The virtual authenticator of a page: a device that reads fingerprints and keeps passkeys."""

    def __init__(self, page: Page) -> None:
        self.devtools: CDPSession = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = {"authenticatorId": made["authenticatorId"]}

    def verify(self, is_verified: bool) -> None:
        """Whether the finger fits from now on."""
        self.devtools.send("WebAuthn.setUserVerified", {**self.id, "isUserVerified": is_verified})

    @property
    def kept(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.devtools.send("WebAuthn.getCredentials", self.id)[
            "credentials"
        ]
        return found


def by_name(visitor: Visitor) -> Visitor:
    """At the address with a name: a number is nothing that a passkey could be bound to."""
    visitor.url = visitor.url.replace("127.0.0.1", "localhost")
    return visitor


def add(visitor: Visitor, name: str) -> None:
    visitor.go("/auth/passkeys/new").fill(name=name)
    visitor.press("Tạo khóa truy cập", within="#passkey-form")


def enter(visitor: Visitor) -> None:
    visitor.go("/auth/sign-in").press("Đăng nhập bằng khóa truy cập")


def test_made_used_and_asked_again(place: Place, visit: Visit) -> None:
    worker = by_name(visit(width=PHONE)).sign_in("worker")
    key = Key(worker.page)
    add(worker, "Điện thoại của tôi")
    assert worker.path == "/auth/recovery-codes"
    (passkey,) = key.kept
    assert (passkey["rpId"], passkey["isResidentCredential"]) == ("localhost", True)
    worker.go("/auth/profile")
    assert "Điện thoại của tôi" in worker.text
    worker.sign_out()
    enter(worker)
    assert worker.path == "/"
    forget_confirmation(place)
    worker.go("/auth/passkeys/new")
    assert worker.path.startswith("/auth/confirm")
    worker.press("Xác nhận bằng khóa truy cập")
    assert worker.path == "/auth/passkeys/new"
    assert key.kept[0]["signCount"] >= 2


def test_what_signs_nothing_opens_nothing(visit: Visit) -> None:
    """A finger that does not fit: the device refuses by itself, the page says what to do."""
    worker = by_name(visit()).sign_in("worker2")
    key = Key(worker.page)
    add(worker, "Máy tính")
    worker.go("/auth/profile").sign_out()
    key.verify(False)
    worker.go("/auth/sign-in")
    worker.page.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    expect(worker.page.get_by_text("Chưa xong. Bấm lại")).to_be_visible()
    assert worker.path == "/auth/sign-in"


def test_a_replayed_answer_is_refused(visit: Visit) -> None:
    """What the browser sent is kept by somebody, and sent again from a browser of theirs."""
    hotline = by_name(visit()).sign_in("hotline")
    Key(hotline.page)
    add(hotline, "Máy trực")
    hotline.go("/auth/profile").sign_out()
    with hotline.page.expect_request(lambda r: r.url.endswith("/auth/sign-in/passkey")) as sent:
        enter(hotline)
    signed = sent.value.post_data or ""
    thief = by_name(visit())
    thief.go("/auth/sign-in").expected |= {422}
    answer = thief.page.evaluate(
        """async (body) => (await fetch("/auth/sign-in/passkey", {
          method: "POST", redirect: "manual",
          headers: { "X-CSRFToken": csrfToken(),
                     "Content-Type": "application/x-www-form-urlencoded" },
          body })).status""",
        re.sub(r"csrf_token=[^&]*&?", "", signed),
    )
    assert answer == 422
    thief.go("/auth/profile")
    assert thief.path.startswith("/auth/sign-in")


def test_no_button_where_the_address_is_a_number(visit: Visit) -> None:
    worker = visit().go("/auth/sign-in")
    expect(worker.page.locator("[data-passkey]")).to_be_hidden()


def test_without_a_script_there_is_the_password(visit: Visit) -> None:
    worker = by_name(visit(java_script_enabled=False)).go("/auth/sign-in")
    expect(worker.page.locator("[data-passkey]")).to_be_hidden()
    worker.sign_in("worker")
    assert worker.path == "/"


def forget_confirmation(place: Place) -> None:
    with place.superuser.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE user_sessions SET confirmed_at = confirmed_at - interval '6 minutes'"
        )


# --- the curtain


def idle(visitor: Visitor, minutes: int) -> None:
    """So long nobody touches this page; the server's clock stands still. The bell, which asks by
    itself, may find the session locked."""
    visitor.expected |= {423}
    for page in visitor.context.pages:
        page.wait_for_load_state("networkidle")
        expect(page.locator(".htmx-request")).to_have_count(0)  # it would seem to take minutes
    visitor.page.clock.fast_forward(minutes * 60_000 + 6_000)


def waiting_at_desk(visit: Visit, width: int = PHONE) -> Visitor:
    desk = visit(width=width)
    desk.page.clock.install()
    return desk.sign_in("intake")


def unlock(visitor: Visitor, password: str = PASSWORD) -> None:
    visitor.page.locator("#curtain-password").fill(password)
    visitor.page.locator("[data-unlock] .btn-primary").click()


def test_an_idle_page_is_covered_and_what_was_typed_is_kept(visit: Visit) -> None:
    desk = begin_report(waiting_at_desk(visit), "Em kể bị đánh ở nhà")
    idle(desk, 4)
    expect(desk.page.locator(".curtain")).to_have_count(0)
    idle(desk, 1)
    curtain = desk.page.locator(".curtain")
    expect(curtain).to_be_visible()
    assert "Em kể bị đánh" not in desk.page.inner_text("body")
    assert desk.page.locator("main").evaluate("e => e.inert && e.hidden")
    assert "Báo tin" not in desk.page.title()
    assert violations(desk.page) == []
    desk.expected |= {422}
    unlock(desk, "sai mật khẩu rồi nhé")
    expect(curtain).to_contain_text("Mật khẩu không đúng")
    expect(curtain).to_be_visible()
    unlock(desk)
    expect(curtain).to_have_count(0)
    assert desk.value("child_condition") == "Em kể bị đánh ở nhà"
    desk.send("#intake")
    assert re.fullmatch(r"HY-\d{4}-\d{6}", desk.heading)


def test_behind_the_curtain_the_server_answers_nothing(visit: Visit) -> None:
    desk = waiting_at_desk(visit).go("/cases/intake/mine")
    with desk.page.expect_response("**/auth/lock"):  # the curtain comes first
        idle(desk, 5)
    expect(desk.page.locator(".curtain")).to_be_visible()
    other = desk.context.new_page()
    other.goto(f"{desk.url}/cases/intake/mine")
    assert "/auth/unlock" in other.url
    assert violations(other) == []
    other.close()


def test_all_pages_are_covered_and_uncovered_together(visit: Visit) -> None:
    desk = waiting_at_desk(visit).go("/cases/intake/mine")
    other = desk.context.new_page()
    other.goto(f"{desk.url}/auth/profile")
    idle(desk, 5)
    expect(other.locator(".curtain")).to_be_visible()
    unlock(desk)
    expect(desk.page.locator(".curtain")).to_have_count(0)
    expect(other.locator(".curtain")).to_have_count(0)
    other.close()


def test_one_leaves_quickly_from_behind_the_curtain(visit: Visit) -> None:
    desk = waiting_at_desk(visit).go("/cases/intake/mine")
    desk.let_leave()
    idle(desk, 5)
    desk.page.locator(".curtain").get_by_role("button", name="Thoát nhanh").click(
        no_wait_after=True
    )
    desk.page.clock.run_for(1_000)
    desk.page.wait_for_url("https://baomoi.com/")


def test_a_session_that_ended_meanwhile_keeps_the_page(place: Place, visit: Visit) -> None:
    desk = begin_report(waiting_at_desk(visit), "Đang gõ dở")
    idle(desk, 5)
    idle_for(place, 16)
    desk.expected |= {401}
    unlock(desk)
    expect(desk.page.locator("[data-signed-out]")).to_be_visible()
    waiting, desk.page = desk.page, desk.context.new_page()
    desk.sign_in("intake")
    desk.page.close()
    desk.page = waiting
    desk.page.get_by_role("button", name="Tôi đã đăng nhập lại").click()
    expect(desk.page.locator(".curtain")).to_have_count(0)
    assert desk.value("child_condition") == "Đang gõ dở"
    desk.send("#intake")
    assert re.fullmatch(r"HY-\d{4}-\d{6}", desk.heading)


def test_locked_by_hand_and_opened_by_a_passkey(visit: Visit) -> None:
    worker = by_name(visit()).sign_in("worker")
    Key(worker.page)
    add(worker, "Máy này")
    worker.go("/auth/profile").page.locator("details.menu summary").click()
    worker.page.get_by_role("button", name="Khóa màn hình").click()
    curtain = worker.page.locator(".curtain")
    expect(curtain).to_be_visible()
    curtain.get_by_role("button", name="Mở bằng khóa truy cập").click()
    expect(curtain).to_have_count(0)
    worker.go("/auth/profile")
    assert worker.path == "/auth/profile"
