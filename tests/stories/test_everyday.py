"""What happens at real desks: no script, closed tabs, double clicks, two at once, lost lines."""

import re
import unicodedata
from datetime import timedelta

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from tests.stories.conftest import Visit
from tests.stories.place import Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide]

PHO_HIEN = "11953"
NEW_PASSWORD = "bảy con cá vàng ngoài ao"


def cases(place: Place) -> int:
    with place.superuser.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM cases")).scalar_one())


def begin_report(visitor: Visitor, condition: str, name: str = "") -> Visitor:
    visitor.go("/cases/intake/new").choose(category="abused", channel="phone")
    return visitor.fill(child_name=name, child_condition=condition).choose(event_commune=PHO_HIEN)


def idle_for(place: Place, minutes: int) -> None:
    """All sessions were last used that long ago."""
    earlier = timedelta(minutes=minutes)
    with place.superuser.begin() as connection:
        connection.execute(
            text("UPDATE user_sessions SET last_seen_at = last_seen_at - :earlier"),
            {"earlier": earlier},
        )


def test_a_report_without_javascript(place: Place, visit: Visit) -> None:
    before = cases(place)
    desk = visit(width=PHONE, java_script_enabled=False).sign_in("intake")
    begin_report(desk, "Hai em nhỏ ở nhà một mình", "Phan Bé Tư")
    with desk.page.expect_navigation():
        desk.page.locator("[name=add_child]").click()
    assert desk.value("child_condition") == "Hai em nhỏ ở nhà một mình"
    desk.fill(**{"more_children-0-child_name": "Phan Bé Năm"})
    desk.send("#intake")
    assert len(re.findall(r"HY-\d{4}-\d{6}", desk.heading)) == 2
    assert cases(place) == before + 2


def test_a_draft_outlives_a_closed_page_and_an_idle_sign_out(place: Place, visit: Visit) -> None:
    desk = visit().sign_in("hotline").go("/cases/intake/new")
    desk.choose(category="abused").fill(child_condition="Đang gõ dở thì phải đi")
    desk.page.get_by_text("Đã lưu nháp lúc").wait_for()
    desk.page.close()
    idle_for(place, 16)
    desk.page = desk.context.new_page()
    desk.page.goto(f"{place.url}/cases/intake/new")
    assert desk.path.startswith("/auth/sign-in")
    desk.sign_in("hotline")
    assert desk.path == "/cases/intake/new"
    assert desk.value("child_condition") == ""  # a new form, beside it what was begun
    desk.press("Tiếp tục Báo tin (Mẫu số 01)")
    assert desk.value("child_condition") == "Đang gõ dở thì phải đi"
    desk.press("Bỏ bản nháp")
    assert desk.value("child_condition") == ""


def test_what_is_typed_when_the_session_ends_is_not_lost(place: Place, visit: Visit) -> None:
    """Sent too late, the page says how to go on; signed in at another tab, it is sent again."""
    before = cases(place)
    desk = begin_report(visit().sign_in("police"), "Nhận tin lúc nửa đêm")
    desk.page.get_by_text("Đã lưu nháp lúc").wait_for()
    idle_for(place, 16)
    desk.send("#intake", expect=401)
    assert "Bạn cần đăng nhập lại" in desk.page.inner_text("#notices")
    assert desk.value("child_condition") == "Nhận tin lúc nửa đêm"
    waiting, desk.page = desk.page, desk.context.new_page()
    desk.sign_in("police")
    desk.page, waiting = waiting, desk.page
    waiting.close()
    desk.expected |= {400}  # the old page's token; it gets a new one and sends again
    desk.send("#intake")
    assert cases(place) == before + 1


@pytest.mark.parametrize("script", [True, False])
def test_a_double_click_sends_one_report(place: Place, visit: Visit, script: bool) -> None:
    before = cases(place)
    desk = begin_report(visit(java_script_enabled=script).sign_in("hotline"), "Bấm hai lần")
    desk.page.locator("#intake .actions .btn-primary").dblclick(no_wait_after=True)
    arrived = re.compile("/cases/intake/[0-9a-f-]{36}")  # perhaps twice: the second breaks off
    expect(desk.page).to_have_url(arrived, timeout=15_000)  # the first one's journey
    assert cases(place) == before + 1


@pytest.mark.parametrize("arrives", [False, True])
def test_a_lost_connection_and_another_try_give_one_case(
    place: Place, visit: Visit, arrives: bool
) -> None:
    """The line breaks before the report has left, or after it came and before the answer did."""
    before = cases(place)
    desk = begin_report(visit().sign_in("hotline"), "Mất mạng lúc gửi")
    desk.may_be_offline = True

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("internetdisconnected")

    if arrives:
        desk.context.route("**/cases/intake/new", lose_the_answer)
    else:
        desk.context.set_offline(True)
    desk.page.locator("#intake .actions .btn-primary").click()
    desk.page.get_by_text("Không có gì bị mất").wait_for()
    assert desk.value("child_condition") == "Mất mạng lúc gửi"
    assert cases(place) == before + arrives
    desk.context.unroute("**/cases/intake/new")
    desk.context.set_offline(False)
    desk.send("#intake")
    assert re.fullmatch(r"HY-\d{4}-\d{6}", desk.heading)
    assert cases(place) == before + 1


