"""Mẫu số 06 as a user: the two conditions of closing, what is open, cycles, risk, two at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.closing import OBSTACLES, Obstacle
from app.cases.enums import CaseState, EventKind, OverrideState, RiskLevel
from app.cases.models import Case, CaseEvent, Plan, PlanDecision, Review
from app.cases.models.plans import PlanOutcome, PlanState
from app.cases.models.reviews import ClosingState, Proposal
from app.cases.queries.reviews import reviews_of
from app.cases.reviewing import FORM, find
from app.cases.risk import review_points
from app.core import clock
from app.deadlines.queries import clocks_of
from app.deadlines.services import meet
from app.people.models import Child
from app.reference.library import form_definition
from tests.browser import Browser, filled_in
from tests.cases.files import assess
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.parts.reviews import GOOD, ITEMS, STABLE, STATES, make_review
from tests.sql import counted

NEW, INDEX = "reviews.new", "reviews.index"
CLOSE = {**GOOD, **STABLE, "proposal": "close", "conclusion": "Cháu an toàn, đi học đều"}
CONTINUE = {**CLOSE, "proposal": "continue"}
CYCLE = {**CLOSE, "H2": "MEDIUM", "proposal": "new_cycle"}
LEVELS = st.sampled_from(list(RiskLevel))


@pytest.fixture
def story(session: Session) -> Story:
    """Two hundred hours after the report; the plan is being carried out."""
    story = make_story(session, hours_ago=200)
    story.case.state, story.case.risk_level = CaseState.IN_PROGRESS, RiskLevel.MEDIUM
    answer(session, story)
    add_plan(session, story, 0.4)
    return story


def answer(session: Session, story: Story) -> None:
    """The first steps were done in time."""
    for rule in ("T_ROUTE", "T_EMERG", "T_PLAN", "T_APPROVE"):
        meet(
            session,
            subject_id=story.case.id,
            rule_key=rule,
            happened_at=story.received_at,
            now=clock.now(),
        )
    session.commit()


def review(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.worker).submit(NEW, data, case_id=story.case.id, **more)


def made(session: Session) -> Review:
    return session.scalars(select(Review)).one()


def kinds(session: Session, case: Case) -> list[EventKind]:
    of_case = select(CaseEvent.kind).where(CaseEvent.case_id == case.id)
    return list(session.scalars(of_case.order_by(CaseEvent.id)))


def add_plan(session: Session, story: Story, approved_hours: float) -> Plan:
    """An approved plan of the case's cycle."""
    key = session.get_one(Child, story.case.child_id).key
    moment = story.received_at + timedelta(hours=approved_hours)
    plan = Plan(
        key=key,
        case_id=story.case.id,
        cycle=story.case.cycle,
        form_version=1,
        state=PlanState.APPROVED,
        drafted_by=story.worker.id,
        drafted_at=moment,
        edited_by=story.worker.id,
        edited_at=moment,
    )
    session.add(plan)
    session.flush()
    session.add(
        PlanDecision(
            key=key,
            plan_id=plan.id,
            case_id=story.case.id,
            outcome=PlanOutcome.APPROVED,
            unit_id=story.chair.unit_id,
            number="01/QĐ-UBND",
            number_year=2026,
            number_order=1,
            digest=b"",
            plan_version=1,
            decided_by=story.chair.id,
            decided_at=moment,
            facts={},
        )
    )
    session.commit()
    return plan


@pytest.fixture
def something_open() -> Iterator[None]:
    def question(session: Session, case: Case) -> list[Obstacle]:
        return [Obstacle("Hoạt động chưa xong: thử", "cases.timeline")]

    OBSTACLES.append(question)
    yield
    OBSTACLES.remove(question)


# --- the form and its rule


@given(harm=st.lists(LEVELS, min_size=3, max_size=3), states=st.lists(st.booleans(), min_size=4))
def test_closing_is_allowed_exactly_without_risk_and_with_four_stable_factors(
    harm: list[RiskLevel], states: list[bool]
) -> None:
    form = form_definition(FORM)
    answers = {item.code: RiskLevel(GOOD[item.code]) for item in ITEMS}
    answers |= dict(zip(("H1", "H2", "H3"), harm, strict=True))
    said = {
        code: "stable" if ok else "not_stable" for code, ok in zip(STATES, states, strict=False)
    }
    allowed = all(level is RiskLevel.LOW for level in harm) and all(states[:4])
    assert find(form, answers, said).may_close is allowed


def test_the_form_has_the_items_of_the_decree() -> None:
    form = form_definition(FORM)
    assert [item.code for item in form.items_of("harm")] == ["H1", "H2", "H3"]
    assert {item.mark for item in form.items_of("harm")} == {"V"}
    assert [item.code for item in form.items_of("protection")] == [f"P{n}" for n in range(1, 6)]
    assert STATES == ["physical", "psychological", "cognitive", "emotional"]


