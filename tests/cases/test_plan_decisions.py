"""Mẫu số 05: the Chair decides on exactly the text that was shown; activities come after it."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.models import Role
from app.auth.permissions import sections_of
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, PlanDecision
from app.cases.models.plans import ActivityState, OwnPlan, PlanOutcome, PlanState
from app.cases.plan_snapshot import canonical, digest_of, snapshot_of
from app.cases.queries.plan_documents import AlteredSnapshot, decision_sheet
from app.cases.queries.plans import next_number, plan_of
from app.cases.services.plan_decisions import DecisionData, decide_plan
from app.core import clock
from app.deadlines.models import ClockState
from app.deadlines.queries import clocks_of
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.plan_story import (
    ACTIVITY,
    DECIDE,
    EDIT,
    SHOW,
    activity_in,
    approved,
    day,
    decide,
    decisions_in,
    events_in,
    plan_in,
    submit,
    submitted,
    write,
)
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.parts.plans import make_plan


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def update(browser: Browser, story: Story, session: Session, **data: Any) -> Any:
    expect = data.pop("expect", 303)
    return browser.sign_in(story.worker).submit(
        ACTIVITY,
        data,
        case_id=story.case.id,
        activity_id=activity_in(session).id,
        expect=expect,
    )


def pdf_words(browser: Browser, path: str) -> str:
    answer = browser._alone(browser.client.get, path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    return " ".join(text.split())


def test_an_approval_keeps_the_text_and_its_digest(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    assert "kế hoạch đầu tiên" in page.text and "Đưa trẻ về nhà bà ngoại" in page.text
    assert page.select_one("input[name=number]")["value"] == "01/QĐ-UBND"  # type: ignore[index]
    browser.submit_page(page, {"decision": "approved"})
    (decision,) = decisions_in(session)
    assert (decision.outcome, decision.number) == (PlanOutcome.APPROVED, "01/QĐ-UBND")
    plan = plan_of(session, story.case.id, 1)
    assert plan is not None and json.loads(decision.snapshot or "") == snapshot_of(plan)
    assert decision.digest == digest_of(decision.snapshot or "")
    assert (plan.state, story.case.state) == (PlanState.APPROVED, CaseState.PLAN_APPROVED)
    states = {view.rule_key: view.state(clock.now()) for view in clocks_of(session, story.case.id)}
    assert states["T_APPROVE"] is ClockState.MET
    event = events_in(session)[-1]
    assert event.kind is EventKind.PLAN_APPROVED
    assert event.facts == {"cycle": 1, "number": "01/QĐ-UBND"}
    body = session.scalars(select(AuditEvent.body).where(AuditEvent.action == "plan.decided")).one()
    assert json.loads(body)["data"]["digest"] == decision.digest.hex()


def test_a_return_needs_a_reason_and_goes_back_to_the_draft(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    page = decide(browser, story, {"decision": "returned"}, expect=422)
    assert "Ghi lý do trả lại." in page.text
    decide(browser, story, {"decision": "returned", "reason": "Thiếu y tế"})
    assert plan_in(session).state is PlanState.RETURNED
    assert story.case.state is CaseState.PLAN_DRAFTED
    (decision,) = decisions_in(session)
    assert (decision.number, decision.reason) == (None, "Thiếu y tế")
    event = events_in(session)[-1]
    assert (event.kind, event.note) == (EventKind.PLAN_RETURNED, "Thiếu y tế")
    page = browser.sign_in(story.worker).get(SHOW, case_id=story.case.id)
    assert "Thiếu y tế" in page.text and "Sửa và trình lại" in page.text


def test_the_next_decision_shows_what_changed_since(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    decide(browser, story, {"decision": "returned", "reason": "Thiếu y tế"})
    new = {
        "goals-0-text": "Không còn bị đánh, có người trông",
        "problems-0-domain": "",
        "problems-0-text": "",
        "activities-1-what": "Khám sức khỏe",
        "activities-1-domain": "health",
        "activities-1-service_type": "care_recovery",
        "activities-1-responsible": "Trạm Y tế",
        "activities-1-starts_on": day(1),
        "activities-1-ends_on": day(2),
    }
    write(browser, story, new)
    submit(browser, story)
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    found = {
        (item.select_one(".status").text.strip(), item.h3.text.split()[-2])  # type: ignore[union-attr]
        for item in page.select(".difference")
    }
    assert found == {("Bỏ", "đề"), ("Sửa", "tiêu"), ("Thêm", "động")}
    assert [d.text for d in page.select("del")][-1:] and "Khám sức khỏe" in page.text
    changed = page.select_one(".difference-warn")
    assert changed is not None
    assert changed.select_one("del").text == "Không còn bị đánh"  # type: ignore[union-attr]
    assert changed.select_one("ins").text == new["goals-0-text"]  # type: ignore[union-attr]


def test_approving_a_plan_that_changed_meanwhile_shows_the_difference(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    stale = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    of_chair = browser.client
    write(browser, story, {"goals-0-text": "Mục tiêu đã đổi"})
    browser.client = of_chair
    page = browser.submit_page(stale, {"decision": "approved"}, expect=409)
    assert "Mục tiêu đã đổi" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert page.select_one("#decide-form") is None, "it is being drafted again"
    submit(browser, story)
    browser.client = of_chair
    page = browser.submit_page(stale, {"decision": "approved"}, expect=409)
    assert "Mục tiêu đã đổi" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert decisions_in(session) == []
    browser.submit_page(page, {"decision": "approved"}, form="#decide-form")
    (decision,) = decisions_in(session)
    assert "Mục tiêu đã đổi" in (decision.snapshot or "")


def test_another_digest_is_another_plan(browser: Browser, session: Session, story: Story) -> None:
    submitted(browser, story)
    decide(browser, story, {"decision": "approved", "digest": "ab" * 32}, expect=409)
    assert decisions_in(session) == []


def test_a_double_click_decides_once(browser: Browser, session: Session, story: Story) -> None:
    submitted(browser, story)
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, {"decision": "approved"})
    assert len(decisions_in(session)) == 1


def test_two_chairs_decide_the_second_is_told(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    other = UserFactory(unit=story.unit, role=Role.COMMUNE_CHAIR)
    stale = browser.sign_in(other).get(DECIDE, case_id=story.case.id)
    late = browser.client
    decide(browser, story, {"decision": "approved"})
    browser.client = late
    page = browser.submit_page(stale, {"decision": "returned", "reason": "Không"}, expect=409)
    assert "Đã duyệt" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert len(decisions_in(session)) == 1


def test_nobody_approves_what_they_drafted_or_edited(
    browser: Browser, session: Session, story: Story
) -> None:
    case = session.get_one(Case, story.case.id)
    plan = make_plan(session, case, story.worker, state=PlanState.SUBMITTED)
    text = digest_of(canonical(snapshot_of(plan))).hex()
    data = DecisionData(PlanOutcome.APPROVED, plan.version, text, number="01/QĐ-UBND")
    for name in ("drafted_by", "edited_by", "submitted_by"):
        setattr(plan, name, story.chair.id)
        session.flush()
        shown = replace(data, version=plan.version)
        with pytest.raises(OwnPlan) as refused:
            decide_plan(
                session, actor=actor_of(story.chair), case=case, data=shown, now=clock.now()
            )
        assert refused.value.status == 403
        setattr(plan, name, story.worker.id)
    plan.drafted_by = story.chair.id
    session.commit()
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    assert "không tự phê duyệt được" in page.text and page.select_one("#decide-form") is None
    home = browser.get("home.index")
    assert story.case.number in home.text and home.select_one("#decisions a.btn") is None


@pytest.mark.wide
@pytest.mark.parametrize("number", ["", "12", "12/QĐ", "12/QĐ-UBND/x", "-1/QĐ-UBND", "1" * 9])
def test_a_number_has_its_official_form(
    browser: Browser, session: Session, story: Story, number: str
) -> None:
    submitted(browser, story)
    page = decide(browser, story, {"decision": "approved", "number": number}, expect=422)
    assert page.select_one('.error-summary a[href="#number"]') is not None
    assert decisions_in(session) == []


def test_a_number_is_given_once_a_year_and_unit(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    year = clock.today().year
    assert next_number(session, story.unit.id, year) == "02/QĐ-UBND"
    assert next_number(session, story.unit.id, year + 1) == "01/QĐ-UBND"
    other = make_story(session)
    other.unit, other.worker, other.chair = story.unit, story.worker, story.chair
    _move(session, other)
    submitted(browser, other)
    taken = {"decision": "approved", "number": "1/QĐ-UBND"}
    page = decide(browser, other, taken, expect=422)
    assert "đã dùng" in page.text
    decide(browser, other, {**taken, "number": "30/QĐ-UBND"})
    assert next_number(session, story.unit.id, year) == "31/QĐ-UBND"
    (first, second) = decisions_in(session)
    second.number_order = first.number_order
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def _move(session: Session, other: Story) -> None:
    """The other case into the hands of this unit."""
    case = session.get_one(Case, other.case.id)
    case.unit_id = other.unit.id
    for access in session.scalars(select(CaseAccess).where(CaseAccess.case_id == case.id)):
        access.holder_id = other.unit.id
    session.commit()


def test_there_is_nothing_to_decide_before_it_is_submitted(browser: Browser, story: Story) -> None:
    browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id, expect=404)
    write(browser, story, {"general_goal": "Trẻ an toàn"})
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    assert "không còn chờ quyết định" in page.text and page.select_one("#decide-form") is None


# --- activities


def test_a_state_is_no_edit_of_the_plan(browser: Browser, session: Session, story: Story) -> None:
    approved(browser, story)
    version = plan_in(session).version
    update(browser, story, session, state="doing")
    assert activity_in(session).state is ActivityState.DOING
    assert story.case.state is CaseState.IN_PROGRESS
    update(browser, story, session, state="done", done_on=day(0), result="Trẻ ở với bà")
    row = activity_in(session)
    assert (row.state, row.done_on, row.result) == (
        ActivityState.DONE,
        clock.today(),
        "Trẻ ở với bà",
    )
    plan = plan_in(session)
    assert (plan.state, plan.version) == (PlanState.APPROVED, version)
    assert decisions_in(session)[0].voided_at is None
    event = events_in(session)[-1]
    assert (event.kind, event.note) == (EventKind.ACTIVITY_CHANGED, "Trẻ ở với bà")
    assert event.facts["state"] == "done" and event.subject_id == row.id
    assert "plan.activity_changed" in session.scalars(select(AuditEvent.action)).all()
    timeline = browser.get("cases.show", case_id=story.case.id)
    assert "Hoạt động 1 của kế hoạch: đã xong" in timeline.text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"state": "not_done"}, "result"),
        ({"state": "done"}, "done_on"),
        ({"state": "done", "done_on": day(2)}, "done_on"),
        ({"state": "done", "done_on": day(-40)}, "done_on"),
        ({"state": "done", "done_on": "nay"}, "done_on"),
        ({"state": "forged"}, "state"),
        ({"state": None}, "state"),
    ],
)
def test_refused_states(
    browser: Browser, session: Session, story: Story, data: dict[str, Any], field: str
) -> None:
    approved(browser, story)
    page = update(browser, story, session, **data, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert activity_in(session).state is ActivityState.PLANNED


def test_done_on_an_earlier_day_happened_then(browser: Browser, session: Session) -> None:
    story = make_story(session, hours_ago=72)
    approved(browser, story)
    update(browser, story, session, state="done", done_on=day(-1))
    event = events_in(session)[-1]
    assert clock.local(event.happened_at).date() == clock.today() - timedelta(days=1)
    assert event.typed_at > event.happened_at


def test_two_people_on_one_activity(browser: Browser, session: Session, story: Story) -> None:
    approved(browser, story)
    activity_id = activity_in(session).id
    other = UserFactory(unit=story.unit)
    stale = browser.sign_in(other).get(ACTIVITY, case_id=story.case.id, activity_id=activity_id)
    late = browser.client
    update(browser, story, session, state="done", done_on=day(0), result="Trẻ ở với bà")
    browser.client = late
    mine = {"state": "not_done", "result": "Gia đình không đồng ý"}
    page = browser.submit_page(stale, mine, expect=409)
    told = page.select_one(".conflict")
    assert told is not None and "Trẻ ở với bà" in told.text and story.worker.name in told.text
    assert page.select_one("textarea[name=result]").text.strip() == mine["result"]  # type: ignore[union-attr]
    assert activity_in(session).state is ActivityState.DONE
    browser.submit_page(page, {})
    assert activity_in(session).state is ActivityState.NOT_DONE
    assert activity_in(session).done_on is None


def test_nothing_begins_before_the_first_approval(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    page = update(browser, story, session, state="doing", expect=409)
    assert "chưa được phê duyệt" in page.text
    assert activity_in(session).state is ActivityState.PLANNED


def test_what_was_done_is_recorded_while_the_plan_is_edited_and_approves_nothing(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    write(browser, story, {"monitoring": "Khác", "confirm_void": "y"})
    update(browser, story, session, state="doing")
    assert activity_in(session).state is ActivityState.DOING
    assert story.case.state is CaseState.PLAN_DRAFTED
    submit(browser, story)
    page = browser.sign_in(story.chair).get(DECIDE, case_id=story.case.id)
    assert "Mất hiệu lực" in page.text and page.select_one("ins").text == "Khác"  # type: ignore[union-attr]
    browser.submit_page(page, {"decision": "approved"})
    assert story.case.state is CaseState.IN_PROGRESS


def test_the_board_says_what_is_late(browser: Browser, session: Session, story: Story) -> None:
    approved(browser, story)
    row = activity_in(session)
    row.starts_on, row.ends_on = clock.today() - timedelta(9), clock.today() - timedelta(2)
    session.commit()
    page = browser.sign_in(story.worker).get(SHOW, case_id=story.case.id)
    late = page.select_one(".task-late .status-danger")
    assert late is not None and late.text.strip() == "quá hạn 2 ngày"
    assert [len(column.select(".task")) for column in page.select(".board-column")] == [1, 0, 0, 0]
    picture = page.select_one("svg.plan-bar")
    assert picture is not None and "1 quá hạn" in str(picture["aria-label"])
    assert picture.select_one("rect.late") is not None
    cells = [cell.text for cell in page.select("tbody tr")[0].select("td")]
    assert cells == ["1", "1", "0", "0", "0", "1"]


def test_an_activity_is_found_through_its_own_case_only(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    other = make_story(session)
    browser.sign_in(other.worker).get(
        ACTIVITY, case_id=other.case.id, activity_id=activity_in(session).id, expect=404
    )
    browser.get(
        "plans.form05",
        case_id=other.case.id,
        decision_id=decisions_in(session)[0].id,
        expect=404,
    )


# --- on paper


@pytest.mark.wide
def test_the_decision_prints_what_was_approved_and_that_it_is_void(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    decision = decisions_in(session)[0]
    path = f"/cases/{story.case.id}/plan/decisions/{decision.id}/form05.pdf"
    words = pdf_words(browser.sign_in(story.chair), path)
    for expected in (
        "Số: 01/QĐ-UBND", "QUYẾT ĐỊNH", "Điều 1.", "Điều 2.", "Điều 3.", "Nơi nhận:", "CHỦ TỊCH",
        "Nguyễn Minh Anh", "05/03/2017", "Luật Trẻ em số 102/2016/QH13", story.chair.name,
        "Cán bộ xã: hoạt động 1", "Đưa trẻ về nhà bà ngoại", story.case.number,
    ):  # fmt: skip
        assert expected in words, expected
    assert "KHÔNG CÒN HIỆU LỰC" not in words
    change = {"activities-0-what": "Đưa trẻ về nhà cô", "confirm_void": "y"}
    write(browser, story, change)
    words = pdf_words(browser, path)
    assert "KHÔNG CÒN HIỆU LỰC" in words
    assert "Đưa trẻ về nhà bà ngoại" in words and "Đưa trẻ về nhà cô" not in words
    today = pdf_words(browser, f"/cases/{story.case.id}/plan/form04.pdf")
    assert "Đưa trẻ về nhà cô" in today and "NGƯỜI LẬP KẾ HOẠCH" in today
    printed = select(AuditEvent.body).where(AuditEvent.action == "case.document_printed")
    documents = {json.loads(body)["data"]["document"] for body in session.scalars(printed)}
    assert documents == {"form04", "form05"}


def test_a_returned_plan_has_no_decision_to_print(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker).open(f"/cases/{story.case.id}/plan/form04.pdf", expect=404)
    submitted(browser, story)
    decide(browser, story, {"decision": "returned", "reason": "Thiếu"})
    browser.get(
        "plans.form05",
        case_id=story.case.id,
        decision_id=decisions_in(session)[0].id,
        expect=404,
    )


def test_an_altered_snapshot_is_not_printed(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    row = session.scalars(select(PlanDecision)).unique().one()
    row.snapshot = (row.snapshot or "").replace("bà ngoại", "bà nội")
    session.commit()
    case = session.get_one(Case, story.case.id)
    with pytest.raises(AlteredSnapshot):
        decision_sheet(session, case, row.id, sections=sections_of(actor_of(story.chair)))


def test_the_edit_page_of_an_approved_plan_is_for_its_worker(
    browser: Browser, story: Story
) -> None:
    approved(browser, story)
    browser.sign_in(story.chair).get(EDIT, case_id=story.case.id, expect=403)
