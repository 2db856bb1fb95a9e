"""The second signature under a lowered level: another person, once."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.cases.enums import EventKind, OverrideState, RiskLevel
from app.cases.models import Case, CaseEvent, InitialAssessment
from app.cases.models.assessments import OwnOverride
from app.cases.queries.assessment import pending_overrides
from app.cases.services.assessment import decide_override
from app.core import clock
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.cases.test_assessment import GRAVE, assess
from tests.factories import UserFactory

DECIDE = "assessment.decide_override"
LOWER = {**GRAVE, "wanted_level": "MEDIUM", "override_reason": "Cháu đã ở nơi khác"}


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def asked(browser: Browser, session: Session, story: Story) -> InitialAssessment:
    assess(browser, story, LOWER)
    return session.scalars(select(InitialAssessment)).one()


def place(story: Story, asked: InitialAssessment) -> dict[str, Any]:
    return {"case_id": story.case.id, "assessment_id": asked.id}


def test_an_approved_lowering_counts_from_then_on(
    browser: Browser, session: Session, story: Story, asked: InitialAssessment
) -> None:
    page = browser.sign_in(story.chair).get(DECIDE, **place(story, asked))
    assert "Cháu đã ở nơi khác" in page.text
    browser.submit_page(page, {"decision": "approved"})
    assert (asked.override_state, asked.second_by_id) == (OverrideState.APPROVED, story.chair.id)
    assert (asked.final_level, story.case.risk_level) == (RiskLevel.MEDIUM, RiskLevel.MEDIUM)
    assert not story.case.is_emergency and not asked.is_emergency
    last = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert last is not None and last.kind is EventKind.OVERRIDE_DECIDED
    assert last.facts["decision"] == "approved" and last.facts["level"] == "MEDIUM"
    actions = session.scalars(select(AuditEvent.action)).all()
    assert "case.risk_override_decided" in actions


def test_a_lowering_that_waits_is_said_in_the_head_and_beside_the_next_step(
    browser: Browser, session: Session, story: Story, asked: InitialAssessment
) -> None:
    page = browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    assert "Chờ chữ ký thứ hai (từ nguy cơ cao xuống" in page.select_one(".head-state").text  # type: ignore[union-attr]
    assert "đang chờ chữ ký thứ hai" in page.select_one(".card.next").text  # type: ignore[union-attr]
    browser.sign_in(story.chair).submit(DECIDE, {"decision": "approved"}, **place(story, asked))
    page = browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    head = page.select_one(".head-state").text  # type: ignore[union-attr]
    assert "đã hạ mức, có chữ ký thứ hai" in head and "Chờ chữ ký" not in head
    assert "chữ ký thứ hai" not in page.select_one(".card.next").text  # type: ignore[union-attr]


def test_a_refused_lowering_keeps_the_computed_level(
    browser: Browser, story: Story, asked: InitialAssessment
) -> None:
    browser.sign_in(story.supervisor)
    page = browser.submit(DECIDE, {"decision": "refused"}, expect=422, **place(story, asked))
    assert "Ghi lý do không đồng ý." in page.text
    browser.submit(DECIDE, {"decision": "refused", "note": "Chưa đủ"}, **place(story, asked))
    assert asked.override_state is OverrideState.REFUSED
    assert story.case.risk_level is RiskLevel.HIGH and story.case.is_emergency


def test_what_is_asked_and_why_stands_first(
    browser: Browser, story: Story, asked: InitialAssessment
) -> None:
    def rows() -> list[str]:
        page = browser.sign_in(story.chair).get(DECIDE, **place(story, asked))
        return [
            one.text for one in page.select("[aria-labelledby=asked-title] dl:first-of-type dt")
        ]

    assert rows()[:3] == ["Xin hạ xuống", "Lý do", "Mức đang giữ"]
    browser.submit(DECIDE, {"decision": "approved"}, **place(story, asked))
    assert "Mức đang giữ" not in rows()  # and not that nobody wrote it down


def test_the_second_signer_is_told_who_was_faster(
    browser: Browser, story: Story, asked: InitialAssessment
) -> None:
    stale = browser.sign_in(story.supervisor).get(DECIDE, **place(story, asked))
    late = browser.client
    browser.sign_in(story.chair).submit(DECIDE, {"decision": "approved"}, **place(story, asked))
    browser.client = late
    page = browser.submit_page(stale, {"decision": "refused", "note": "Mẹ còn ở đó"}, expect=409)
    assert page.h1 is not None and story.chair.name in page.h1.text
    assert page.select_one(".bar nav") is not None  # a page of the house, not a bare one
    assert "Mẹ còn ở đó" in page.select_one("main").text  # type: ignore[union-attr]
    back = page.select_one("main a.btn")
    assert back is not None and back["href"] == f"/cases/{story.case.id}"
    case = browser.open(str(back["href"])).text
    assert "Đồng ý." in case and "Tính được nguy cơ cao; đã hạ mức, có chữ ký thứ hai." in case
    assert asked.override_state is OverrideState.APPROVED
    page = browser.get(DECIDE, **place(story, asked))
    assert story.chair.name in page.text and page.select_one("form#override-form") is None


def test_a_double_click_signs_once(
    browser: Browser, session: Session, story: Story, asked: InitialAssessment
) -> None:
    page = browser.sign_in(story.chair).get(DECIDE, **place(story, asked))
    for _ in range(2):
        browser.submit_page(page, {"decision": "approved"})
    decided = select(CaseEvent).where(CaseEvent.kind == EventKind.OVERRIDE_DECIDED)
    assert len(session.scalars(decided).all()) == 1


def test_nobody_signs_under_their_own_assessment(
    session: Session, story: Story, asked: InitialAssessment
) -> None:
    case = session.get_one(Case, story.case.id)
    with pytest.raises(OwnOverride):
        decide_override(
            session,
            actor=actor_of(story.worker),
            case=case,
            assessment=asked,
            approved=True,
            note=None,
            now=clock.now(),
        )


def test_a_newer_assessment_takes_the_place_of_the_request(
    browser: Browser, session: Session, story: Story, asked: InitialAssessment
) -> None:
    assess(browser, story, GRAVE)
    browser.sign_in(story.chair)
    page = browser.submit(DECIDE, {"decision": "approved"}, expect=409, **place(story, asked))
    assert "đánh giá mới hơn" in page.text
    assert story.case.risk_level is RiskLevel.HIGH
    assert list(pending_overrides(session, actor_of(story.chair))) == []


def test_who_sees_what_waits_for_a_signature(
    session: Session, story: Story, asked: InitialAssessment
) -> None:
    for user in (story.chair, story.supervisor):
        (row,) = pending_overrides(session, actor_of(user))
        assert (row.assessment_id, row.number) == (asked.id, story.case.number)
        assert (row.held_level, row.wanted_level) == (RiskLevel.HIGH, RiskLevel.MEDIUM)
    assert list(pending_overrides(session, actor_of(UserFactory()))) == []


def test_the_request_is_found_through_its_own_case_only(
    browser: Browser, session: Session, story: Story, asked: InitialAssessment
) -> None:
    other = make_story(session)
    browser.sign_in(story.supervisor)
    browser.get(DECIDE, case_id=other.case.id, assessment_id=asked.id, expect=404)
    browser.sign_in(story.worker).get(DECIDE, expect=403, **place(story, asked))
    browser.sign_in(other.chair).get(DECIDE, expect=404, **place(story, asked))