def test_back_after_a_corrected_report_asks_for_nothing(place: Place, visit: Visit) -> None:
    """No page that was sent stands in the history: "back" is the empty form, then home."""
    before = cases(place)
    desk = visit(width=PHONE).sign_in("hotline").go("/").go("/cases/intake/new")
    desk.fill(child_condition="Thiếu nguồn tin").send("#intake", expect=422)
    assert desk.page.evaluate("document.activeElement.className") == "error-summary"
    desk.choose(category="abused", channel="phone").send("#intake")
    assert cases(place) == before + 1
    desk.page.go_back()
    assert desk.path == "/cases/intake/new"
    assert desk.value("child_condition") == ""
    desk.page.go_back()
    assert desk.path == "/"


def test_a_new_colleague_and_the_second_of_two_at_once(place: Place, visit: Visit) -> None:
    """An administrator invites a second worker; both assess one case; the slower loses nothing."""
    invite_a_colleague(visit(), visit())
    case = begin_report(visit().sign_in("worker"), "Hai người cùng đánh giá").send("#intake")
    assert case.ok
    path = newest_case(place)
    first, second = (
        visit().sign_in("worker"),
        visit().sign_in("worker9", NEW_PASSWORD),
    )
    for one in (first, second):
        one.go(f"{path}/initial-assessment").choose(H1="HIGH", H2="HIGH", P1="LOW", P2="LOW")
    first.send("#assess-form")
    second.fill(comment="Em nói sợ về nhà").send("#assess-form", expect=409)
    assert "Có người vừa lưu trước bạn" in second.text
    who = first.page.locator(".menu-who b").text_content() or "nobody"
    assert who in second.page.inner_text(".conflict")
    assert second.value("comment") == "Em nói sợ về nhà"
    assert second.page.locator("[name=H1][value=HIGH]").is_checked()
    second.send("#assess-form")
    assert second.path == path


def invite_a_colleague(admin: Visitor, colleague: Visitor) -> None:
    admin.sign_in("admin").go("/admin/users/new")
    unit = admin.page.locator("#unit_id option", has_text="Ủy ban nhân dân phường Phố Hiến").first
    admin.fill(username="worker9", name="Đoàn Thị Út")
    admin.choose(unit_id=str(unit.get_attribute("value")), role="cp_worker").send("main form.form")
    link = admin.page.locator("#link").input_value()
    path = link[link.index("/auth/invitation/") :]
    colleague.go(path).fill(password=NEW_PASSWORD, again=NEW_PASSWORD)
    colleague.send("main form.form")
    assert colleague.path == "/auth/sign-in"


def newest_case(place: Place) -> str:
    with place.superuser.connect() as connection:
        newest = "SELECT id FROM cases ORDER BY id DESC LIMIT 1"
        return f"/cases/{connection.execute(text(newest)).scalar_one()}"


def sessions(place: Place) -> int:
    with place.superuser.connect() as connection:
        live = "SELECT count(*) FROM user_sessions WHERE ended_at IS NULL"
        return int(connection.execute(text(live)).scalar_one())


def test_quick_exit_leaves_nothing_behind(place: Place, visit: Visit) -> None:
    before = sessions(place)
    worker = visit().sign_in("worker").go("/cases/")
    worker.let_leave()
    with worker.page.expect_navigation(url="https://baomoi.com/"):
        worker.page.keyboard.press("Escape")
        worker.page.keyboard.press("Escape")
    assert worker.left_for == ["https://baomoi.com/"]
    place.wait_until(lambda: sessions(place) == before)  # a slow server: the page left before
    worker.page.go_back()
    worker.page.wait_for_url(re.compile("/auth/sign-in"))
    assert worker.heading == "Đăng nhập"


def test_quick_exit_without_javascript(visit: Visit) -> None:
    worker = visit(java_script_enabled=False).sign_in("worker").go("/cases/")
    worker.let_leave()
    worker.page.get_by_role("button", name="Thoát nhanh").click()
    worker.page.wait_for_url("https://baomoi.com/")
    worker.go("/cases/")
    assert worker.path.startswith("/auth/sign-in")


def test_a_name_typed_in_another_unicode_form_is_found(visit: Visit) -> None:
    worker = visit().sign_in("worker")
    begin_report(worker, "Tìm lại được", "Trịnh Thuỵ Quyên").send("#intake")
    for typed in ("Trịnh Thuỵ Quyên", "trịnh thụy", "trinh thuy quyen"):
        worker.go("/people/search").fill(q=unicodedata.normalize("NFD", typed))
        worker.send("main form.form")
        assert "Trịnh Thuỵ Quyên" in worker.text, typed


def test_back_after_signing_out_shows_nothing(visit: Visit) -> None:
    worker = visit().sign_in("worker").go("/cases/")
    child = worker.page.locator("main tbody th a").first.inner_text()
    worker.page.locator("main tbody th a").first.click()
    worker.page.wait_for_url(re.compile("/cases/[0-9a-f-]{36}"))
    worker.sign_out()
    for _page in range(2):
        worker.page.go_back()
        worker.page.wait_for_load_state()
        assert child not in worker.page.content()
    assert worker.heading == "Đăng nhập"