# --- what a review does


def test_a_review_that_goes_on_is_kept_with_its_next_date(
    browser: Browser, session: Session, story: Story
) -> None:
    review(browser, story, {**CONTINUE, "physical": "Ăn ngủ tốt", "emotional": "Gần bà ngoại"})
    row = made(session)
    assert (row.computed_level, row.proposal, row.closing_state) == ("LOW", "continue", None)
    assert row.counts["protect"] == {"HIGH": 5, "MEDIUM": 0, "LOW": 0}
    assert (row.physical, row.emotional, row.cognitive) == ("Ăn ngủ tốt", "Gần bà ngoại", None)
    assert row.next_on and row.next_on > clock.today()
    assert (story.case.state, story.case.risk_level) == (CaseState.IN_PROGRESS, RiskLevel.MEDIUM)
    event = session.scalars(select(CaseEvent)).one()
    assert (event.kind, event.section) == (EventKind.REVIEWED, Section.ASSESSMENT)
    assert event.facts["level"] == "LOW" and event.facts["proposal"] == "continue"
    assert event.note == "Cháu an toàn, đi học đều"
    assert "case.review_recorded" in session.scalars(select(AuditEvent.action)).all()
    page = browser.follow()
    assert "Ăn ngủ tốt" in page.text and "Tiếp tục thực hiện kế hoạch" in page.text


def test_a_proposal_to_close_waits_for_the_chair(
    browser: Browser, session: Session, story: Story
) -> None:
    review(browser, story, CLOSE)
    assert made(session).closing_state is ClosingState.PENDING
    assert story.case.state is CaseState.REVIEW and not story.case.is_ended
    assert kinds(session, story.case) == [EventKind.REVIEWED, EventKind.CLOSING_ASKED]
    home = browser.sign_in(story.chair).get("home.index")
    decisions = home.select_one("#decisions")
    assert decisions is not None and story.case.number in decisions.text
    link = browser.get("cases.show", case_id=story.case.id).select_one(".next a.btn-primary")
    assert link is not None and str(link["href"]).endswith("/reviews/decide")


@pytest.mark.parametrize(
    "change", [{"H1": "HIGH"}, {"H3": "MEDIUM"}, {"cognitive_state": "not_stable"}]
)
def test_closing_is_not_proposed_against_the_law(
    browser: Browser, session: Session, story: Story, change: dict[str, str]
) -> None:
    page = review(browser, story, {**CLOSE, **change}, expect=422)
    assert page.select_one('.error-summary a[href="#proposal"]') is not None
    assert "Điều 30" in page.select_one(".error-summary").text  # type: ignore[union-attr]
    assert page.select_one("textarea[name=conclusion]").text.strip() == CLOSE["conclusion"]  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(Review)) == 0


@pytest.mark.usefixtures("something_open")
def test_closing_with_open_items_is_refused_and_says_which(
    browser: Browser, session: Session, story: Story
) -> None:
    page = review(browser, story, CLOSE, expect=422)
    assert "Hoạt động chưa xong: thử" in page.select_one(".error-summary").text  # type: ignore[union-attr]
    link = page.select_one("section[aria-labelledby=gate-title] a")
    assert link is not None and str(link["href"]).endswith("/timeline")
    assert session.scalar(select(func.count()).select_from(Review)) == 0
    review(browser, story, CONTINUE)


def test_an_unanswered_emergency_and_a_missing_signature_stand_in_the_way(
    browser: Browser, session: Session
) -> None:
    story = make_story(session, hours_ago=3)
    row = assess(session, story)
    row.override_state, row.wanted_level = OverrideState.PENDING, RiskLevel.LOW
    story.case.state = CaseState.IN_PROGRESS
    session.commit()
    page = review(browser, story, CLOSE, expect=422)
    assert "chữ ký thứ hai" in page.select_one(".error-summary").text  # type: ignore[union-attr]
    assert "biện pháp khẩn cấp" in page.select_one(".error-summary").text  # type: ignore[union-attr]


