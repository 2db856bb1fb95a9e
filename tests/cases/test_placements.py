"""Substitute care (Decree 56/2017, art. 38 to 49), as a user: decided, handed over, visited,
ended."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.permissions import Section
from app.cases.closing import obstacles
from app.cases.enums import EventKind
from app.cases.models import CarePlacement, CareVisit, Case, CaseEvent
from app.cases.models.care import CareState
from app.cases.queries.care import placements_of
from app.core import clock
from app.deadlines.calendar import add_working_days
from app.deadlines.models import ClockState
from app.deadlines.queries import ClockView, clocks_of
from app.people.models import Carer
from tests.browser import Browser
from tests.cases.story import Story, make_story

PROPOSE, DECIDE = "care.propose_placement", "care.decide_placement"
AGREED = {"decision": "approved", "number": "30/QĐ-UBND"}
HANDED = {"present": "Bà Lụa\nCông an xã", "note": "Kèm giấy khai sinh"}


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def draft(**changes: Any) -> dict[str, Any]:
    return {
        "form_of_care": "relatives",
        "carer_name": "Vũ Thị Lụa",
        "relation": "bà ngoại",
        "phone": "0912 345 678",
        "address": "Xóm Đông",
        "grounds": "Bà khỏe, cháu muốn ở với bà",
        **changes,
    }


def propose(browser: Browser, story: Story, expect: int = 303, **changes: Any) -> BeautifulSoup:
    place = {"case_id": story.case.id}
    return browser.sign_in(story.worker).submit(PROPOSE, draft(**changes), expect=expect, **place)


def newest(session: Session) -> CarePlacement:
    wanted = select(CarePlacement).order_by(CarePlacement.drafted_at.desc()).limit(1)
    return session.scalars(wanted).unique().one()


def where(story: Story, session: Session) -> dict[str, Any]:
    return {"case_id": story.case.id, "placement_id": newest(session).id}


def decided(browser: Browser, session: Session, story: Story, **changes: Any) -> None:
    propose(browser, story, **changes)
    browser.sign_in(story.chair).submit(DECIDE, AGREED, **where(story, session))


def handed_over(browser: Browser, session: Session, story: Story) -> None:
    decided(browser, session, story)
    browser.sign_in(story.worker).submit("care.hand_over", HANDED, **where(story, session))


def handover(session: Session, story: Story) -> ClockView:
    clocks = clocks_of(session, story.case.id)
    return next(view for view in clocks if view.rule_key == "T_HANDOVER")


def gate(session: Session, story: Story) -> list[str]:
    case = session.get_one(Case, story.case.id)
    return [str(one.text) for one in obstacles(session, case) if one.endpoint == "care.index"]


def typed(moment: datetime) -> list[str]:
    there = clock.local(moment)
    return [there.strftime("%d/%m/%Y"), there.strftime("%H:%M")]


def test_from_the_proposal_to_the_hand_over(
    browser: Browser, session: Session, story: Story
) -> None:
    decided(browser, session, story)
    row = newest(session)
    assert (row.state, row.phone) == (CareState.DECIDED, "+84912345678")
    due = add_working_days(clock.now(), 15, {})
    assert abs(handover(session, story).due_at - due) <= timedelta(days=4)  # holidays in between
    assert gate(session, story) == ["Trẻ em chưa được giao cho người nhận chăm sóc thay thế."]
    assert "Chờ giao, nhận trẻ em" in browser.get("home.index").text
    browser.sign_in(story.worker).submit("care.hand_over", HANDED, **where(story, session))
    assert newest(session).state is CareState.HANDED_OVER
    assert handover(session, story).state(clock.now()) is ClockState.MET
    assert gate(session, story) == []
    kinds = session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert list(kinds) == [
        EventKind.CARE_ASKED,
        EventKind.CARE_DECIDED,
        EventKind.CHILD_HANDED_OVER,
    ]
    changed = select(func.count()).where(AuditEvent.action == "care.changed")
    assert session.scalar(changed) == 3


def test_a_child_is_never_given_to_who_is_said_to_have_harmed_it(
    browser: Browser, session: Session, story: Story
) -> None:
    wanted = select(Carer).where(Carer.child_id == story.case.child_id)
    carer = session.scalars(wanted).unique().one()
    carer.is_suspected, carer.phone = True, "+84912345678"
    session.commit()
    for changes in ({}, {"carer_name": "lê thị hòa", "phone": ""}):
        page = propose(browser, story, expect=422, **changes)
        assert page.select_one('.error-summary a[href="#carer_name"]') is not None
    propose(browser, story, phone="0987654321")


def test_the_contact_of_a_carer_who_is_suspected_later_is_hidden(
    browser: Browser, session: Session, story: Story
) -> None:
    propose(browser, story, carer_name="Lê Thị Hòa")
    assert "Xóm Đông" in browser.get("care.index", case_id=story.case.id).text
    wanted = select(Carer).where(Carer.child_id == story.case.child_id)
    session.scalars(wanted).unique().one().is_suspected = True
    story.case.do_not_contact = True
    session.commit()
    for endpoint, place in (
        ("care.index", {"case_id": story.case.id}),
        (DECIDE, where(story, session)),
    ):
        page = browser.sign_in(story.chair).get(endpoint, **place)
        assert "Xóm Đông" not in page.text and "0912 345 678" not in page.text


def test_a_supervisor_sees_no_contact(browser: Browser, session: Session, story: Story) -> None:
    propose(browser, story)
    page = browser.sign_in(story.supervisor).get("care.index", case_id=story.case.id)
    assert "Vũ Thị Lụa" in page.text
    assert "Xóm Đông" not in page.text and "0912 345 678" not in page.text
    opened = frozenset({Section.PLAN})
    (view,) = placements_of(session, story.case.id, sections=opened)
    assert (view.phone, view.address) == (None, None)


def test_one_runs_at_a_time_and_a_next_one_may_be_asked_for(
    browser: Browser, session: Session, story: Story
) -> None:
    handed_over(browser, session, story)
    propose(browser, story, carer_name="Trần Thị Mai", phone="")
    assert "đang chờ Chủ tịch" in propose(browser, story, expect=409).text
    place = where(story, session)
    page = browser.sign_in(story.chair).submit(DECIDE, AGREED, expect=409, **place)
    assert "Hãy chấm dứt lần đó trước" in page.text


def test_the_hand_over_is_recorded_once_and_not_before_the_decision(
    browser: Browser, session: Session
) -> None:
    story = make_story(session, hours_ago=24 * 6)
    decided(browser, session, story)
    place = where(story, session)
    early = {**HANDED, "happened_at": typed(clock.now() - timedelta(days=2))}
    page = browser.sign_in(story.worker).submit("care.hand_over", early, expect=422, **place)
    assert page.select_one('.error-summary a[href="#happened_at"]') is not None
    stale = browser.get("care.hand_over", **place)
    browser.submit("care.hand_over", HANDED, **place)
    assert "đã được ghi" in browser.submit_page(stale, HANDED, expect=409).text


def test_an_unsafe_visit_is_loud(browser: Browser, session: Session, story: Story) -> None:
    handed_over(browser, session, story)
    place = where(story, session)
    browser.submit("care.visit", {"safety": "safe", "note": "Cháu vui"}, **place)
    browser.submit("care.visit", {"safety": "unsafe", "note": "Cháu bị mắng"}, **place)
    page = browser.follow()
    assert page.select_one(".notice-danger") is not None and "không an toàn" in page.text
    assert session.scalar(select(func.count()).select_from(CareVisit)) == 2
    last = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(1)).one()
    assert last.facts == {"form": "relatives", "is_safe": False}


def test_no_visit_before_the_hand_over(browser: Browser, session: Session, story: Story) -> None:
    decided(browser, session, story)
    place = where(story, session)
    page = browser.sign_in(story.worker).get("care.visit", **place)
    assert page.select_one("#care-form") is None
    browser.sign_in(story.worker)
    browser.submit("care.hand_over", HANDED, **place)
    early = {"safety": "safe", "note": "Tốt", "happened_at": story.at(0.1)["parts"]}
    browser.submit("care.visit", early, expect=422, **place)


def test_it_ends_by_the_chair_and_a_hand_over_that_never_came_is_void(
    browser: Browser, session: Session, story: Story
) -> None:
    decided(browser, session, story)
    sent = {"reason": "carer_asks", "next_place": "Trung tâm Công tác xã hội"}
    place = where(story, session)
    tomorrow = (clock.today() + timedelta(days=1)).strftime("%d/%m/%Y")
    browser.submit("care.end_placement", {**sent, "ended_on": tomorrow}, expect=422, **place)
    yesterday = (clock.today() - timedelta(days=1)).strftime("%d/%m/%Y")
    browser.submit("care.end_placement", {**sent, "ended_on": yesterday}, expect=422, **place)
    stale = browser.get("care.end_placement", **place)
    browser.submit("care.end_placement", sent, **place)
    assert newest(session).state is CareState.ENDED
    assert handover(session, story).state(clock.now()) is ClockState.VOID
    assert browser.submit_page(stale, sent, expect=409).select_one("h1") is not None
    page = browser.get("care.index", case_id=story.case.id)
    assert "Trung tâm Công tác xã hội" in page.text


def test_the_minutes_of_the_hand_over_print(
    browser: Browser, session: Session, story: Story
) -> None:
    decided(browser, session, story)
    placement = newest(session).id
    path = f"/cases/{story.case.id}/care/placements/{placement}/hand-over.pdf"
    assert browser.client.get(path).status_code == 404
    browser.sign_in(story.worker).submit("care.hand_over", HANDED, **where(story, session))
    answer = browser.client.get(path)
    assert answer.mimetype == "application/pdf"
    pages = PdfReader(BytesIO(answer.data)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for said in ("BIÊN BẢN", "30/QĐ-UBND", "Vũ Thị Lụa", "Công an xã", "Kèm giấy khai sinh"):
        assert said in text
