"""Temporary separation (Decree 56/2017, art. 32), as a user: who decides, and for how long."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, UnitKind
from app.auth.permissions import Section
from app.cases.closing import obstacles
from app.cases.enums import EventKind
from app.cases.models import (
    Case,
    CaseEvent,
    SafetyMeasure,
    Separation,
    SeparationExtension,
    ShelterAddress,
)
from app.cases.models.care import ProposalAnswered, SeparationState
from app.cases.pages.care import alarm, day_number
from app.cases.queries.care import separations_of
from app.cases.services.care_rules import Seen
from app.cases.services.separations import Decision, Term, decide_separation
from app.core import clock
from app.deadlines.models import ClockState
from app.deadlines.queries import ClockView, clocks_of
from app.people.models import Carer, Child
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import UnitFactory, UserFactory
from tests.sql import counted

PROPOSE, DECIDE = "care.propose_separation", "care.decide_separation"
ADDRESS = "Số 9 ngõ Bí Mật"
PLAN = frozenset({Section.PLAN})
AGREED = {"decision": "approved", "number": "12/QĐ-UBND"}
ORDER = {
    "is_longer_ordered": "y",
    "ordered_by": "Tòa án khu vực",
    "order_document": "05/QĐ-TA ngày 20/11/2026",
}


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def draft(story: Story, **changes: Any) -> dict[str, Any]:
    """What the worker types: ten days with the grandmother."""
    return {
        "reason": "harmed",
        "others": "Bố dượng của cháu",
        "grounds": "Cháu bị đánh nhiều lần",
        "place_kind": "relatives",
        "place_name": "Nhà bà ngoại",
        "address": ADDRESS,
        "carer_meanwhile": "Bà Vũ Thị Lụa",
        "started_at": story.at(1)["parts"],
        "ends_at": story.at(1 + 24 * 10)["parts"],
        **changes,
    }


def propose(browser: Browser, story: Story, expect: int = 303, **changes: Any) -> BeautifulSoup:
    sent = draft(story, **changes)
    return browser.sign_in(story.worker).submit(PROPOSE, sent, case_id=story.case.id, expect=expect)


def only(session: Session) -> Separation:
    return session.scalars(select(Separation)).unique().one()


def where(story: Story, separation: Separation) -> dict[str, Any]:
    return {"case_id": story.case.id, "separation_id": separation.id}


def decided(browser: Browser, session: Session, story: Story, **changes: Any) -> Separation:
    propose(browser, story, **changes)
    place = where(story, only(session))
    browser.sign_in(story.chair).submit(DECIDE, AGREED, **place)
    return only(session)


def clock_named(session: Session, story: Story, key: str) -> ClockView:
    return next(view for view in clocks_of(session, story.case.id) if view.rule_key == key)


def kinds(session: Session) -> list[EventKind]:
    return list(session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)))


def moment(story: Story, hours: float) -> datetime:
    return story.received_at + timedelta(hours=hours)


def test_the_worker_asks_and_the_chair_decides(
    browser: Browser, session: Session, story: Story
) -> None:
    propose(browser, story)
    assert only(session).state is SeparationState.PROPOSED
    assert clock_named(session, story, "T_EMERG").met_at is None
    home = browser.sign_in(story.chair).get("home.index")
    assert "Tạm thời cách ly" in home.text and story.worker.name in home.text
    place = where(story, only(session))
    page = browser.get(DECIDE, **place)
    assert "Cháu bị đánh nhiều lần" in page.text and "Bố dượng của cháu" in page.text
    browser.submit_page(page, AGREED)
    row = only(session)
    assert (row.state, row.number) == (SeparationState.DECIDED, "12/QĐ-UBND")
    emergency = clock_named(session, story, "T_EMERG")
    assert (emergency.met_at, emergency.state(clock.now())) == (moment(story, 1), ClockState.MET)
    longest = clock_named(session, story, "T_SEP_MAX")
    assert longest.due_at == moment(story, 1) + timedelta(days=15)
    assert kinds(session) == [EventKind.SEPARATION_ASKED, EventKind.SEPARATION_STARTED]
    facts = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert facts is not None and facts.happened_at == moment(story, 1)
    assert facts.facts["place"] == "relatives" and facts.section is Section.PLAN
    steps = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "care.separation_changed")
    ).all()
    assert len(steps) == 2


def test_nobody_decides_what_they_drafted(browser: Browser, session: Session, story: Story) -> None:
    propose(browser, story)
    row = only(session)
    row.drafted_by = story.chair.id  # a worker who became the Chair
    session.commit()
    place = where(story, row)
    page = browser.sign_in(story.chair).get(DECIDE, **place)
    assert "không được tự quyết định" in page.text and page.select_one("#care-form") is None
    path = f"/cases/{story.case.id}/care/separations/{row.id}/decide"
    token = page.select_one("input[name=csrf_token]")
    assert token is not None
    times = {"started_at": story.at(1)["parts"], "ends_at": story.at(50)["parts"]}
    seen = {"version": session.get_one(Case, story.case.id).version}
    sent = {**AGREED, **times, **seen, "csrf_token": token["value"]}
    sent["idempotency_key"] = "9b2ad5d0-5c5e-4b5a-9d52-0c6e1f0a1d11"
    browser.post(path, {**sent, "seen_at": clock.now().isoformat()}, expect=403)
    assert only(session).state is SeparationState.PROPOSED


def test_the_chair_alone_in_an_emergency_is_marked_as_such(
    browser: Browser, session: Session, story: Story
) -> None:
    sent = {**draft(story), "number": "13/QĐ-UBND"}
    browser.sign_in(story.chair).submit("care.decide_at_once", sent, case_id=story.case.id)
    row = only(session)
    assert row.state is SeparationState.DECIDED and row.is_chair_alone
    assert row.drafted_by == row.decided_by == story.chair.id
    assert clock_named(session, story, "T_EMERG").met_at == moment(story, 1)
    page = browser.get("cases.show", case_id=story.case.id)
    assert "Chủ tịch tự lập và quyết định" in page.text


def test_a_refusal_says_why_and_leaves_the_way_open(
    browser: Browser, session: Session, story: Story
) -> None:
    propose(browser, story)
    place = where(story, only(session))
    browser.sign_in(story.chair)
    browser.submit(DECIDE, {"decision": "refused", "note": ""}, expect=422, **place)
    browser.submit(DECIDE, {"decision": "refused", "note": "Chưa đủ căn cứ"}, **place)
    row = only(session)
    assert (row.state, row.answer) == (SeparationState.REFUSED, "Chưa đủ căn cứ")
    assert clock_named(session, story, "T_EMERG").met_at is None
    propose(browser, story)
    assert session.scalar(select(func.count()).select_from(Separation)) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": 0.5}, "ends_at"),
        ({"end": 1 + 24 * 15.1}, "ends_at"),
        ({"start": 30}, "started_at"),
        ({"start": -24}, "started_at"),
        ({"others": ""}, "carers"),
        ({"reason": None}, "reason"),
        ({"reason": "forged"}, "reason"),
        ({"place_name": ""}, "place_name"),
        ({"address": "", "phone": "0912345678"}, "phone"),
        ({"is_longer_ordered": "y"}, "ordered_by"),
        ({"carers": ["5f3fbb7e-7f0b-4a35-8a53-9a40b3d9d0a1"]}, "carers"),
    ],
)
def test_a_refused_draft_keeps_what_was_typed(
    browser: Browser, session: Session, story: Story, changes: dict[str, Any], field: str
) -> None:
    changes = dict(changes)
    for key, name in (("start", "started_at"), ("end", "ends_at")):
        if key in changes:
            changes[name] = story.at(changes.pop(key))["parts"]
    page = propose(browser, story, expect=422, **changes)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    typed = page.select_one("textarea[name=grounds]")
    assert typed is not None and "Cháu bị đánh nhiều lần" in typed.text
    assert session.scalar(select(func.count()).select_from(Separation)) == 0
    assert session.scalar(select(func.count()).select_from(ShelterAddress)) == 0


def test_an_authority_may_require_longer_and_the_clock_follows(
    browser: Browser, session: Session, story: Story
) -> None:
    long = story.at(1 + 24 * 30)["parts"]
    row = decided(browser, session, story, ends_at=long, **ORDER)
    assert row.is_longer_ordered and row.ordered_by == "Tòa án khu vực"
    assert clock_named(session, story, "T_SEP_MAX").effective_due_at == row.ends_at


def test_fifteen_days_to_the_minute_are_allowed(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story, ends_at=story.at(1 + 24 * 15)["parts"])
    assert row.ends_at - row.started_at == timedelta(days=15)


def test_two_at_once_are_refused(browser: Browser, session: Session, story: Story) -> None:
    propose(browser, story)
    assert "đang chờ Chủ tịch" in propose(browser, story, expect=409).text
    place = where(story, only(session))
    browser.sign_in(story.chair).submit(DECIDE, AGREED, **place)
    assert "đang có một lần tạm thời cách ly" in propose(browser, story, expect=409).text


def test_the_second_to_decide_is_told_who_was_faster(
    browser: Browser, session: Session, story: Story
) -> None:
    propose(browser, story)
    place = where(story, only(session))
    other = UserFactory(unit=story.unit, role=Role.COMMUNE_CHAIR)
    stale = browser.sign_in(other).get(DECIDE, **place)
    of_other = browser.client
    browser.sign_in(story.chair).submit(DECIDE, AGREED, **place)
    browser.client = of_other
    page = browser.submit_page(stale, {"decision": "refused", "note": "Chưa"}, expect=409)
    assert story.chair.name in page.text
    assert only(session).state is SeparationState.DECIDED


def test_a_case_that_changed_meanwhile_is_shown_before_it_is_decided(
    browser: Browser, session: Session, story: Story
) -> None:
    propose(browser, story)
    place = where(story, only(session))
    stale = browser.sign_in(story.chair).get(DECIDE, **place)
    of_chair = browser.client
    browser.sign_in(story.worker).submit(
        "measures.new",
        {"kind": "medical_care", "performed_by": "Trạm Y tế"},
        case_id=story.case.id,
    )
    browser.client = of_chair
    page = browser.submit_page(stale, {**AGREED, "note": "Ý kiến đã gõ"}, expect=409)
    assert page.select_one(".conflict") is not None and "Ý kiến đã gõ" in page.text
    browser.submit_page(page, {})
    assert only(session).state is SeparationState.DECIDED


def test_a_double_click_proposes_once(browser: Browser, session: Session, story: Story) -> None:
    page = browser.sign_in(story.worker).get(PROPOSE, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, draft(story))
    assert session.scalar(select(func.count()).select_from(Separation)) == 1


def test_a_decision_is_never_dated_after_its_end_nor_before_the_report(
    browser: Browser, session: Session
) -> None:
    story = make_story(session, hours_ago=24 * 5)
    propose(browser, story, ends_at=story.at(30)["parts"])
    place = where(story, only(session))
    browser.sign_in(story.chair)
    for day in (moment(story, 24 * 4), moment(story, -48), clock.now() + timedelta(days=1)):
        sent = {**AGREED, "decision_on": clock.local(day).strftime("%d/%m/%Y")}
        page = browser.submit(DECIDE, sent, expect=422, **place)
        assert page.select_one('.error-summary a[href="#decision_on"]') is not None
    assert only(session).state is SeparationState.PROPOSED


def extend(
    browser: Browser, story: Story, row: Separation, days: float, expect: int = 303, **more: Any
) -> BeautifulSoup:
    sent = {
        "ends_at": story.at(1 + 24 * days)["parts"],
        "reason": "Chưa đánh giá xong gia đình",
        "number": "20/QĐ-UBND",
        **more,
    }
    browser.sign_in(story.chair)
    return browser.submit("care.extend_separation", sent, expect=expect, **where(story, row))


def test_extensions_stay_within_fifteen_days_in_all(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    before = clock_named(session, story, "T_SEP_MAX").effective_due_at
    extend(browser, story, row, 15)
    row = only(session)
    assert row.ends_at - row.started_at == timedelta(days=15)
    assert row.first_ends_at - row.started_at == timedelta(days=10)
    page = extend(browser, story, row, 15.1, expect=422)
    assert "tối đa 15 ngày kể cả gia hạn" in page.text
    extend(browser, story, row, 12, expect=422)  # earlier than its end
    assert session.scalar(select(func.count()).select_from(SeparationExtension)) == 1
    assert clock_named(session, story, "T_SEP_MAX").effective_due_at == before
    extend(browser, story, row, 20, **ORDER)
    assert clock_named(session, story, "T_SEP_MAX").effective_due_at == moment(story, 1 + 24 * 20)
    assert kinds(session)[-2:] == [EventKind.SEPARATION_EXTENDED] * 2


def test_the_chair_cancels_when_the_family_is_safe(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    sent = {"note": "Mẹ đã bảo đảm an toàn"}
    browser.submit("care.cancel_separation", {"note": ""}, expect=422, **where(story, row))
    browser.submit("care.cancel_separation", sent, **where(story, row))
    row = only(session)
    assert (row.state, row.end_reason) == (SeparationState.CANCELLED, "parents_safe")
    longest = clock_named(session, story, "T_SEP_MAX")
    assert longest.state(clock.now()) is ClockState.MET


def test_ending_an_ended_one_tells_who_was_faster(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    stale = browser.sign_in(story.worker).get("care.end_separation", **where(story, row))
    of_worker = browser.client
    browser.sign_in(story.chair).submit(
        "care.cancel_separation", {"note": "An toàn"}, **where(story, row)
    )
    browser.client = of_worker
    sent = {"reason": "returned", "note": "Về với mẹ"}
    page = browser.submit_page(stale, sent, expect=409)
    assert story.chair.name in page.text
    assert kinds(session).count(EventKind.SEPARATION_ENDED) == 1
    page = browser.get("care.end_separation", **where(story, row))
    assert page.select_one("#care-form") is None


def test_an_end_before_the_start_is_refused(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    sent = {"reason": "returned", "note": "Về nhà", "ended_at": story.at(0.5)["parts"]}
    browser.sign_in(story.worker)
    page = browser.submit("care.end_separation", sent, expect=422, **where(story, row))
    assert page.select_one('.error-summary a[href="#ended_at"]') is not None


def test_another_separation_after_the_first_has_a_clock_of_its_own(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    browser.submit("care.cancel_separation", {"note": "An toàn"}, **where(story, row))
    propose(browser, story)
    second = (
        session.scalars(select(Separation).where(Separation.state == SeparationState.PROPOSED))
        .unique()
        .one()
    )
    browser.sign_in(story.chair).submit(DECIDE, AGREED, **where(story, second))
    clocks = [v for v in clocks_of(session, story.case.id) if v.rule_key == "T_SEP_MAX"]
    assert [view.is_running for view in clocks].count(True) == 1 and len(clocks) == 2


@pytest.mark.parametrize(
    ("days", "number", "words"),
    [
        (0.1, 1, ""),
        (10.9, 11, ""),
        (11.1, 12, "chuẩn bị kết thúc"),
        (13.1, 14, "Sắp hết thời hạn"),
        (15.1, 16, "Đã quá thời hạn"),
    ],
)
def test_the_days_are_counted_and_the_alarm_is_loud_on_day_12_and_14(
    browser: Browser, session: Session, story: Story, days: float, number: int, words: str
) -> None:
    decided(browser, session, story, ends_at=story.at(1 + 24 * 15)["parts"])
    (view,) = separations_of(session, story.case.id, sections=PLAN)
    at = view.started_at + timedelta(days=days)
    assert day_number(view, at) == number
    assert words in alarm(view, at) and bool(words) == bool(alarm(view, at))


def test_what_ends_soon_stands_on_the_chairs_home_until_it_has_ended(
    browser: Browser, session: Session
) -> None:
    story = make_story(session, hours_ago=50)
    row = decided(browser, session, story, ends_at=story.at(24 * 3)["parts"])
    assert story.case.number in browser.get("home.index").text
    row.ends_at = clock.now() - timedelta(hours=3)
    session.commit()
    page = browser.get("home.index")
    assert page.select_one("#ending-title ~ ul") is not None and "quá hạn" in page.text
    browser.submit("care.cancel_separation", {"note": "An toàn"}, **where(story, row))
    assert browser.get("home.index").select_one("#ending-title ~ ul") is None


# --- the compartment


def test_the_address_is_opened_with_a_reason_and_never_unseen(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    key = session.scalars(select(ShelterAddress)).unique().one()
    assert key.key_id != row.key_id
    page = browser.get("care.shelter", **where(story, row))
    assert ADDRESS not in page.text
    assert ADDRESS not in browser.submit_page(page, {"reason": "ngắn"}, expect=422).text
    page = browser.submit_page(page, {"reason": "Đưa cháu đi khám chiều nay"}, expect=200)
    assert ADDRESS in page.text
    assert kinds(session)[-1] is EventKind.SHELTER_READ
    assert "care.shelter_read" in session.scalars(select(AuditEvent.action)).all()
    for endpoint in ("care.index", "cases.show", "cases.timeline"):
        assert ADDRESS not in browser.get(endpoint, case_id=story.case.id).text


def test_the_address_can_be_put_later_and_is_not_shown_by_its_form(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story, address="")
    assert session.scalar(select(func.count()).select_from(ShelterAddress)) == 0
    browser.sign_in(story.worker)
    for address in ("Nơi thứ nhất", ADDRESS):
        browser.submit("care.put_address", {"address": address}, **where(story, row))
    assert ADDRESS not in browser.get("care.put_address", **where(story, row)).text
    kept = session.scalars(select(ShelterAddress)).unique().one()
    assert kept.address == ADDRESS


def test_a_supervisor_sees_the_separation_but_has_no_way_to_the_address(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    page = browser.sign_in(story.supervisor).get("care.index", case_id=story.case.id)
    assert "Nhà bà ngoại" in page.text and "shelter" not in str(page.select("main a"))
    browser.get("care.shelter", expect=403, **where(story, row))


def test_a_separation_of_another_case_is_not_found(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    other = make_story(session)
    browser.sign_in(other.chair)
    mixed = {"case_id": other.case.id, "separation_id": row.id}
    for endpoint in (DECIDE, "care.shelter", "care.form07", "care.extend_separation"):
        browser.get(endpoint, expect=404, **mixed)


def test_people_to_choose_come_without_phone_or_address(
    browser: Browser, session: Session, story: Story
) -> None:
    child = session.get_one(Child, story.case.child_id)
    carer = session.scalars(select(Carer).where(Carer.child_id == child.id)).unique().one()
    carer.phone, carer.address, carer.is_suspected = "+84912009431", "Xóm Kín", True
    story.case.do_not_contact = True
    session.commit()
    page = browser.sign_in(story.worker).get(PROPOSE, case_id=story.case.id)
    assert "Lê Thị Hòa" in page.text and page.select_one(".stop") is not None
    assert "Xóm Kín" not in page.text and "912" not in page.select_one("#care-form").text  # type: ignore[union-attr]
    propose(browser, story, carers=[str(carer.id)], others="")
    row = only(session)
    assert row.from_whom == "Lê Thị Hòa (mẹ)" and row.carer_ids == [str(carer.id)]


def test_a_shelter_of_ours_is_chosen_by_its_name(
    browser: Browser, session: Session, story: Story
) -> None:
    shelter = UnitFactory(
        kind=UnitKind.SHELTER, name="Trung tâm Công tác xã hội", commune_code=None
    )
    propose(browser, story, place_kind="shelter", place_unit=str(shelter.id), place_name="")
    assert only(session).place_unit_id == shelter.id


# --- Mẫu số 07


def pdf_text(browser: Browser, story: Story, row: Separation) -> str:
    path = f"/cases/{story.case.id}/care/separations/{row.id}/form07.pdf"
    answer = browser.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    pages = PdfReader(BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_form_07_is_the_decision_of_the_chair(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    text = pdf_text(browser, story, row)
    for said in (
        *(
            "thi hành Quyết định này./.",
            "Mẫu số 07",
            "Số: 12/QĐ-UBND",
            "QUYẾT ĐỊNH",
            "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ THỬ",
        ),
        *("Luật Trẻ em số 102/2016/QH13", "Điều 1.", "Điều 2.", "Điều 3.", "Nơi nhận"),
        *("Nguyễn Minh Anh", "05/03/2017", "Bố dượng của cháu", "Nhà bà ngoại", "Bà Vũ Thị Lụa"),
        story.chair.name,
    ):
        assert said in text, said
    assert ADDRESS not in text and "DỰ THẢO" not in text
    printed = select(AuditEvent.body).where(AuditEvent.action == "case.document_printed")
    assert "form07" in str(session.scalars(printed).one())


def test_a_proposal_prints_as_a_draft_without_number_or_signature(
    browser: Browser, session: Session, story: Story
) -> None:
    propose(browser, story, place_kind="shelter", place_name="Mái ấm Hoa Sen")
    text = pdf_text(browser, story, only(session))
    assert "DỰ THẢO" in text and "……/QĐ-UBND" in text and story.chair.name not in text
    assert "địa chỉ được giữ riêng" in text and "Hoa Sen" not in text


# --- closing, statements, services


def test_what_runs_stands_in_the_way_of_closing(
    browser: Browser, session: Session, story: Story
) -> None:
    def found() -> list[str]:
        case = session.get_one(Case, story.case.id)
        return [str(one.text) for one in obstacles(session, case) if one.endpoint == "care.index"]

    assert found() == []
    row = decided(browser, session, story)
    assert found() == ["Tạm thời cách ly trẻ em chưa kết thúc."]
    browser.submit("care.cancel_separation", {"note": "An toàn"}, **where(story, row))
    assert found() == []
    browser.submit(
        "measures.new",
        {
            "kind": "police_protection",
            "performed_by": "Công an xã",
            "ends_at": story.at(100)["parts"],
        },
        case_id=story.case.id,
    )
    assert found() == ["Biện pháp bảo đảm an toàn chưa hết thời hạn."]
    session.scalars(select(SafetyMeasure)).unique().one().ends_at = moment(story, -30)
    session.commit()
    assert found() == []


def test_the_page_is_few_statements(browser: Browser, session: Session, story: Story) -> None:
    decided(browser, session, story)
    with counted(browser.engine) as seen:
        browser.get("care.index", case_id=story.case.id)
    assert len(seen) <= 11, "\n".join(seen)


def test_a_closed_section_is_not_read(browser: Browser, session: Session, story: Story) -> None:
    decided(browser, session, story)
    case_id = story.case.id
    with counted(browser.engine) as seen:
        assert separations_of(session, case_id, sections=frozenset({Section.EVENT})) == []
    assert seen == []


def test_a_service_refuses_a_second_answer_by_itself(
    browser: Browser, session: Session, story: Story
) -> None:
    row = decided(browser, session, story)
    case = session.get_one(Case, story.case.id)
    now = clock.now()
    with pytest.raises(ProposalAnswered) as refused:
        decide_separation(
            session,
            actor=actor_of(story.chair),
            case=case,
            separation=row,
            decision=Decision("14/QĐ-UBND", clock.today()),
            term=Term(row.started_at, row.ends_at),
            seen=Seen(case.version, now),
            now=now,
        )
    assert story.chair.name in str(refused.value.message)


def test_nothing_is_asked_for_in_an_ended_case(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.is_ended = True
    session.commit()
    browser.sign_in(story.worker).get(PROPOSE, case_id=story.case.id, expect=409)
    page = browser.get("care.index", case_id=story.case.id)
    assert page.select_one('a[href$="/separations/new"]') is None


def test_no_request_moves_the_clock_of_fifteen_days(
    browser: Browser, session: Session, story: Story
) -> None:
    decided(browser, session, story)
    view = clock_named(session, story, "T_SEP_MAX")
    assert not view.can_be_extended(clock.now())