def test_an_assessment_after_the_review_that_found_risk_stands_in_the_way(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(session, story)
    session.commit()
    page = review(browser, story, {**CLOSE, "happened_at": story.at(0.5)["parts"]}, expect=422)
    assert "đánh giá mới hơn" in page.select_one(".error-summary").text  # type: ignore[union-attr]


def test_a_new_cycle_ends_the_plan_and_starts_its_clocks(
    browser: Browser, session: Session, story: Story
) -> None:
    plan = session.scalars(select(Plan)).unique().one()
    review(browser, story, {**CYCLE, "happened_at": story.at(150)["parts"]})
    case = story.case
    assert (case.cycle, case.state) == (2, CaseState.NEEDS_MEETING)
    assert session.get_one(Plan, plan.id).state is PlanState.ENDED
    new = [view for view in clocks_of(session, case.id) if view.is_running]
    assert {view.rule_key for view in new} == {"T_PLAN", "T_APPROVE"}
    assert {view.started_at for view in new} == {story.received_at + timedelta(hours=150)}
    assert kinds(session, case) == [EventKind.REVIEWED, EventKind.CYCLE_STARTED]
    assert "case.cycle_started" in session.scalars(select(AuditEvent.action)).all()
    browser.get(NEW, case_id=case.id, expect=409)  # the new plan has to be approved first


def test_a_higher_level_counts_at_once_a_lower_one_does_not(
    browser: Browser, session: Session, story: Story
) -> None:
    review(browser, story, CONTINUE)
    assert story.case.risk_level is RiskLevel.MEDIUM
    grave = dict.fromkeys(("H1", "H2", "H3"), "HIGH") | dict.fromkeys(GOOD.keys() - {"H1"}, "LOW")
    review(browser, story, {**CONTINUE, **grave, "H1": "HIGH", "H2": "HIGH"})
    assert (story.case.risk_level, story.case.risk_rank) == (RiskLevel.HIGH, 0)


def test_a_further_review_replaces_a_proposal_that_waits(
    browser: Browser, session: Session, story: Story
) -> None:
    review(browser, story, CLOSE)
    page = browser.get(NEW, case_id=story.case.id)
    assert "sẽ thay thế đề nghị đó" in page.text
    review(browser, story, {**CONTINUE, "H1": "MEDIUM"})
    states = session.scalars(select(Review.closing_state).order_by(Review.typed_at)).all()
    assert states == [ClosingState.REPLACED, None]
    assert story.case.state is CaseState.IN_PROGRESS
    browser.sign_in(story.chair).get("reviews.decide", case_id=story.case.id, expect=404)
    review(browser, story, CLOSE)
    assert story.case.state is CaseState.REVIEW


# --- dates, order, bad input


@pytest.mark.parametrize(
    ("hours", "message"), [(300, "chưa đến"), (0.2, "trước khi kế hoạch được phê duyệt")]
)
def test_impossible_moments(
    browser: Browser, session: Session, story: Story, hours: float, message: str
) -> None:
    data = {**CONTINUE, "happened_at": story.at(hours)["parts"]}
    page = review(browser, story, data, expect=422)
    assert message in page.select_one(".error-summary").text  # type: ignore[union-attr]
    review(browser, story, {**CONTINUE, "happened_at": story.at(120)["parts"]})
    page = review(browser, story, {**CONTINUE, "happened_at": story.at(110)["parts"]}, expect=422)
    assert "trước lần rà soát gần nhất" in page.text


@pytest.mark.parametrize("day", ["", "01/02/2020"])
def test_going_on_needs_a_later_date(browser: Browser, story: Story, day: str) -> None:
    page = review(browser, story, {**CONTINUE, "next_on": day}, expect=422)
    assert page.select_one('.error-summary a[href="#next_on"]') is not None


def test_what_is_missing_is_named_and_kept(
    browser: Browser, session: Session, story: Story
) -> None:
    data = {**CLOSE, "P3": None, "emotional_state": None, "conclusion": "", "physical": "Tốt"}
    page = review(browser, story, data, expect=422)
    links = [a["href"] for a in page.select(".error-summary a")]
    assert links == ["#P3", "#emotional_state", "#conclusion"]
    assert page.select_one("textarea[name=physical]").text.strip() == "Tốt"  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(Review)) == 0


@pytest.mark.parametrize("state", [CaseState.PLAN_SUBMITTED, CaseState.CLOSED])
def test_only_a_plan_that_runs_is_reviewed(
    browser: Browser, session: Session, story: Story, state: CaseState
) -> None:
    story.case.state, story.case.is_ended = state, state is CaseState.CLOSED
    session.commit()
    browser.sign_in(story.worker).get(NEW, case_id=story.case.id, expect=409)


