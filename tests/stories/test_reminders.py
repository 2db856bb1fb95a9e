"""Nothing is forgotten: a clock is told to who has the case, put off, told to the deputy and to the
supervisor, and done. Everybody sees it where they work; the child's timeline keeps each step up."""

import pytest
from sqlalchemy import text

from tests.stories import whole_case
from tests.stories.conftest import Visit
from tests.stories.place import Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide]

DUE = "Can thiệp khẩn cấp trong 12 giờ"
UP = "Việc chưa xong đã được nhắc lên cấp trên"


def test_a_clock_is_told_put_off_goes_up_and_is_done(place: Place, visit: Visit) -> None:
    second_worker(place)
    number = whole_case.report(visit())
    worker, deputy, chair, supervisor = visit(width=PHONE), visit(), visit(), visit()
    case = whole_case.take_over(worker, number)
    pass_time(place, hours=7)
    address = told(worker, number)
    put_off(worker, address)
    pass_time(place, hours=2)
    assert told(worker, number) == address, "it comes back when its time has come"
    away(chair.sign_in("chair"))
    pass_time(place, hours=1)
    assert told(deputy.sign_in("worker2"), number) == address
    pass_time(place, hours=4)
    supervisor.sign_in("supervisor")
    assert number in supervisor.page.inner_text("#escalated, section:has(#escalated-title)")
    whole_case.assess_first(deputy, case)
    run(place)
    assert "Việc này đã xong" in deputy.go(address).text
    assert number not in supervisor.go("/reminders/?who=told").text
    assert worker.go(case).text.count(UP) >= 2


def second_worker(place: Place) -> None:
    """The one of another commune now works here as well: somebody can stand in."""
    move = "UPDATE users SET unit_id = (SELECT unit_id FROM users WHERE username = 'worker')"
    with place.superuser.begin() as connection:
        connection.execute(text(f"{move} WHERE username = 'worker2'"))


def pass_time(place: Place, hours: int) -> None:
    place.let_pass(hours=hours)
    run(place)


def run(place: Place) -> None:
    """One pass of the reminders, and what it left to be written on timelines."""
    place.flask("reminders", "run").check_returncode()
    place.flask("jobs", "run", "outbox").check_returncode()


def bell(visitor: Visitor) -> str:
    """The number that the page fetches by itself."""
    visitor.go("/")
    count = visitor.page.locator("header .bell .count")
    count.wait_for()
    return count.inner_text()


def told(visitor: Visitor, number: str) -> str:
    """Bell, list, the thing itself; returns its address."""
    assert int(bell(visitor)) >= 1
    visitor.go("/reminders/")
    row = visitor.page.locator("main li", has_text=number).filter(has_text=DUE)
    path = str(row.locator("a").first.get_attribute("href"))
    visitor.go(path)
    assert DUE in visitor.text and number in visitor.text
    return path


def put_off(worker: Visitor, address: str) -> None:
    worker.go(address).choose(**{"later-when": "hour"})
    worker.fill(**{"later-reason": "Đang đưa em đi khám"}).send("#later-form")
    assert "Để sau, còn lâu" in worker.page.inner_text("body")


def away(chair: Visitor) -> None:
    chair.go("/auth/absence")
    for name, at in (("user_id", 0), ("deputy_id", 1)):
        chair.page.locator(f"main [name={name}]").select_option(index=at + 1)
    chair.fill(since_on=whole_case.day(), until_on=whole_case.day(2)).send("#absence-form")
