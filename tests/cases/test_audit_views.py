"""The supervisor's audit views: words for everything, filters, area, pages."""

import re
from io import BytesIO

import msoffcrypto
import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.checkpoints import take_checkpoint
from app.audit.labels import ACTIONS, GROUPS, action_label
from app.audit.models import AuditEvent
from app.audit.services import append_pending, record
from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from tests.browser import Browser
from tests.cases.exports_story import asked, fetched
from tests.cases.story import Story, make_story
from tests.factories import TAN_HUNG, UnitFactory, UserFactory
from tests.sql import counted


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def supervisor(story: Story) -> User:
    return story.supervisor


def test_every_action_has_words_and_a_group() -> None:
    assert set(ACTIONS) == set(AuditAction)
    grouped = {action for _, actions in GROUPS.values() for action in actions}
    assert grouped == set(AuditAction)
    assert action_label("of.tomorrow") == "of.tomorrow"


def test_events_read_as_sentences(browser: Browser, story: Story, supervisor: User) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    text = browser.sign_in(supervisor).get("audit.index").text
    assert story.worker.name in text and "Xem hồ sơ" in text and story.case.number in text
    assert "Phần được xem: " in text


def test_filters(browser: Browser, story: Story, supervisor: User) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    browser.get("audit.index", expect=403)
    browser.sign_in(supervisor)

    def rows(**query: str) -> list[str]:
        page = browser.get("audit.index", **query)
        return [row.text for row in page.select("tbody tr")]

    assert any("Bị từ chối" in row for row in rows(group="denials"))
    assert all("Xem" in row for row in rows(group="reads"))
    assert all(story.worker.name in row for row in rows(user=story.worker.username))
    assert all(story.case.number in row for row in rows(case=story.case.number))
    assert rows(user="nobody.at.all") == []
    today = clock.local(clock.now()).strftime("%d/%m/%Y")
    assert rows(day=today) and rows(day="01/01/2020") == []
    assert rows(group="x", user="'; --", case="%", day="99", after="-1")


def test_pages_by_key(browser: Browser, session: Session, supervisor: User) -> None:
    for _ in range(120):
        record(session, None, AuditAction.SIGN_IN_FAILED, at=clock.now(), data={"known": 0})
    append_pending(session)
    session.commit()
    page, seen = browser.sign_in(supervisor).get("audit.index", group="denials"), 0
    while True:
        times = [re.search(r"×(\d+)", row.text) for row in page.select("tbody tr")]
        seen += sum(int(found[1]) if found else 1 for found in times)
        older = page.select_one("a[rel=next]")
        if older is None:
            break
        page = browser.open(str(older["href"]))
    assert seen == 120


def test_a_supervisor_of_one_commune_sees_that_commune(
    browser: Browser, story: Story, supervisor: User
) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    elsewhere = UserFactory(unit=UnitFactory(commune_code=TAN_HUNG), role=Role.SUPERVISOR)
    text = browser.sign_in(elsewhere).get("audit.index").text
    assert story.case.number not in text and story.worker.name not in text
    browser.get("audit.case", case_id=story.case.id, expect=404)


def test_the_state_of_the_log_is_said(
    browser: Browser, session: Session, supervisor: User, story: Story
) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    assert "Chưa ký lần nào" in browser.sign_in(supervisor).get("audit.index").text
    take_checkpoint(session, clock.now())
    session.commit()
    assert "Ký lần gần nhất lúc" in browser.get("audit.index").text


def test_statements(browser: Browser, story: Story, supervisor: User) -> None:
    browser.sign_in(supervisor).get("audit.index")
    with counted(db.engine) as seen:
        browser.get("audit.index")
    assert len(seen) <= 5, "\n".join(statement[:90] for statement in seen)


@pytest.mark.parametrize("place", ["case", "child", "report"])
def test_who_tried_stands_on_the_log_of_the_case(
    browser: Browser, story: Story, supervisor: User, place: str
) -> None:
    """Refused for want of the permission, before anything was looked up."""
    officer = UserFactory(role=Role.ANALYST)
    browser.sign_in(officer)
    if place == "case":
        browser.get("cases.show", case_id=story.case.id, expect=403)
    elif place == "child":
        browser.get("people.child", child_id=story.case.child_id, expect=403)
    else:
        browser.get("intake.received", report_id=story.case.report_id, expect=403)
    text = browser.sign_in(supervisor).get("audit.case", case_id=story.case.id).text
    assert officer.name in text and "Bị từ chối" in text
    listed = browser.get("audit.index", case=story.case.number, group="denials").text
    assert officer.name in listed


def test_the_log_leaves_as_a_locked_table_with_each_child_on_the_log(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    page = browser.sign_in(story.supervisor).get("audit.index", case=story.case.number)
    way = page.find("a", string="Xuất ra tệp")
    assert way is not None and story.case.number in str(way["href"])
    export = asked(browser, str(way["href"]).partition("?")[2], "Thanh tra Sở Y tế yêu cầu")
    assert (export.kind, export.children) == ("log", 1)
    locked, password = fetched(browser, export)
    found, clear = msoffcrypto.OfficeFile(BytesIO(locked)), BytesIO()
    found.load_key(password=password, verify_password=True)
    found.decrypt(clear)
    sheet = load_workbook(clear).active
    assert sheet is not None
    rows = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert "Thanh tra Sở Y tế yêu cầu" in rows[0][0] and story.supervisor.name in rows[0][0]
    assert any("Xem hồ sơ" in row and story.case.number in row for row in rows)
    each = select(AuditEvent.chain_id).where(AuditEvent.action == AuditAction.CASES_EXPORTED)
    assert session.scalars(each).all() == [story.case.id]
    for user in (story.worker, story.chair):
        browser.sign_in(user).open("/exports/new?list=log", expect=403)