def test_the_preview_says_what_the_law_allows(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    token = page.select_one("input[name=csrf_token]")
    path = browser._url("reviews.preview", {"case_id": story.case.id})
    assert token is not None
    sent = {"csrf_token": token["value"]}
    assert "Còn 11 mục" in browser.post(path, {**sent, "H1": "LOW"}, expect=200).text
    page = browser.post(path, {**sent, **GOOD, **STABLE}, expect=200)
    assert "Đủ hai điều kiện" in page.text
    page = browser.post(
        path, {**sent, **GOOD, **STABLE, "H2": "HIGH", "physical_state": "not_stable"}, expect=200
    )
    assert "Còn nguy cơ: Khả năng tiếp cận" in page.text
    assert "Chưa ổn định: Thể chất" in page.text


def test_without_script_the_result_is_shown_by_a_button(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    page = browser.submit_page(page, {**CLOSE, "preview": "1"}, expect=200)
    assert "Đủ hai điều kiện" in page.text
    assert page.select_one("textarea[name=conclusion]").text.strip() == CLOSE["conclusion"]  # type: ignore[union-attr]


def test_a_draft_is_found_again_and_dropped_when_sent(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    form = page.select_one("#review-form")
    assert form is not None
    path = str(form["data-draft-url"])
    browser.post(path, {**filled_in(form), "conclusion": "Đang viết dở"}, expect=204)
    page = browser.get(NEW, case_id=story.case.id)
    assert "Đang viết dở" in page.text
    browser.submit_page(page, CONTINUE, form="#review-form")
    assert "Đang viết dở" not in browser.get(NEW, case_id=story.case.id).text


def test_a_stale_page_is_told_and_keeps_what_was_typed(
    browser: Browser, session: Session, story: Story
) -> None:
    stale = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    browser.submit("assessment.new", {"H1": "LOW", "H2": "LOW", "P1": "HIGH", "P2": "LOW"},
                   case_id=story.case.id)  # fmt: skip
    page = browser.submit_page(stale, CLOSE, expect=409)
    assert "Đánh giá nguy cơ ban đầu" in page.select_one(".conflict").text  # type: ignore[union-attr]
    browser.submit_page(page, CLOSE, form="#review-form")
    assert made(session).proposal is Proposal.CLOSE


def test_a_double_click_records_one_review(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, CONTINUE)
    assert session.scalar(select(func.count()).select_from(Review)) == 1


# --- reading


def test_points_for_the_risk_over_time(browser: Browser, session: Session, story: Story) -> None:
    review(browser, story, {**CONTINUE, "happened_at": story.at(100)["parts"]})
    review(browser, story, {**CONTINUE, "H1": "HIGH", "happened_at": story.at(120)["parts"]})
    at = [story.received_at + timedelta(hours=h) for h in (100, 120)]
    points = sorted(review_points(session, story.case.id), key=lambda point: point.at)
    assert [(p.at, p.level, p.only_raises) for p in points] == [
        (at[0], RiskLevel.LOW, True),
        (at[1], RiskLevel.LOW, True),
    ]


def test_a_supervisor_reads_no_word_of_health(
    browser: Browser, session: Session, story: Story
) -> None:
    words = {"physical": "Còn đau tay", "psychological": "Hay mơ", "cognitive": "Học tốt"}
    review(browser, story, {**CONTINUE, **words})
    page = browser.sign_in(story.supervisor).get(INDEX, case_id=story.case.id)
    assert "Học tốt" in page.text and "Ổn định" in page.text
    assert "Còn đau tay" not in page.text and "Hay mơ" not in page.text
    assert page.select_one("a.btn-primary:not(template a)") is None
    with counted(browser.engine) as seen:
        (view,) = reviews_of(session, story.case.id, sections=frozenset({Section.ASSESSMENT}))
    assert "physical" not in view.words and "physical_sealed" not in seen[0]
    with counted(browser.engine) as seen:
        assert reviews_of(session, story.case.id, sections=frozenset({Section.PLAN})) == []
    assert seen == []


@pytest.mark.parametrize(
    ("role", "in_unit", "status"),
    [
        (Role.CP_WORKER, True, 200),
        (Role.CP_WORKER, False, 404),
        (Role.COMMUNE_CHAIR, True, 403),
        (Role.SUPERVISOR, False, 403),
    ],
)
def test_who_may_review(
    browser: Browser, story: Story, role: Role, in_unit: bool, status: int
) -> None:
    user = UserFactory(role=role, **({"unit": story.unit} if in_unit else {}))
    browser.sign_in(user).get(NEW, case_id=story.case.id, expect=status)


def test_the_pages_are_few_statements(browser: Browser, session: Session, story: Story) -> None:
    for _ in range(3):
        make_review(session, story.case, story.worker, closing_state=None)
    session.commit()
    case_id = story.case.id
    browser.sign_in(story.worker)
    for endpoint, most in ((INDEX, 10), (NEW, 11)):  # a question of each part
        with counted(browser.engine) as seen:
            browser.get(endpoint, case_id=case_id)
        assert len(seen) <= most, f"{endpoint}: {len(seen)}\n" + "\n".join(seen)


def test_before_a_plan_the_page_says_when_to_review(browser: Browser, session: Session) -> None:
    story = make_story(session)
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    assert (
        "Chưa rà soát lần nào" in page.text
        and page.select_one("a.btn-primary:not(template a)") is None
    )
