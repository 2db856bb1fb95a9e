"""The needs meeting: called, held, corrected; who is kept out; what it gives out to do."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.cases.enums import CaseState, EventKind
from app.cases.models import CaseConference, CaseEvent, ConferenceAction
from app.core import clock
from app.people.models import Carer
from tests.browser import Browser
from tests.cases.story import Story, make_story

NEW, INDEX = "meetings.new", "meetings.index"


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session, hours_ago=30)


def minutes(story: Story, **more: Any) -> dict[str, Any]:
    return {
        "happened_at": story.at(24)["parts"],
        "place": "Trụ sở phường",
        "people-0-role": "chair",
        "people-0-name": "Trần Văn Chủ",
        "people-0-is_present": "y",
        "people-1-role": "health",
        "people-1-name": "Phạm Thị Trạm",
        "people-1-agency": "Trưởng trạm Y tế",
        "people-1-input": "Em cần khám lại mắt",
        "people-1-is_present": None,
        "people-2-role": None,
        "people-2-name": "",
        "people-3-role": None,
        "child_view": "Em muốn ở với bà",
        "child_represented_by": "Cô giáo chủ nhiệm",
        "family_view": "Bà ngoại xin nhận",
        "decisions": "Để em ở với bà ngoại",
        "dissent": "Trạm Y tế muốn theo dõi thêm",
        "actions-0-what": "Khám mắt",
        "actions-0-unit": "Trạm Y tế",
        "actions-0-due_on": f"{clock.today() + timedelta(days=3):%d/%m/%Y}",
        **more,
    }


def record(browser: Browser, story: Story, expect: int = 303, **more: Any) -> Any:
    browser.sign_in(story.worker)
    return browser.submit(NEW, minutes(story, **more), case_id=story.case.id, expect=expect)


def meeting(session: Session) -> CaseConference:
    return session.scalars(select(CaseConference)).unique().one()


def test_the_minutes_lead_the_case_on(browser: Browser, session: Session, story: Story) -> None:
    record(browser, story)
    made = meeting(session)
    assert (made.is_held, made.child_view) == (True, "Em muốn ở với bà")
    session.refresh(story.case)
    assert story.case.state is CaseState.NEEDS_MEETING
    event = session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.MEETING_HELD)).one()
    assert event.happened_at == story.received_at + timedelta(hours=24)
    assert (event.facts["people"], event.facts["actions"]) == (1, 1)
    assert event.note == "Để em ở với bà ngoại"
    assert "case.meeting_recorded" in session.scalars(select(AuditEvent.action)).all()
    page = browser.get(INDEX, case_id=story.case.id)
    for words in ("Trưởng trạm Y tế", "Em cần khám lại mắt", "Cô giáo chủ nhiệm", "Khám mắt"):
        assert words in page.text


def test_a_meeting_is_called_first_and_held_later(
    browser: Browser, session: Session, story: Story
) -> None:
    tomorrow = clock.local(clock.now()) + timedelta(days=1)
    when = [tomorrow.strftime("%d/%m/%Y"), "08:00"]
    record(browser, story, step="called", happened_at=when, decisions="")
    called = meeting(session)
    assert (called.is_held, story.case.state) == (False, CaseState.RECEIVED)
    assert "Chưa họp" in browser.get(INDEX, case_id=story.case.id).text
    browser.submit(
        "meetings.edit",
        {**minutes(story), "step": "held"},
        case_id=story.case.id,
        conference_id=called.id,
    )
    session.refresh(story.case)
    assert story.case.state is CaseState.NEEDS_MEETING
    kinds = session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert kinds[-2:] == [EventKind.MEETING_CALLED, EventKind.MEETING_HELD]
    page = browser.submit(
        "meetings.edit",
        {"step": "called"},
        case_id=story.case.id,
        conference_id=called.id,
        expect=409,
    )
    assert "không chuyển lại thành lịch họp" in page.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decisions": ""}, "decisions"),
        ({"happened_at": ["01/01/2031", "08:00"]}, "happened_at"),
        ({"happened_at": ["30/02/2026", "08:00"]}, "happened_at"),
        ({"happened_at": ["01/01/2020", "08:00"]}, "happened_at"),
        ({"people-0-is_present": None}, "people"),
        ({"people-1-role": ""}, "people-1-role"),
        ({"people-1-name": ""}, "people-1-name"),
        ({"actions-0-what": ""}, "actions-0-what"),
        ({"actions-0-due_on": "32/01/2026"}, "actions-0-due_on"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    browser: Browser, session: Session, story: Story, change: dict[str, Any], field: str
) -> None:
    page = record(browser, story, expect=422, **change)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert page.select_one("[name=child_view]").text.strip() == "Em muốn ở với bà"
    assert session.scalar(select(func.count()).select_from(CaseConference)) == 0


@pytest.mark.parametrize("spelling", ["Đỗ Văn Hại", "do van hai", "ĐỖ  VĂN HẠI"])
@pytest.mark.parametrize("place", ["family", "voice"])
def test_the_suspected_caregiver_is_kept_out(
    browser: Browser, session: Session, story: Story, spelling: str, place: str
) -> None:
    child = session.scalars(select(Carer)).unique().first()
    assert child is not None
    suspect = Carer(key=child.key, child_id=child.child_id, relation="father")
    suspect.full_name, suspect.is_suspected = "Đỗ Văn Hại", True
    session.add(suspect)
    session.commit()
    offered = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    assert "Lê Thị Hòa" in str(offered) and "Đỗ Văn Hại" not in str(offered)
    family = {"people-1-role": "family", "people-1-name": spelling}
    change = family if place == "family" else {"child_represented_by": spelling}
    page = record(browser, story, expect=422, **change)
    assert "không được mời họp" in page.text


def test_two_who_write_the_minutes_lose_nothing(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker)
    stale = browser.get(NEW, case_id=story.case.id)
    browser.submit(NEW, minutes(story), case_id=story.case.id)
    page = browser.submit_page(stale, minutes(story, decisions="Bản của tôi"), expect=409)
    assert "Có người vừa lưu trước bạn" in page.text
    assert page.select_one("[name=decisions]").text.strip() == "Bản của tôi"  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(CaseConference)) == 1


def test_an_action_is_finished_once_and_survives_a_correction(
    browser: Browser, session: Session, story: Story
) -> None:
    record(browser, story)
    page = browser.get(INDEX, case_id=story.case.id)
    form = 'form[action$="/done"]'
    browser.submit_page(page, {}, form=form)
    action = session.scalars(select(ConferenceAction)).unique().one()
    assert action.done_by == story.worker.id
    again = browser.submit_page(page, {"idempotency_key": None}, form=form, expect=400)
    assert "tải lại trang" in again.text
    made = meeting(session)
    browser.submit("meetings.edit", {"dissent": ""}, case_id=story.case.id, conference_id=made.id)
    action = session.scalars(select(ConferenceAction)).unique().one()
    assert action.done_at is not None
    titles = browser.get("cases.show", case_id=story.case.id).text
    assert "Sửa biên bản họp" in titles
    assert "Việc giao ở cuộc họp: đã xong" in titles


def test_a_meeting_of_another_case_is_not_found(
    browser: Browser, session: Session, story: Story
) -> None:
    record(browser, story)
    other = make_story(session)
    made = meeting(session)
    browser.sign_in(other.worker)
    for endpoint in ("meetings.edit", "meetings.minutes"):
        browser.get(endpoint, case_id=other.case.id, conference_id=made.id, expect=404)


def test_the_minutes_are_printed(browser: Browser, session: Session, story: Story) -> None:
    record(browser, story)
    path = f"/cases/{story.case.id}/meetings/{meeting(session).id}/minutes.pdf"
    answer = browser._alone(browser.client.get, path)
    assert answer.status_code == 200
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    said = " ".join(text.split())
    for words in (
        "Số: ……/BB-UBND",
        "BIÊN BẢN",
        "Phạm Thị Trạm",
        "Cô giáo chủ nhiệm",
        "Khám mắt",
        "CHỦ TRÌ",
    ):
        assert words in said
