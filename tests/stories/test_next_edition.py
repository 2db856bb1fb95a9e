"""A list that a commune sends after its period was published: the figure of now moves, the
published one stays, and the next edition says why it is another."""

import re
import subprocess
import sys

import pytest

from app.core import clock
from app.indicators.periods import Period, PeriodKind
from tests.register.workbooks import children, commune_list
from tests.stories.axe import Examiner
from tests.stories.conftest import Visit
from tests.stories.pages import SEEN
from tests.stories.place import ROOT, Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide, pytest.mark.timeout(900)]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = {"in time": 120, "late": 40}  # enough that the figures of all are not hidden
WHY = "Phường Phố Hiến gửi danh sách sau khi đã công bố."


def test_from_a_late_list_to_the_next_edition(place: Place, visit: Visit) -> None:
    period = Period.containing(PeriodKind.QUARTER, clock.today()).previous()
    drafter, approver = visit().sign_in("supervisor"), visit().sign_in("supervisor2")
    reader, worker = visit(width=PHONE).sign_in("analyst"), visit().sign_in("worker")
    examined = Examiner(SEEN)
    for one in (drafter, approver, reader, worker):
        one.on_page = examined

    enter_list(place, worker, period, "in time")
    first = publish(place, drafter, approver, period)
    released, current = shown(reader, period, "released"), shown(reader, period, "current")
    late = enter_list(place, worker, period, "late")
    work_off(place, period)
    now = shown(reader, period, "current")
    assert now == current + late, "the figure of now has what was entered late"
    assert shown(reader, period, "released") == released, "the published one stays"

    second = publish(place, drafter, approver, period, WHY)
    explained = reader.go(f"{second}?audience=agency").page.locator("#changes-title + ul")
    assert f"từ {current} thành {now} trẻ em; {late} ghi muộn" in explained.inner_text()
    assert WHY in reader.text
    assert shown(reader, period, "released") > released
    number = re.search(r"CB-\d{4}-\d{2}", reader.go(second).text)
    assert number is not None
    replaced = reader.go(first).text
    assert f"Kỳ này có bản mới hơn: {number[0]}" in replaced
    assert str(released) in counted(reader), "what it says is what it said"
    assert f"có bản mới hơn: {number[0]}" in reader.go("/indicators/releases/").text
    assert examined.found == []


def work_off(place: Place, period: Period) -> None:
    """Facts follow the records; drafts and current tables the facts."""
    place.flask("jobs", "run", "derive-facts").check_returncode()
    command = [sys.executable, "-m", "tests.stories.protecting", str(period)]
    subprocess.run(command, cwd=ROOT, env=place.environment, check=True, capture_output=True)


def publish(
    place: Place, drafter: Visitor, approver: Visitor, period: Period, why: str = ""
) -> str:
    """As two supervisors do it; returns the address of what was published."""
    drafter.go("/indicators/releases/").press("Lập bản công bố")
    drafter.choose(period=str(period)).fill(note=why).send("#release-form")
    address = drafter.path
    assert "Máy đang đếm" in drafter.text
    work_off(place, period)
    drafter.go(address).press("Gửi người khác duyệt")
    assert "cần một người khác duyệt" in drafter.text
    approver.go(address).press("Duyệt và công bố")
    assert "Đã công bố" in approver.page.inner_text("body")
    return address


def shown(reader: Visitor, period: Period, section: str) -> int:
    """How many children in special circumstances the overview tells, as published or as of now."""
    reader.go(f"/indicators/?period={period}")
    card = reader.page.locator(f"section[aria-labelledby={section}-title] .fig-card").first
    found = re.search(r"([\d.]+) trẻ em", card.inner_text())
    assert found is not None, card.inner_text()
    return int(found[1].replace(".", ""))


def counted(reader: Visitor) -> str:
    """The count of 8a in a release that is open."""
    return reader.page.locator(".rel-figures tbody tr").first.locator("td").first.inner_text()


def enter_list(place: Place, worker: Visitor, period: Period, which: str) -> int:
    """A list of the commune, of children who were in their groups on the last day of the period;
    how many of them are in special circumstances."""
    worker.go("/register/").press("Nhập từ Excel").press("Gửi bảng tính")
    book = commune_list(ROWS[which], seed=which, wrong=False)
    file = {"name": "DS tre em.xlsx", "mimeType": EXCEL, "buffer": book}
    worker.page.set_input_files("input[type=file]", file)
    worker.send("#import-upload")
    worker.fill(since=period.last_day.strftime("%d/%m/%Y")).send("#import-columns")
    report = worker.path
    place.flask("jobs", "run", "tasks").check_returncode()
    worker.go(f"{report}?show=alike")
    undecided = worker.page.locator(".import-rows form:not(:has(.is-on))")
    while undecided.count():
        with worker.page.expect_navigation():
            undecided.first.get_by_role("button", name="Là trẻ em khác").click()
    worker.go(report).send("#import-run")
    place.flask("jobs", "run", "tasks").check_returncode()
    worker.page.locator(".import-result").wait_for()
    found = re.search(r"Đã nhập (\d+) trẻ em mới", worker.text)
    assert found is not None, worker.text
    return int(found[1]) - at_risk(which)


def at_risk(which: str) -> int:
    """Children of the list whose words name no group but that they are at risk."""
    return sum(row[7] == "Có nguy cơ" for row in children(ROWS[which], which))
