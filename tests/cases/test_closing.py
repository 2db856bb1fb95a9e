"""The Chair's answer, the check after closing, and reopening as a further episode."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.models import Role
from app.cases.closing import OBSTACLES, REOPENED, Obstacle
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import Case, CaseEvent, CaseNumber, Plan, PlanActivity, Report, Review
from app.cases.models.plans import ActivityState, PlanState
from app.cases.models.reviews import ClosingState
from app.core import clock
from app.core.dates import months_after
from app.deadlines.queries import clocks_of
from app.people.models import Child
from tests.browser import Browser
from tests.cases.files import assess
from tests.cases.story import Story, make_story
from tests.cases.test_reviews import CLOSE, INDEX, add_plan, answer, kinds, review
from tests.factories import UserFactory
from tests.parts.reviews import make_review
from tests.sql import counted

DECIDE, CHECK, REOPEN = "reviews.decide", "reviews.check", "reviews.reopen"
AGREE = {"decision": "agreed"}
REFUSE = {"decision": "refused", "reason": "Còn phải thăm thêm một lần"}
SAFE = {"is_safe": "safe", "words": "Cháu đi học đều, bà ngoại chăm sóc tốt"}


@pytest.fixture
def story(session: Session) -> Story:
    """A case whose review proposes to close; it waits for the Chair."""
    story = make_story(session, hours_ago=200)
    story.case.state, story.case.risk_level = CaseState.REVIEW, RiskLevel.MEDIUM
    story.case.owner_id = story.worker.id
    answer(session, story)
    add_plan(session, story, 100)
    make_review(session, story.case, story.worker, typed_at=clock.now() - timedelta(minutes=5))
    session.commit()
    return story


@pytest.fixture
def closed(browser: Browser, session: Session, story: Story) -> Story:
    decide(browser, story, AGREE)
    session.merge(CaseNumber(year=clock.today().year, last=500_000))  # above those of factories
    session.commit()
    return story


def decide(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.chair).submit(DECIDE, data, case_id=story.case.id, **more)


def paper(browser: Browser, endpoint: str, **ids: object) -> str:
    """All words of a PDF in one line."""
    answer = browser._alone(browser.client.get, browser._url(endpoint, ids))
    assert answer.status_code == 200
    pages = PdfReader(BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action)))


def new_case(session: Session, story: Story) -> Case:
    return session.scalars(select(Case).where(Case.previous_id == story.case.id)).one()


@pytest.fixture
def opens_later() -> Iterator[list[Obstacle]]:
    """What stands in the way: nothing, until the test puts something in."""
    found: list[Obstacle] = []

    def question(session: Session, case: Case) -> list[Obstacle]:
        return found

    OBSTACLES.append(question)
    yield found
    OBSTACLES.remove(question)


# --- the Chair


def test_the_chair_closes(browser: Browser, session: Session, story: Story) -> None:
    decide(browser, story, AGREE)
    case, row = story.case, session.scalars(select(Review)).one()
    assert (case.state, case.is_ended, case.risk_level) == (CaseState.CLOSED, True, "LOW")
    assert (row.closing_state, row.decided_by) == (ClosingState.AGREED, story.chair.id)
    assert case.check_on == row.check_on == months_after(clock.today(), 3)
    assert session.scalars(select(Plan.state)).one() is PlanState.ENDED
    assert not [view for view in clocks_of(session, case.id) if view.is_running]
    event = session.scalars(select(CaseEvent)).one()
    assert event.kind is EventKind.CLOSED and event.facts == {"check_on": case.check_on.isoformat()}
    assert "case.closing_decided" in actions(session)
    assert session.scalar(select(func.count()).where(CaseAccess.until.is_(None))) == 1
    page = browser.follow()
    assert "Kiểm tra lại ngày" in page.text and "Chủ tịch đã đồng ý đóng" in page.text
    again = page.select_one('main a.btn[href$="/reopen"]')
    assert again is not None and page.select_one("a.btn-primary:not(template a)") is None


def test_the_chair_refuses_and_the_work_goes_on(
    browser: Browser, session: Session, story: Story
) -> None:
    page = decide(browser, story, {**REFUSE, "reason": ""}, expect=422)
    assert page.select_one('.error-summary a[href="#reason"]') is not None
    decide(browser, story, REFUSE)
    row = session.scalars(select(Review)).one()
    assert (row.closing_state, row.refusal) == (ClosingState.REFUSED, REFUSE["reason"])
    assert (story.case.state, story.case.risk_level) == (CaseState.IN_PROGRESS, RiskLevel.MEDIUM)
    assert kinds(session, story.case) == [EventKind.CLOSING_REFUSED]
    assert REFUSE["reason"] in browser.follow().text
    review(browser, story, CLOSE)
    decide(browser, story, AGREE)
    assert story.case.is_ended


def test_nobody_confirms_their_own_review(browser: Browser, session: Session, story: Story) -> None:
    session.scalars(select(Review)).one().by_id = story.chair.id
    session.commit()
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    assert page.select_one("#closing-form") is None
    other = UserFactory(unit=story.unit, role=Role.COMMUNE_CHAIR)
    stale = browser.sign_in(other).get(DECIDE, case_id=story.case.id)
    session.scalars(select(Review)).one().by_id = other.id
    session.commit()
    browser.submit_page(stale, AGREE, expect=403)
    assert not story.case.is_ended


def test_closing_twice_at_once_tells_who_was_faster(
    browser: Browser, session: Session, story: Story
) -> None:
    other = UserFactory(unit=story.unit, role=Role.COMMUNE_CHAIR)
    stale = browser.sign_in(other).get(DECIDE, case_id=story.case.id)
    slow = browser.client
    decide(browser, story, AGREE)
    browser.client = slow
    page = browser.submit_page(stale, REFUSE, expect=409)
    assert story.chair.name in page.text
    assert kinds(session, story.case) == [EventKind.CLOSED]


def test_what_was_recorded_meanwhile_is_told_and_what_was_typed_is_kept(
    browser: Browser, session: Session, story: Story
) -> None:
    stale = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    slow = browser.client
    measure = {"kind": "legal_support", "performed_by": "Trung tâm trợ giúp"}
    browser.sign_in(story.worker).submit("measures.new", measure, case_id=story.case.id)
    browser.client = slow
    day = (clock.today() + timedelta(days=40)).strftime("%d/%m/%Y")
    page = browser.submit_page(stale, {**AGREE, "check_on": day}, expect=409)
    assert "Biện pháp" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert page.select_one("input[name=check_on]")["value"] == day  # type: ignore[index]
    assert not story.case.is_ended
    again = browser.get(DECIDE, case_id=story.case.id)
    assert "Ghi thêm sau lần rà soát" in again.text
    browser.submit_page(page, AGREE, form="#closing-form")
    assert story.case.is_ended


def test_something_open_that_appeared_is_told(
    browser: Browser, story: Story, opens_later: list[Obstacle]
) -> None:
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    assert "Không còn việc nào dở dang" in page.text
    opens_later.append(Obstacle("Chuyển gửi đang mở: thử", "cases.timeline"))
    page = browser.submit_page(page, AGREE, expect=409)
    assert "Chuyển gửi đang mở: thử" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert not story.case.is_ended
    browser.submit_page(page, REFUSE, form="#closing-form")  # the Chair may always send it back


def test_a_case_that_went_back_to_its_plan_can_only_be_sent_back(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.state = CaseState.PLAN_DRAFTED
    session.commit()
    day = (clock.today() + timedelta(days=40)).strftime("%d/%m/%Y")
    page = decide(browser, story, {**AGREE, "check_on": day}, expect=422)
    assert "Hãy chọn chưa đồng ý" in page.text
    assert page.select_one("input[name=check_on]")["value"] == day  # type: ignore[index]
    browser.submit_page(page, REFUSE, form="#closing-form")
    assert session.scalars(select(Review)).one().closing_state is ClosingState.REFUSED
    assert story.case.state is CaseState.PLAN_DRAFTED


def test_a_later_assessment_with_risk_stops_the_closing(
    browser: Browser, session: Session, story: Story
) -> None:
    row = assess(session, story)
    row.happened_at = clock.now() + timedelta(seconds=1)
    session.commit()
    page = decide(browser, story, AGREE, expect=409)
    assert "Đánh giá mới hơn" in page.select_one(".conflict").text  # type: ignore[union-attr]


@pytest.mark.parametrize("day", ["", "01/02/2020", "01/02/2090"])
def test_the_day_of_the_check_is_one_to_come(browser: Browser, story: Story, day: str) -> None:
    page = decide(browser, story, {**AGREE, "check_on": day}, expect=422)
    assert page.select_one('.error-summary a[href="#check_on"]') is not None


def test_the_chair_sees_what_of_the_plan_was_done(
    browser: Browser, session: Session, story: Story
) -> None:
    plan = session.scalars(select(Plan)).one()
    for position, state in enumerate(
        (ActivityState.DONE, ActivityState.DONE, ActivityState.NOT_DONE)
    ):
        session.add(
            PlanActivity(
                key=session.get_one(Child, story.case.child_id).key,
                plan_id=plan.id, case_id=story.case.id, position=position, domain="safety",
                service_type="a", starts_on=clock.today(), ends_on=clock.today(), state=state,
            )
        )  # fmt: skip
    session.commit()
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    lines = page.select_one("section[aria-labelledby=progress-title]")
    assert lines is not None and "2/3" in lines.text and "1/3" in lines.text


def test_a_double_click_closes_once(browser: Browser, session: Session, story: Story) -> None:
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, AGREE)
    assert kinds(session, story.case) == [EventKind.CLOSED]


def test_the_pages_are_few_statements(browser: Browser, story: Story) -> None:
    case_id = story.case.id
    browser.sign_in(story.chair)
    with counted(browser.engine) as seen:
        browser.get(DECIDE, case_id=case_id)
    assert len(seen) <= 14, "\n".join(seen)  # a question of each part of the work


# --- after closing


def test_the_check_is_due_for_the_unit_and_recorded_on_the_closed_case(
    browser: Browser, session: Session, closed: Story
) -> None:
    case, day = closed.case, closed.case.check_on
    assert day is not None
    home = browser.sign_in(closed.worker).get("home.index")
    assert case.number not in home.select_one("section:has(#today-title)").text  # type: ignore[union-attr]
    case.check_on = clock.today()
    session.commit()
    home = browser.get("home.index")
    assert case.number in home.select_one("section:has(#today-title)").text  # type: ignore[union-attr]
    browser.submit(CHECK, SAFE, case_id=case.id)
    assert case.check_on is None and case.state is CaseState.CLOSED
    event = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert event is not None and event.kind is EventKind.CHECKED_AFTER
    assert event.facts == {"is_safe": True} and event.note == SAFE["words"]
    assert SAFE["words"] in browser.follow().text
    assert "case.follow_up_recorded" in actions(session)


def test_an_unsafe_child_leads_to_reopening(browser: Browser, closed: Story) -> None:
    data = {**SAFE, "is_safe": "unsafe", "next_on": ""}
    browser.sign_in(closed.worker).submit(CHECK, data, case_id=closed.case.id)
    page = browser.follow()
    assert page.select_one("#reopen-form") is not None
    assert "không an toàn" in page.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hours": 300}, "happened_at"),
        ({"hours": 10}, "happened_at"),
        ({"next_on": "01/02/2020"}, "next_on"),
        ({"words": ""}, "words"),
        ({"is_safe": None}, "is_safe"),
    ],
)
def test_refused_checks(
    browser: Browser, closed: Story, change: dict[str, Any], field: str
) -> None:
    hours = change.pop("hours", None)
    when = {"happened_at": closed.at(hours)["parts"]} if hours else {}
    browser.sign_in(closed.worker)
    page = browser.submit(CHECK, {**SAFE, **when, **change}, case_id=closed.case.id, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None


@pytest.mark.parametrize("endpoint", [CHECK, REOPEN])
def test_only_a_closed_case_is_checked_and_reopened(
    browser: Browser, story: Story, endpoint: str
) -> None:
    browser.sign_in(story.worker).get(endpoint, case_id=story.case.id, expect=409)


# --- reopening


def test_reopening_opens_a_further_episode_and_leaves_the_old_one(
    browser: Browser, session: Session, closed: Story
) -> None:
    taken: list[tuple[Any, Any]] = []
    REOPENED.append(lambda _session, old, new: taken.append((old.id, new.id)))
    try:
        browser.sign_in(closed.worker).submit(
            REOPEN, {"reason": "Cháu lại bị đánh", "is_present_danger": "y"}, case_id=closed.case.id
        )
    finally:
        REOPENED.pop()
    old, new = closed.case, new_case(session, closed)
    assert taken == [(old.id, new.id)]
    assert (old.state, old.is_ended, old.check_on) == (CaseState.CLOSED, True, None)
    assert browser.location == f"/cases/{new.id}"
    assert (new.state, new.is_ended, new.risk_level) == (CaseState.RECEIVED, False, None)
    assert (new.child_id, new.unit_id, new.owner_id) == (
        old.child_id, old.unit_id, closed.worker.id,
    )  # fmt: skip
    assert new.number != old.number and new.report_id != old.report_id
    report = session.get_one(Report, new.report_id)
    assert (report.channel, report.child_condition) == ("reopened", "Cháu lại bị đánh")
    assert report.is_present_danger and report.routed_to_unit_id == old.unit_id
    running = {v.rule_key for v in clocks_of(session, new.id) if v.is_running}
    assert running == {"T_EMERG", "T_PLAN", "T_APPROVE"}
    assert kinds(session, new) == [EventKind.REPORT_RECEIVED, EventKind.REOPENED]
    facts = dict(
        session.execute(
            select(CaseEvent.case_id, CaseEvent.facts).where(CaseEvent.kind == EventKind.REOPENED)
        ).all()
    )
    assert facts == {old.id: {"next": new.number}, new.id: {"previous": old.number}}
    told = select(CaseEvent).where(CaseEvent.kind == EventKind.REOPENED).order_by(CaseEvent.id)
    notes = [(one.note, one.tells_account) for one in session.scalars(told).unique()]
    assert notes == [(None, False), ("Cháu lại bị đánh", True)], "its words follow the new report"
    assert "case.reopened" in actions(session)


@pytest.mark.wide
def test_the_new_file_is_worked_as_any_other(
    browser: Browser, session: Session, closed: Story
) -> None:
    browser.sign_in(closed.chair).submit(REOPEN, {"reason": "Có tin mới"}, case_id=closed.case.id)
    page = browser.follow()
    assert "Mở lại hồ sơ" in page.text
    new = new_case(session, closed)
    assert new.owner_id == closed.worker.id
    browser.sign_in(closed.worker).submit("verification.new", {"outcome": "confirmed"},
                                          case_id=new.id)  # fmt: skip
    assert "Mở lại hồ sơ đã đóng" in paper(browser, "documents.form01", case_id=new.id)
    page = browser.get("people.child", child_id=new.child_id)
    assert f"mở lại từ {closed.case.number}" in page.text


def test_the_chain_of_episodes_is_shown_on_both(
    browser: Browser, session: Session, closed: Story
) -> None:
    browser.sign_in(closed.worker).submit(REOPEN, {"reason": "Có tin mới"}, case_id=closed.case.id)
    new = new_case(session, closed)
    for case in (closed.case, new):
        chain = browser.get(INDEX, case_id=case.id).select(
            "section[aria-labelledby=episodes-title] li"
        )
        assert [closed.case.number in chain[0].text, new.number in chain[1].text] == [True, True]
    page = browser.get(INDEX, case_id=closed.case.id)
    assert (
        page.select_one("a.btn-primary:not(template a)") is None
    )  # what is to be done is done in the new one


def test_a_closed_case_is_reopened_once(browser: Browser, session: Session, closed: Story) -> None:
    stale = browser.sign_in(closed.chair).get(REOPEN, case_id=closed.case.id)
    slow = browser.client
    browser.sign_in(closed.worker).submit(REOPEN, {"reason": "Có tin mới"}, case_id=closed.case.id)
    number = new_case(session, closed).number
    page = browser.submit(REOPEN, {"reason": "Lần nữa"}, case_id=closed.case.id, expect=409)
    assert number in page.text
    browser.client = slow
    assert number in browser.submit_page(stale, {"reason": "Tin"}, expect=409).text
    browser.sign_in(closed.worker)
    page = browser.submit(CHECK, SAFE, case_id=closed.case.id, expect=409)
    assert number in page.text
    assert session.scalar(select(func.count()).select_from(Case)) == 2


@pytest.mark.parametrize("hours", [300, 10])
def test_when_it_became_known_is_after_closing_and_not_to_come(
    browser: Browser, closed: Story, hours: float
) -> None:
    data = {"reason": "Có tin mới", "received_at": closed.at(hours)["parts"]}
    page = browser.sign_in(closed.worker).submit(REOPEN, data, case_id=closed.case.id, expect=422)
    assert page.select_one('.error-summary a[href="#received_at"]') is not None


def test_what_is_new_happened_before_it_became_known(
    browser: Browser, session: Session, closed: Story
) -> None:
    data = {"reason": "Cháu lại bị đánh", "event_at": closed.at(300)["parts"]}
    page = browser.sign_in(closed.worker).submit(REOPEN, data, case_id=closed.case.id, expect=422)
    assert "Vụ việc không thể xảy ra sau lúc nhận tin." in page.text
    happened = clock.local(clock.now() - timedelta(hours=3)).replace(second=0, microsecond=0)
    parts = [happened.strftime("%d/%m/%Y"), happened.strftime("%H:%M")]
    browser.submit(REOPEN, {**data, "event_at": parts}, case_id=closed.case.id)
    report = session.get_one(Report, new_case(session, closed).report_id)
    assert report.event_at == happened


# --- paper


@pytest.mark.parametrize("supervising", [True, pytest.param(False, marks=pytest.mark.wide)])
def test_the_paper_says_what_was_found_and_decided(
    browser: Browser, session: Session, story: Story, supervising: bool
) -> None:
    row = session.scalars(select(Review)).one()
    row.physical, row.cognitive = "Sức khỏe tốt", "Học lớp ba"
    session.commit()
    decide(browser, story, AGREE)
    browser.sign_in(story.supervisor if supervising else story.worker)
    text = paper(browser, "reviews.form06", case_id=story.case.id, review_id=row.id)
    for words in (
        "Mẫu số 06", "RÀ SOÁT, ĐÁNH GIÁ TÌNH TRẠNG CỦA TRẺ EM", "Học lớp ba",
        "Đồng ý kết thúc kế hoạch", "đủ điều kiện kết thúc kế hoạch", story.worker.name,
    ):  # fmt: skip
        assert words in text, words
    assert ("Sức khỏe tốt" in text) is not supervising
    assert "case.document_printed" in actions(session)


def test_a_review_of_another_case_is_not_found(
    browser: Browser, session: Session, story: Story
) -> None:
    other = make_story(session)
    foreign = make_review(session, other.case, other.worker).id
    session.commit()
    browser.sign_in(story.worker).get(
        "reviews.form06", case_id=story.case.id, review_id=foreign, expect=404
    )
