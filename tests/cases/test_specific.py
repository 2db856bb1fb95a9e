"""Mẫu số 03 as a user: texts, ratings, needs, what counts, side by side, on paper."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, OverrideState, RiskLevel
from app.cases.models import (
    CaseEvent,
    InitialAssessment,
    SpecificAssessment,
    SpecificNeed,
    SpecificText,
)
from app.cases.policy import case_file
from app.cases.queries.assessment import pending_overrides
from app.cases.queries.specific import specific_of, specifics_of
from app.cases.services.specific import NeedData, SpecificData, assess_specifically, find
from app.core import clock
from app.core.errors import InvalidInput
from app.people.models import Child
from app.reference.library import form_definition
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.parts.specific import ANSWERS, DOMAINS, ITEMS
from tests.sql import counted

NEW, INDEX = "specific.new", "specific.index"
CALM = ANSWERS
GRAVE = {**CALM, **dict.fromkeys(ITEMS[:5], "HIGH"), **dict.fromkeys(ITEMS[5:], "LOW")}
MIXED = {**CALM, **dict.fromkeys(ITEMS[:5], "MEDIUM")}
INITIAL = {
    RiskLevel.LOW: {"H1": "LOW", "H2": "LOW", "P1": "HIGH", "P2": "HIGH"},
    RiskLevel.MEDIUM: {"H1": "MEDIUM", "H2": "LOW", "P1": "MEDIUM", "P2": "HIGH"},
    RiskLevel.HIGH: {"H1": "HIGH", "H2": "MEDIUM", "P1": "LOW", "P2": "LOW"},
}


@pytest.fixture
def story(session: Session) -> Story:
    """With an initial assessment of the lowest level."""
    story = make_story(session, hours_ago=60)
    initially(session, story, RiskLevel.LOW)
    return story


def initially(session: Session, story: Story, level: RiskLevel, **values: Any) -> InitialAssessment:
    at = story.received_at + timedelta(hours=1)
    made = InitialAssessment(
        key=session.get_one(Child, story.case.child_id).key,
        case_id=story.case.id,
        form_version=1,
        answers=INITIAL[level],
        counts={"harm": {}, "protect": {}},
        **{
            "computed_level": level,
            "wanted_level": level,
            "final_level": level,
            "is_emergency": False,
            "happened_at": at,
            "typed_at": at,
            "by_id": story.worker.id,
            **values,
        },
    )
    session.add(made)
    story.case.assess(level, is_emergency=False)
    session.commit()
    return made


def assess(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.worker).submit(NEW, data, case_id=story.case.id, **more)


def at(story: Story, hours: float) -> dict[str, Any]:
    return {"happened_at": story.at(hours)["parts"]}


def made(session: Session) -> SpecificAssessment:
    return session.scalars(select(SpecificAssessment)).one()


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SpecificAssessment)) or 0


def text_of(page: BeautifulSoup, selector: str) -> str:
    found = page.select_one(selector)
    assert found is not None, selector
    return " ".join(found.text.split())


# --- recording


def test_what_is_recorded(browser: Browser, session: Session, story: Story) -> None:
    said = {
        "physical_state": "Vết bầm ở tay trái",
        "family_context": "Bà ngoại nuôi",
        "need_safety": "HIGH",
        "problem_safety": "Chưa có chỗ ở an toàn",
        "need_education": "LOW",
        "comment": "Cần gặp cô giáo",
    }
    assess(browser, story, {**MIXED, **said, **at(story, 30)})
    assert browser.location == f"/cases/{story.case.id}/specific-assessments"
    row = made(session)
    assert row.answers == {code: MIXED[code] for code in ITEMS}
    assert row.counts == {
        "harm": {"HIGH": 0, "MEDIUM": 5, "LOW": 0},
        "protect": {"HIGH": 5, "MEDIUM": 0, "LOW": 0},
    }
    assert (row.computed_level, row.final_level, row.cycle) == ("MEDIUM", "MEDIUM", 1)
    assert row.comment == "Cần gặp cô giáo" and b"giao" not in (row.comment_sealed or b"")
    assert row.happened_at < row.typed_at
    texts = session.scalars(select(SpecificText).order_by(SpecificText.position)).all()
    assert [(t.field, t.text) for t in texts] == [
        ("physical_state", "Vết bầm ở tay trái"),
        ("family_context", "Bà ngoại nuôi"),
    ]
    needs = session.scalars(select(SpecificNeed).order_by(SpecificNeed.position)).all()
    assert [(n.domain, n.severity, n.problem, n.demands_goal) for n in needs] == [
        ("safety", RiskLevel.HIGH, "Chưa có chỗ ở an toàn", True),
        ("education", RiskLevel.LOW, None, False),
    ]


def test_the_case_its_timeline_and_the_log(
    browser: Browser, session: Session, story: Story
) -> None:
    goal = {"need_legal": "MEDIUM", "problem_legal": "Chưa có khai sinh"}
    assess(browser, story, {**GRAVE, **goal, **at(story, 30)})
    case = story.case
    assert (case.state, case.risk_level) == (CaseState.SPECIFIC_ASSESSED, RiskLevel.HIGH)
    event = session.scalars(select(CaseEvent)).one()
    assert (event.kind, event.section) == (EventKind.SPECIFIC_ASSESSMENT, Section.ASSESSMENT)
    assert event.facts["goals"] == ["legal"] and event.facts["level"] == "HIGH"
    logged = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.assessed")).one()
    assert json.loads(logged.body)["data"] == {"form": "form03", "version": 2, "level": "HIGH"}
    assert "Mức nguy cơ đã nâng lên" in browser.follow().text
    shown = browser.get("cases.show", case_id=case.id)
    assert "Cần mục tiêu trong kế hoạch: pháp lý" in text_of(shown, "#log")
    assert "Chưa có khai sinh" not in event.facts.values()


def test_the_officer_may_raise_the_level(browser: Browser, session: Session, story: Story) -> None:
    assess(browser, story, {**CALM, "wanted_level": "HIGH"})
    row = made(session)
    assert (row.computed_level, row.final_level) == ("LOW", "HIGH")
    assert story.case.risk_level is RiskLevel.HIGH


def test_the_officer_may_not_lower_it(browser: Browser, session: Session, story: Story) -> None:
    page = assess(browser, story, {**GRAVE, "wanted_level": "MEDIUM"}, expect=422)
    assert "chỉ được nâng mức" in text_of(page, ".error-summary")
    assess(browser, story, {**GRAVE, "wanted_level": "LOW"}, expect=422)
    assert count(session) == 0
    form = form_definition("form03")
    answers = {code: RiskLevel(GRAVE[code]) for code in ITEMS}
    lower = SpecificData(answers, clock.now(), {}, wanted_level=RiskLevel.LOW)
    with pytest.raises(InvalidInput):
        find(form, lower)


def test_a_lighter_finding_never_lowers_the_case(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(browser, story, {**GRAVE, **at(story, 20)})
    assess(browser, story, {**CALM, **at(story, 40)})
    assert story.case.risk_level is RiskLevel.HIGH
    page = browser.follow()
    assert "vẫn giữ mức cao hơn" in text_of(page, "#notices")
    kept = text_of(page, ".notice-warn:not(#notices *)")
    assert "nguy cơ thấp, nhưng hồ sơ vẫn giữ mức nguy cơ cao" in kept
    latest = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(1)).one()
    assert (latest.facts["level"], latest.facts["case_level"]) == ("LOW", "HIGH")


def test_a_grave_finding_typed_late_still_counts(browser: Browser, story: Story) -> None:
    assess(browser, story, {**MIXED, **at(story, 40)})
    assess(browser, story, {**GRAVE, **at(story, 20)})
    assert story.case.risk_level is RiskLevel.HIGH


def test_a_grave_finding_before_a_newer_initial_assessment_does_not(
    browser: Browser, session: Session, story: Story
) -> None:
    later = story.received_at + timedelta(hours=50)
    initially(session, story, RiskLevel.LOW, happened_at=later, typed_at=later)
    assess(browser, story, {**GRAVE, **at(story, 20)})
    assert story.case.risk_level is RiskLevel.LOW


# --- a lower level that waits for its second signature


def waiting(session: Session, story: Story, wanted: RiskLevel) -> InitialAssessment:
    return initially(
        session,
        story,
        RiskLevel.HIGH,
        wanted_level=wanted,
        override_reason="Đã ở nơi khác",
        override_state=OverrideState.PENDING,
        happened_at=story.received_at + timedelta(hours=2),
        typed_at=story.received_at + timedelta(hours=2),
    )


def test_a_graver_specific_finding_ends_the_wait_for_a_lower_level(
    browser: Browser, session: Session, story: Story
) -> None:
    row = waiting(session, story, RiskLevel.LOW)
    chair = story.chair
    assert len(pending_overrides(session, actor_of(chair))) == 1
    assess(browser, story, {**MIXED, **at(story, 30)})
    assert pending_overrides(session, actor_of(chair)) == []
    browser.sign_in(chair).submit(
        "assessment.decide_override",
        {"decision": "approved"},
        expect=409,
        case_id=story.case.id,
        assessment_id=row.id,
    )
    assert story.case.risk_level is RiskLevel.HIGH


def test_a_specific_finding_no_graver_lets_the_lower_level_be_signed(
    browser: Browser, session: Session, story: Story
) -> None:
    row = waiting(session, story, RiskLevel.MEDIUM)
    assess(browser, story, {**MIXED, **at(story, 30)})
    assert len(pending_overrides(session, actor_of(story.chair))) == 1
    browser.sign_in(story.chair).submit(
        "assessment.decide_override",
        {"decision": "approved"},
        case_id=story.case.id,
        assessment_id=row.id,
    )
    assert story.case.risk_level is RiskLevel.MEDIUM


# --- bad input


def test_nothing_is_saved_unrated_and_each_missing_answer_is_named(
    browser: Browser, session: Session, story: Story
) -> None:
    page = assess(browser, story, {"event_account": "Kể lại"}, expect=422)
    named = [str(a["href"])[1:] for a in page.select(".error-summary a")]
    assert named == [*ITEMS, *(f"need_{domain}" for domain in DOMAINS)]
    assert text_of(page, "#event_account") == "Kể lại"
    assert count(session) == 0


@pytest.mark.parametrize("severity", ["HIGH", "MEDIUM"])
def test_a_grave_need_wants_words(
    browser: Browser, session: Session, story: Story, severity: str
) -> None:
    page = assess(browser, story, {**CALM, "need_care": severity}, expect=422)
    assert text_of(page, "#problem_care-error") == "Mức Cao hoặc Trung bình: ghi vấn đề của trẻ em."
    assert count(session) == 0


def test_words_without_a_grade_are_not_dropped(
    browser: Browser, session: Session, story: Story
) -> None:
    page = assess(browser, story, {**CALM, "problem_care": "Thiếu ăn"}, expect=422)
    assert "chọn mức độ" in text_of(page, ".error-summary")
    assert text_of(page, "#problem_care") == "Thiếu ăn" and count(session) == 0


@pytest.mark.parametrize(
    ("hours", "message"), [(70, "chưa đến"), (-3, "trước khi nhận tin"), (None, "")]
)
def test_impossible_times(
    browser: Browser, session: Session, story: Story, hours: float | None, message: str
) -> None:
    when = {"happened_at": ["31/02/2026", "10:00"]} if hours is None else at(story, hours)
    page = assess(browser, story, {**CALM, **when, "comment": "Đã gõ"}, expect=422)
    assert message in text_of(page, ".error-summary")
    assert page.select_one(".error-summary a[href='#happened_at']")
    assert text_of(page, "#comment") == "Đã gõ" and count(session) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"H1": "VERY"},
        {"need_safety": "forged"},
        {"wanted_level": "NONE"},
        {"physical_state": "x" * 10_001},
        {"physical_state": "x" * 3_000_000},
        {"problem_safety": "a\0b"},
    ],
)
def test_bad_input_is_answered_calmly(
    browser: Browser, session: Session, story: Story, bad: dict[str, Any]
) -> None:
    assess(browser, story, {**CALM, **bad}, expect=422)
    assert count(session) == 0


def test_the_initial_assessment_comes_first(browser: Browser, session: Session) -> None:
    story = make_story(session)
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    assert page.select_one(f'.stop a[href="/cases/{story.case.id}/initial-assessment"]')
    page = browser.submit_page(page, CALM, expect=422)
    assert "Mẫu số 02) trước" in text_of(page, ".error-summary")
    assert (count(session), story.case.state) == (0, CaseState.RECEIVED)


def test_an_ended_case_takes_no_assessment(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.is_ended = True
    session.commit()
    browser.sign_in(story.worker).get(NEW, case_id=story.case.id, expect=409)


def test_a_double_click_makes_one(browser: Browser, session: Session, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    browser.submit_page(page, CALM)
    browser.submit_page(page, CALM)
    assert count(session) == 1


def test_the_second_of_two_people_sees_what_the_first_recorded(
    browser: Browser, session: Session, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit, name="Phạm Thị Mai")
    stale = browser.sign_in(colleague).get(NEW, case_id=story.case.id)
    assess(browser, story, GRAVE)
    token = browser.sign_in(colleague).get(NEW, case_id=story.case.id)
    csrf = token.select_one("#specific-form input[name=csrf_token]")
    assert csrf is not None
    mine = {**CALM, "family_context": "Nhà yên ổn", "csrf_token": csrf["value"]}
    page = browser.submit_page(stale, mine, expect=409)
    told = text_of(page, ".conflict")
    assert story.worker.name in told and "Nguy cơ cao" in told
    assert text_of(page, "#family_context") == "Nhà yên ổn" and count(session) == 1
    browser.submit_page(page, {})  # sending again is deliberate
    assert count(session) == 2 and story.case.risk_level is RiskLevel.HIGH


# --- while it is filled in


def test_the_result_is_shown_before_saving(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    assert "Còn 10 mục" in text_of(page, "#result")
    goal = {"need_family": "HIGH", "problem_family": "Bố nghiện rượu"}
    page = browser.submit_page(page, {**GRAVE, **goal, "preview": "1"}, expect=200)
    assert "Nguy cơ cao" in text_of(page, "#result") and count(session) == 0
    assert "mục tiêu cho: Hỗ trợ cha, mẹ, gia đình" in text_of(page, "#result")
    token = page.select_one("input[name=csrf_token]")
    assert token is not None
    path = f"/cases/{story.case.id}/specific-assessments/preview"
    sent = {**CALM, "wanted_level": "MEDIUM", "csrf_token": token["value"]}
    part = browser.post(path, sent, expect=200)
    assert "Nguy cơ trung bình" in part.text and part.select_one("main") is None
    story.case.set_risk(RiskLevel.HIGH)
    session.commit()
    part = browser.post(path, sent, expect=200)
    assert "vẫn giữ mức đó" in part.text


def test_the_last_texts_are_shown_and_used_again_only_on_request(
    browser: Browser, session: Session, story: Story
) -> None:
    first = {"physical_state": "Có vết bầm", "event_account": "Hai lần"}
    need = {"need_safety": "HIGH", "problem_safety": "Không có chỗ ở"}
    assess(browser, story, {**CALM, **first, **need})
    page = browser.get(NEW, case_id=story.case.id)
    assert text_of(page, "#physical_state") == ""
    assert "Có vết bầm" in page.text and "Không có chỗ ở" in page.text
    page = browser.submit_page(page, {"reuse": "physical_state"}, expect=200)
    assert text_of(page, "#physical_state") == "Có vết bầm"
    assert text_of(page, "#event_account") == ""
    typed = {"physical_state": "Hết bầm", "reuse": "all"}
    page = browser.submit_page(page, typed, expect=200)
    assert text_of(page, "#physical_state") == "Hết bầm", "what was typed is not overwritten"
    assert text_of(page, "#event_account") == "Hai lần"
    assert count(session) == 1


def test_the_draft_comes_back_and_goes_when_sent(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    form = page.select_one("form[data-draft-url]")
    assert form is not None
    typed = {**filled_in(form), "H3": "HIGH", "need_care": "LOW", "family_relations": "Đang gõ"}
    browser.post(str(form["data-draft-url"]), typed, expect=204)
    page = browser.get(NEW, case_id=story.case.id)
    assert text_of(page, "#family_relations") == "Đang gõ"
    assert page.select_one("input[name=need_care][value=LOW][checked]")
    browser.submit_page(page, CALM, form="#specific-form")
    page = browser.get(NEW, case_id=story.case.id)
    assert text_of(page, "#family_relations") == ""


# --- side by side


def test_assessments_are_compared_and_the_change_is_said(browser: Browser, story: Story) -> None:
    goal = {"need_health": "HIGH", "problem_health": "Gãy tay"}
    assess(browser, story, {**GRAVE, **goal, **at(story, 20)})
    easier = {**CALM, "P1": "LOW", "H5": "HIGH", "need_health": "LOW", "need_legal": "LOW"}
    assess(browser, story, {**easier, **at(story, 40)})
    page = browser.get(INDEX, case_id=story.case.id)
    items, needs, initial = page.select("table.compare")
    said = {cells[0]: cells[1:] for cells in map(_cells, items.select("tr")) if len(cells) == 3}
    labels = {item.code: str(item.label) for item in form_definition("form03").items}
    assert said[labels["H1"]] == ["Cao", "Thấp ↓ nhẹ hơn"]
    assert said[labels["H5"]] == ["Cao", "Cao = như cũ"]
    assert said[labels["P1"]] == ["Thấp", "Thấp = như cũ"]
    assert said[labels["P2"]] == ["Thấp", "Cao ↑ tốt hơn"]
    assert said["Mức nguy cơ"] == ["Cao", "Thấp ↓ nhẹ hơn"]
    of_needs = {cells[0]: cells[1:] for cells in map(_cells, needs.select("tbody tr"))}
    assert of_needs["Sức khỏe"] == ["Cao", "Thấp ↓ nhẹ hơn"]
    assert of_needs["Pháp lý"] == ["Không", "Thấp ↑ nặng hơn"]
    assert len(initial.select("thead th")) == 2
    assert len(page.select("details.record")) == 3
    rows = [_cells(row) for row in page.select(".risk-picture tbody tr")]
    assert [row[1:] for row in rows] == [
        ["Mẫu 02", "Thấp", "Thấp"],
        ["Mẫu 03", "Cao", "Cao"],
        ["Mẫu 03", "Thấp", "Cao"],
    ]
    assert len(page.select("svg.risk-svg circle")) == 3
    assert len(page.select("svg.risk-svg circle.kept")) == 1


def _cells(row: Any) -> list[str]:
    return [" ".join(cell.text.split()) for cell in row.select("th, td")]


def test_without_assessments_the_page_says_what_to_do(browser: Browser, session: Session) -> None:
    story = make_story(session)
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    assert page.select_one(f'.empty-state a[href="/cases/{story.case.id}/initial-assessment"]')
    page = browser.sign_in(story.chair).get(INDEX, case_id=story.case.id)
    assert page.select_one(".empty-state") and not page.select("main a.btn")


def test_closed_sections_are_locked_and_not_read(
    browser: Browser, session: Session, story: Story
) -> None:
    said = {"physical_state": "KÍN-SỨC-KHỎE", "event_account": "MỞ-VỤ-VIỆC"}
    assess(browser, story, {**CALM, **said})
    page = browser.sign_in(story.supervisor).get(INDEX, case_id=story.case.id)
    assert "KÍN-SỨC-KHỎE" not in page.text and "MỞ-VỤ-VIỆC" in page.text
    assert "Sức khỏe" in text_of(page, "details.record .locked-chips")
    view = specific_of(
        session, story.case.id, made(session).id, sections=frozenset({Section.ASSESSMENT})
    )
    assert view is not None and view.texts == {}
    assert specifics_of(session, story.case.id, sections=frozenset({Section.HEALTH})) == []


@pytest.mark.parametrize(
    ("role", "in_unit", "status"),
    [
        (Role.CP_WORKER, True, 200),
        (Role.CP_WORKER, False, 404),
        (Role.COMMUNE_CHAIR, True, 403),
        (Role.SUPERVISOR, False, 403),
        (Role.INTAKE, True, 403),
    ],
)
def test_who_may_assess(
    browser: Browser, story: Story, role: Role, in_unit: bool, status: int
) -> None:
    user = UserFactory(role=role, **({"unit": story.unit} if in_unit else {}))
    browser.sign_in(user).get(NEW, case_id=story.case.id, expect=status)


def test_pages_are_few_statements(browser: Browser, story: Story) -> None:
    assess(browser, story, {**GRAVE, "physical_state": "Một"})
    case_id = story.case.id
    with counted(browser.engine) as few:
        browser.get(INDEX, case_id=case_id)
    for _ in range(3):
        assess(browser, story, {**CALM, "physical_state": "Hai"})
    with counted(browser.engine) as many:
        browser.get(INDEX, case_id=case_id)
    assert len(many) == len(few) <= 11, "\n".join(many)
    with counted(browser.engine) as seen:
        browser.get(NEW, case_id=story.case.id)
    assert len(seen) <= 10, "\n".join(seen)


# --- on paper


def pdf_text(browser: Browser, story: Story, session: Session) -> str:
    path = f"/cases/{story.case.id}/specific-assessments/{made(session).id}/form03.pdf"
    response = browser.client.get(path)
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    name = f'attachment; filename="{story.case.number}-mau-03.pdf"'
    assert response.headers["Content-Disposition"] == name
    pages = PdfReader(BytesIO(response.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.wide
def test_form03_says_what_was_assessed(browser: Browser, session: Session, story: Story) -> None:
    said = {
        "physical_state": "Vết bầm <b>lớn</b>",
        "need_safety": "HIGH",
        "problem_safety": "Không có chỗ ở",
    }
    assess(browser, story, {**GRAVE, **said, "comment": "Làm ngay"})
    text = pdf_text(browser, story, session)
    for words in (
        "Mẫu số 03",
        "BÁO CÁO THU THẬP THÔNG TIN, ĐÁNH GIÁ NGUY CƠ CỤ THỂ",
        "Nguyễn Minh Anh",
        "Vết bầm <b>lớn</b>",
        "Không có chỗ ở",
        "8. Gia đình Không có vấn đề",
        "Tổng số 5 0 0",
        "Mức nguy cơ kết luận: Nguy cơ cao",
        "Làm ngay",
        story.worker.name,
    ):
        assert words in text, words
    logged = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "case.document_printed")
    ).one()
    assert json.loads(logged.body)["data"] == {"document": "form03"}


@pytest.mark.wide
def test_form03_says_that_a_section_is_closed(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(browser, story, {**CALM, "physical_state": "KÍN", "family_context": "MỞ"})
    text = pdf_text(browser.sign_in(story.supervisor), story, session)
    assert "KÍN" not in text and "MỞ" in text
    assert "Tình trạng thể chất: (không thuộc phạm vi xem)" in text


def test_form03_of_another_case_is_not_found(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(browser, story, CALM)
    other = make_story(session)
    path = f"/cases/{other.case.id}/specific-assessments/{made(session).id}/form03.pdf"
    assert browser.sign_in(other.worker).client.get(path).status_code == 404


def test_the_service_refuses_a_grave_need_without_words(session: Session, story: Story) -> None:
    answers = {code: RiskLevel(CALM[code]) for code in ITEMS}
    needs = [NeedData("safety", RiskLevel.HIGH)]
    case = session.scalars(case_file(actor_of(story.worker))).one()
    with pytest.raises(InvalidInput) as refused:
        assess_specifically(
            session,
            actor=actor_of(story.worker),
            case=case,
            form=form_definition("form03"),
            data=SpecificData(answers, clock.now(), {}, needs=needs),
            expected_version=case.version,
            seen_at=clock.now(),
            now=clock.now(),
        )
    assert refused.value.field == "problem_safety"
