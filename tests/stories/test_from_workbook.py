"""A child in special circumstances: from the commune's own workbook into the register, and a year
later to the yearly review."""

import re

import pytest

from app.core import clock
from tests.register.workbooks import commune_list
from tests.stories.axe import Examiner
from tests.stories.conftest import Visit
from tests.stories.pages import SEEN
from tests.stories.place import Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide]
ROWS, UNREADABLE = 40, 3
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_from_the_workbook_to_the_yearly_review(place: Place, visit: Visit) -> None:
    worker, on_the_phone, examined = visit(), visit(width=PHONE), Examiner(SEEN)
    worker.on_page = on_the_phone.on_page = examined
    report = send(place, worker.sign_in("worker"))
    leave_out_the_alike(worker, report)
    imported = take_in(place, worker, report)
    again = send(place, worker)
    assert again != report and rows(worker, "đã ở trong nhóm") == imported
    assert rows(worker, "nhập được ngay") == 0, "the same workbook adds nobody"
    review_a_child(place, on_the_phone.sign_in("worker"))
    assert examined.found == []


def send(place: Place, worker: Visitor) -> str:
    """The workbook as it lies on the desk; the columns are guessed. Returns the report's address,
    and leaves the worker there."""
    worker.go("/register/").press("Nhập từ Excel").press("Gửi bảng tính")
    book = {"name": "DS tre em.xlsx", "mimeType": EXCEL, "buffer": commune_list(ROWS)}
    worker.page.set_input_files("input[type=file]", book)
    worker.send("#import-upload")
    assert worker.heading == "Chọn cột"
    worker.send("#import-columns")
    report = worker.path
    place.flask("jobs", "run", "tasks")
    worker.page.locator(".import-sums").wait_for()  # the page shows by itself that it is done
    return report


def rows(worker: Visitor, what: str) -> int:
    """How many rows the report counts with these words beside them."""
    found = worker.page.locator(".import-sums tr", has_text=what).locator(".number")
    return int(found.inner_text()) if found.count() else 0


def leave_out_the_alike(worker: Visitor, report: str) -> None:
    """Each row that cannot be read says why; who may be known already is decided on."""
    worker.go(f"{report}?show=errors")
    assert worker.page.locator(".import-rows > li").count() == UNREADABLE
    assert "31/02/2017" in worker.text and "Trẻ em lang thang" in worker.text
    worker.go(f"{report}?show=alike")
    for _ in range(rows(worker, "bạn quyết định")):
        undecided = worker.page.locator(".import-rows form:not(:has(.is-on))").first
        with worker.page.expect_navigation():
            undecided.get_by_role("button", name="Là trẻ em khác").click()


def take_in(place: Place, worker: Visitor, report: str) -> int:
    """All that can be read; how many rows were imported."""
    worker.go(report).send("#import-run")
    place.flask("jobs", "run", "tasks")
    worker.page.locator(".import-result").wait_for()
    found = re.search(r"Đã nhập (\d+) trẻ em mới", worker.text)
    assert found is not None, worker.text
    assert int(found[1]) == ROWS - UNREADABLE
    return int(found[1])


def review_a_child(place: Place, worker: Visitor) -> None:
    """A year later the register asks for the review; the child stays in the group."""
    place.let_pass(days=366)
    worker.go("/register/?due=1&group=ORPHAN")
    with worker.page.expect_navigation():
        worker.page.locator("main tbody a").first.click()
    case = re.match(r"/cases/[0-9a-f-]{36}", worker.path)
    assert case is not None
    worker.go(f"{case[0]}/circumstances")
    assert f"chưa rà soát năm {clock.today().year}" in worker.text
    with worker.page.expect_navigation():
        worker.page.locator("main a.btn-primary").first.click()
    worker.choose(is_still_in="yes", poverty="poor").fill(words="Em đi học đều, cần thẻ mới")
    worker.send("#review")
    assert "đã rà soát năm nay" in worker.text
    assert "Rà soát hằng năm" in worker.go(f"{case[0]}/timeline").text
