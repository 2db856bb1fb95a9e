"""Several people write into the same case at the same moment: nothing is lost, nobody sees an error
without what they typed."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.auth.models import Role
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, CaseEvent, Report
from app.cases.services.editing import CaseMoved, lock
from app.people.models import Child
from tests.browser import Browser, filled_in
from tests.cases.story import Story, make_story
from tests.factories import (
    TAN_HUNG,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)

Send = Callable[[], TestResponse]
Together = Callable[..., list[TestResponse]]
WAIT = 30


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def ready(browser: Browser, endpoint: str, typed: dict[str, object], **place: object) -> Send:
    """A form that is filled in, to be sent from another thread."""
    page = browser.get(endpoint, **place)
    form = page.select_one("main form[method=post]")
    assert form is not None
    path, body = str(form.get("action") or browser._last_path), {**filled_in(form), **typed}
    client = browser.client
    return lambda: Context().run(client.post, path, data=body)


@pytest.fixture
def together(superuser: Engine) -> Together:
    """Send all: each has begun and waits for the same rows when the first may go on."""

    def send_all(sends: Sequence[Send], *, rows: str = "cases") -> list[TestResponse]:
        with ThreadPoolExecutor(len(sends)) as pool:
            with superuser.begin() as holder:
                holder.exec_driver_sql(f"SELECT 1 FROM {rows} FOR UPDATE")
                answers = [pool.submit(send) for send in sends]
                wait_for(superuser, len(sends))
            return [answer.result() for answer in answers]

    return send_all


def wait_for(superuser: Engine, count: int) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    until = time.monotonic() + WAIT
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as looking:
        while (looking.scalar(waiting) or 0) < count:
            assert time.monotonic() < until, "they do not wait for the rows"
            time.sleep(0.02)


def statuses(answers: Sequence[TestResponse]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def refused(answers: Sequence[TestResponse]) -> BeautifulSoup:
    (page,) = [a for a in answers if a.status_code >= 400]
    return BeautifulSoup(page.text, "lxml")


def events(session: Session, kind: EventKind) -> int:
    session.rollback()
    of_kind = select(func.count()).select_from(CaseEvent).where(CaseEvent.kind == kind)
    return session.scalar(of_kind) or 0


def test_two_cases_are_not_each_others_duplicate(
    app: Flask, session: Session, story: Story, together: Together
) -> None:
    child = session.get_one(Child, story.case.child_id)
    other = CaseFactory(worked_by=story.unit, of_child=child)
    first, second = story.case, other
    sends = []
    for mine, yours in ((first, second), (second, first)):
        browser = Browser(app, session).sign_in(UserFactory(unit=story.unit))
        typed = {"outcome": "duplicate", "duplicate_of": yours.number, "reason": "Cùng một em"}
        sends.append(ready(browser, "verification.new", typed, case_id=mine.id))
    answers = together(sends)
    assert statuses(answers) == {303: 1, 409: 1}
    page = refused(answers)
    assert "Tiếp nhận tin báo" in page.select_one(".conflict").text and "Cùng một em" in page.text
    session.rollback()
    states = sorted(
        session.get_one(Case, case.id, populate_existing=True).state for case in (first, second)
    )
    assert states == sorted([CaseState.DUPLICATE, CaseState.RECEIVED])


def test_everybody_who_opens_the_informant_is_written_down(
    app: Flask, session: Session, story: Story, together: Together
) -> None:
    browser = Browser(app, session).sign_in(story.worker)
    sends = [
        ready(
            browser, "intake.informant", {"reason": f"Cần gọi lại lần {n}"}, case_id=story.case.id
        )
        for n in range(4)
    ]
    assert statuses(together(sends)) == {200: 4}
    assert events(session, EventKind.INFORMANT_READ) == 4


def test_of_two_who_edit_a_child_the_second_sees_what_the_first_wrote(
    app: Flask, session: Session, story: Story, together: Together
) -> None:
    browser = Browser(app, session).sign_in(story.worker)
    sends = [
        ready(browser, "people.edit", {"school": f"Trường {n}"}, child_id=story.case.child_id)
        for n in range(2)
    ]
    answers = together(sends, rows="children")
    assert statuses(answers) == {303: 1, 409: 1}
    page = refused(answers)
    assert page.select_one(".conflict") and page.select_one("input[name=school]")


def test_a_child_is_edited_while_somebody_records_in_its_case(
    app: Flask, session: Session, story: Story, together: Together
) -> None:
    browser = Browser(app, session).sign_in(story.worker)
    sends = [
        ready(browser, "people.edit", {"school": "Trường A"}, child_id=story.case.child_id),
        ready(browser, "intake.informant", {"reason": "Cần gọi lại ngay"}, case_id=story.case.id),
        ready(browser, "verification.new", {"outcome": "confirmed"}, case_id=story.case.id),
    ]
    answers = together(sends)
    assert statuses(answers)[500] == statuses(answers)[503] == 0
    assert {a.status_code for a in answers[:2]} == {303, 200}
    assert answers[2].status_code in (303, 409)
    assert answers[2].status_code == 303 or "conflict" in answers[2].text
    assert events(session, EventKind.CHILD_EDITED) == events(session, EventKind.INFORMANT_READ) == 1


def test_of_two_who_correct_a_report_the_second_sees_what_the_first_wrote(
    app: Flask, session: Session, story: Story, together: Together
) -> None:
    """Each from the case of another child of the same report."""
    sibling = CaseFactory(
        worked_by=story.unit,
        of_child=ChildFactory(full_name="Lê Em"),
        of_report=session.get_one(Report, story.case.report_id),
    )
    browser = Browser(app, session).sign_in(story.worker)
    sends = [
        ready(browser, "intake.correct", {"event_place": f"Chỗ thứ {n}"}, case_id=case.id)
        for n, case in enumerate((story.case, sibling))
    ]
    answers = together(sends)
    assert statuses(answers) == {303: 1, 409: 1}
    page = refused(answers)
    assert page.select_one(".conflict") and "Chỗ thứ" in page.select_one("main").text
    assert events(session, EventKind.REPORT_CORRECTED) == 2  # one in each case


def test_of_two_who_pass_on_a_report_one_does(
    app: Flask, session: Session, together: Together
) -> None:
    desk = UserFactory(unit=UnitFactory(hotline=True), role=Role.INTAKE)
    UserFactory(unit=UnitFactory(commune_code=TAN_HUNG))
    report = ReportFactory(user=desk, event_commune=None)
    case = CaseFactory(of_report=report)
    case.unit_id = case.commune_code = None
    session.commit()
    browser = Browser(app, session).sign_in(desk)
    typed = {"event_commune": TAN_HUNG}
    sends = [ready(browser, "intake.route", typed, report_id=report.id) for _ in range(2)]
    answers = together(sends)
    assert statuses(answers) == {303: 1, 409: 1}
    assert desk.name in refused(answers).text


def test_who_had_the_case_until_just_now_writes_nothing_in_it(
    session: Session, superuser: Engine, story: Story
) -> None:
    """The right to write was looked at before the other unit accepted."""
    there = UnitFactory(commune_code=TAN_HUNG)
    session.commit()
    case = session.get_one(Case, story.case.id)
    assert case.unit_id == story.unit.id
    with superuser.begin() as other:
        moved = text("UPDATE cases SET unit_id = :unit WHERE id = :case")
        other.execute(moved, {"unit": there.id, "case": case.id})
    with pytest.raises(CaseMoved):
        lock(session, case)
    lock(session, case)  # as it is now
