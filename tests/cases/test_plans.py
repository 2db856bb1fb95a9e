"""Mẫu số 04 as a user: drafted, edited by two at once, submitted, voided by an edit."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.closing import obstacles
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import Case, Plan, PlanActivity, PlanRevision
from app.cases.models.plans import PlanNotDrafted, PlanState
from app.cases.queries.plans import newest_needs, plan_file
from app.cases.services.plan_decisions import submit_plan
from app.core import clock
from app.deadlines.models import ClockState
from app.deadlines.queries import clocks_of
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.plan_story import (
    ACTIVITY,
    EDIT,
    SHOW,
    SUBMIT,
    activity_in,
    add_needs,
    approved,
    day,
    decide,
    decisions_in,
    events_in,
    plan_in,
    submit,
    submitted,
    whole_plan,
    write,
)
from tests.cases.story import Story, make_story
from tests.factories import UnitFactory, UserFactory
from tests.sql import counted


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def kinds(session: Session) -> list[EventKind]:
    return [event.kind for event in events_in(session)]


def summary(page: Any) -> str:
    found = page.select_one(".error-summary")
    return str(found.text) if found else ""


def test_the_first_saving_makes_the_plan_of_the_cycle(
    browser: Browser, session: Session, story: Story
) -> None:
    write(browser, story, whole_plan())
    plan = plan_in(session)
    assert (plan.cycle, plan.state, plan.general_goal) == (1, PlanState.DRAFT, "Trẻ an toàn")
    activity = activity_in(session)
    assert (activity.what, activity.responsible) == ("Đưa trẻ về nhà bà ngoại", "Cán bộ xã")
    assert story.case.state is CaseState.PLAN_DRAFTED
    (event,) = events_in(session)
    assert (event.kind, event.section) == (EventKind.PLAN_DRAFTED, Section.PLAN)
    assert event.facts == {"cycle": 1}
    assert "plan.changed" in session.scalars(select(AuditEvent.action)).all()
    assert browser.location == f"/cases/{story.case.id}/plan"


def test_it_begins_with_what_the_newest_specific_assessment_found(
    browser: Browser, session: Session, story: Story
) -> None:
    add_needs(session, story.case, education=RiskLevel.LOW)
    add_needs(session, story.case, health=RiskLevel.MEDIUM, safety=RiskLevel.HIGH)
    page = browser.sign_in(story.worker).get(EDIT, case_id=story.case.id)
    held = filled_in(page.select_one("#plan-form"))  # type: ignore[arg-type]
    assert (held["problems-0-domain"], held["problems-1-domain"]) == (["safety"], ["health"])
    assert str(held["problems-0-text"]).strip() == "Vấn đề về safety"
    assert (held["goals-0-domain"], held["goals-1-domain"]) == (["safety"], ["health"])
    assert "problems-2-domain" not in held


def test_a_domain_rated_high_or_medium_demands_a_goal(
    browser: Browser, session: Session, story: Story
) -> None:
    write(browser, story, whole_plan())
    page = browser.get(SHOW, case_id=story.case.id)
    add_needs(
        session, story.case, safety=RiskLevel.HIGH, health=RiskLevel.MEDIUM, legal=RiskLevel.LOW
    )
    refused = browser.submit_page(page, {}, form=SUBMIT, expect=422)
    assert "An toàn thể chất, chăm sóc sức khỏe" in summary(refused)
    assert "Pháp lý" not in summary(refused)
    assert plan_in(session).state is PlanState.DRAFT
    shown = browser.get(SHOW, case_id=story.case.id)
    assert shown.select_one(SUBMIT) is None
    assert "Cần có mục tiêu" in shown.text
    goal = {"goals-1-domain": "health", "goals-1-text": "Khỏe lại"}
    write(browser, story, goal)
    submit(browser, story)
    assert plan_in(session).state is PlanState.SUBMITTED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"goals-0-text": ""}, "Chưa có mục tiêu"),
        (dict.fromkeys((k for k in whole_plan() if "activities" in k), ""), "hoạt động nào"),
        ({"activities-0-responsible": ""}, "chưa có đơn vị hoặc người chịu trách nhiệm"),
    ],
)
def test_nothing_incomplete_is_submitted(
    browser: Browser, session: Session, story: Story, change: dict[str, str], words: str
) -> None:
    write(browser, story, {**whole_plan(), **change})
    shown = browser.get(SHOW, case_id=story.case.id)
    assert words in shown.select_one(".gaps").text  # type: ignore[union-attr]
    version = {"version": str(plan_in(session).version)}
    path = f"/cases/{story.case.id}/plan/submit"
    form = {**version, **_tokens(browser, story)}
    assert words in summary(browser.post(path, form, expect=422))
    assert plan_in(session).state is PlanState.DRAFT
    assert EventKind.PLAN_SUBMITTED not in kinds(session)


def _tokens(browser: Browser, story: Story) -> dict[str, object]:
    form = browser.get(EDIT, case_id=story.case.id).select_one("#plan-form")
    held = filled_in(form)  # type: ignore[arg-type]
    return {name: held[name] for name in ("csrf_token", "idempotency_key")}


def test_submitting_answers_the_five_days(browser: Browser, session: Session, story: Story) -> None:
    submitted(browser, story)
    assert story.case.state is CaseState.PLAN_SUBMITTED
    states = {view.rule_key: view.state(clock.now()) for view in clocks_of(session, story.case.id)}
    assert states["T_PLAN"] is ClockState.MET
    assert states["T_APPROVE"] is ClockState.OPEN
    assert events_in(session)[-1].facts == {"cycle": 1, "goals": 1, "activities": 1}
    assert "plan.submitted" in session.scalars(select(AuditEvent.action)).all()


def test_a_double_click_submits_once(browser: Browser, session: Session, story: Story) -> None:
    write(browser, story, whole_plan())
    page = browser.get(SHOW, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, {}, form=SUBMIT)
    assert kinds(session).count(EventKind.PLAN_SUBMITTED) == 1


def test_only_a_draft_is_submitted(browser: Browser, session: Session, story: Story) -> None:
    submitted(browser, story)
    case, plan = session.get_one(Case, story.case.id), plan_in(session)
    with pytest.raises(PlanNotDrafted):
        submit_plan(
            session,
            actor=actor_of(story.worker),
            case=case,
            expected_version=plan.version,
            now=clock.now(),
        )


def test_two_people_editing_the_second_sees_the_difference_and_loses_nothing(
    browser: Browser, session: Session, story: Story
) -> None:
    write(browser, story, whole_plan())
    other = UserFactory(unit=story.unit)
    stale = browser.sign_in(other).get(EDIT, case_id=story.case.id)
    of_other = browser.client
    write(browser, story, {"goals-0-text": "Trẻ ở nhà bà ngoại", "monitoring": "Thăm mỗi ngày"})
    browser.client = of_other
    mine = {"general_goal": "Mục tiêu tôi gõ"}
    page = browser.submit_page(stale, mine, form="#plan-form", expect=409)
    told = page.select_one(".conflict")
    assert told is not None
    assert "Trẻ ở nhà bà ngoại" in told.text and "Thăm mỗi ngày" in told.text
    assert story.worker.name in told.text and "Mục tiêu 1: Nội dung" in told.text
    assert "Trẻ an toàn" not in told.text  # what only the second one changed
    assert filled_in(page.select_one("#plan-form"))["general_goal"].strip() == "Mục tiêu tôi gõ"  # type: ignore[arg-type, union-attr]
    assert plan_in(session).general_goal == "Trẻ an toàn"
    browser.submit_page(page, {}, form="#plan-form")
    assert plan_in(session).general_goal == "Mục tiêu tôi gõ"


def test_two_people_begin_the_first_plan(browser: Browser, session: Session, story: Story) -> None:
    other = UserFactory(unit=story.unit)
    stale = browser.sign_in(other).get(EDIT, case_id=story.case.id)
    of_other = browser.client
    write(browser, story, whole_plan())
    browser.client = of_other
    page = browser.submit_page(stale, {"general_goal": "Khác"}, form="#plan-form", expect=409)
    assert "Đưa trẻ về nhà bà ngoại" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(Plan)) == 1


def test_a_draft_keeps_the_version_it_was_begun_with(
    browser: Browser, session: Session, story: Story
) -> None:
    write(browser, story, whole_plan())
    other = UserFactory(unit=story.unit)
    page = browser.sign_in(other).get(EDIT, case_id=story.case.id)
    of_other, form = browser.client, page.select_one("#plan-form")
    fields = {**filled_in(form), "general_goal": "Bản nháp của tôi"}  # type: ignore[arg-type]
    browser.post(str(form["data-draft-url"]), fields, expect=204)  # type: ignore[index]
    write(browser, story, {"monitoring": "Thăm mỗi ngày"})
    browser.client = of_other
    again = browser.get(EDIT, case_id=story.case.id)
    assert "Đã mở lại bản nháp" in again.text and "Bản nháp của tôi" in again.text
    refused = browser.submit_page(again, {}, form="#plan-form", expect=409)
    assert "Thăm mỗi ngày" in refused.select_one(".conflict").text  # type: ignore[union-attr]
    assert plan_in(session).monitoring == "Thăm mỗi ngày"


def test_rows_are_added_and_taken_out_without_javascript(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(EDIT, case_id=story.case.id)
    first = {**whole_plan(), "add_activity": "1"}
    page = browser.submit_page(page, first, form="#plan-form", expect=200)
    second = {
        "activities-1-what": "Khám sức khỏe",
        "activities-1-domain": "health",
        "activities-1-service_type": "care_recovery",
        "activities-1-starts_on": day(1),
        "activities-1-ends_on": day(2),
        "activities-1-unit": str(story.unit.id),
    }
    browser.submit_page(page, second, form="#plan-form")
    order = select(PlanActivity).order_by(PlanActivity.position)
    rows = session.scalars(order).unique().all()
    assert [row.what for row in rows] == ["Đưa trẻ về nhà bà ngoại", "Khám sức khỏe"]
    assert rows[1].responsible_unit_id == story.unit.id
    kept = rows[1].id
    page = browser.get(EDIT, case_id=story.case.id)
    page = browser.submit_page(page, {"remove_activity": "0"}, form="#plan-form", expect=200)
    browser.submit_page(page, {}, form="#plan-form")
    (row,) = session.scalars(order).unique()
    assert (row.id, row.position) == (kept, 1)


def test_problems_stand_in_the_order_of_their_priority(
    browser: Browser, session: Session, story: Story
) -> None:
    add_needs(session, story.case, safety=RiskLevel.HIGH, health=RiskLevel.MEDIUM)
    write(browser, story, {"problems-0-priority": "2", "problems-1-priority": "1"})
    file = plan_file(session, story.case, sections=frozenset({Section.PLAN}))
    assert file.plan is not None
    assert [row.domain for row in file.plan.problems] == ["health", "safety"]


def test_a_responsible_unit_is_active_and_near_or_already_named(
    browser: Browser, session: Session, story: Story
) -> None:
    closed, far = UnitFactory(is_active=False), UnitFactory(commune_code="11977")
    province = UnitFactory(doh=True)
    page = browser.sign_in(story.worker).get(EDIT, case_id=story.case.id)
    offered = {str(o["value"]) for o in page.select("select[name=activities-0-unit] option")}
    assert {str(story.unit.id), str(province.id)} <= offered
    assert not {str(closed.id), str(far.id)} & offered
    data = {**whole_plan(), "activities-0-unit": str(closed.id)}
    write(browser, story, data, expect=422)
    write(browser, story, {**data, "activities-0-unit": str(province.id)})
    province.is_active = False
    session.commit()
    write(browser, story, {"monitoring": "Khác"})
    assert activity_in(session).responsible_unit_id == province.id


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"activities-0-ends_on": day(-3)}, "activities-0-ends_on"),
        ({"activities-0-starts_on": "31/02/2026"}, "activities-0-starts_on"),
        ({"activities-0-starts_on": ""}, "activities-0-starts_on"),
        ({"activities-0-what": ""}, "activities-0-what"),
        ({"activities-0-service_type": "forged"}, "activities-0-service_type"),
        ({"activities-0-ends_on": "01/01/2099"}, "activities"),
        ({"goals-0-domain": ""}, "goals-0-domain"),
        ({"problems-0-domain": ""}, "problems-0-domain"),
        ({"review_on": day(-20)}, "review_on"),
        ({"problems-0-priority": "0"}, "problems-0-priority"),
    ],
)
def test_refused_plans_keep_what_was_typed(
    browser: Browser, session: Session, story: Story, change: dict[str, str], field: str
) -> None:
    page = write(browser, story, {**whole_plan(), **change}, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert page.select_one(f'[id="{field}"]') is not None
    assert page.select_one("#general_goal").text.strip() == "Trẻ an toàn"  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(Plan)) == 0


def test_an_empty_form_makes_no_plan(browser: Browser, session: Session, story: Story) -> None:
    write(browser, story, {}, expect=422)
    assert session.scalar(select(func.count()).select_from(Plan)) == 0


def test_saving_without_a_change_is_no_edit(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    version = plan_in(session).version
    write(browser, story, {})
    assert (plan_in(session).state, plan_in(session).version) == (PlanState.APPROVED, version)
    assert session.scalar(select(func.count()).select_from(PlanRevision)) == 1


def test_an_edit_after_approval_says_so_before_and_voids_it(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    page = browser.sign_in(story.worker).get(EDIT, case_id=story.case.id)
    assert "mất hiệu lực" in page.select_one("#plan-form .conflict").text  # type: ignore[union-attr]
    change = {"goals-0-text": "Trẻ đi học lại"}
    refused = browser.submit_page(page, change, form="#plan-form", expect=422)
    assert refused.select_one('.error-summary a[href="#confirm_void"]') is not None
    assert plan_in(session).state is PlanState.APPROVED
    assert decisions_in(session)[0].voided_at is None
    browser.submit_page(refused, {"confirm_void": "y"}, form="#plan-form")
    (decision,) = decisions_in(session)
    assert decision.voided_by == story.worker.id and decision.voided_at is not None
    assert plan_in(session).state is PlanState.DRAFT
    assert story.case.state is CaseState.PLAN_DRAFTED
    event = events_in(session)[-1]
    assert event.kind is EventKind.PLAN_VOIDED
    assert event.facts == {"cycle": 1, "number": "01/QĐ-UBND", "fields": ["goals"]}
    assert "plan.voided" in session.scalars(select(AuditEvent.action)).all()
    assert "Mất hiệu lực" in browser.follow().text


def test_an_edit_takes_a_submitted_plan_back(
    browser: Browser, session: Session, story: Story
) -> None:
    submitted(browser, story)
    page = browser.get(EDIT, case_id=story.case.id)
    assert "phải trình lại" in page.text
    write(browser, story, {"monitoring": "Khác"})
    assert plan_in(session).state is PlanState.DRAFT
    assert story.case.state is CaseState.PLAN_DRAFTED


def test_what_has_begun_stays_in_the_plan(browser: Browser, session: Session, story: Story) -> None:
    approved(browser, story)
    activity = activity_in(session)
    browser.sign_in(story.worker).submit(
        ACTIVITY, {"state": "doing"}, case_id=story.case.id, activity_id=activity.id
    )
    gone = {name: "" for name in whole_plan() if name.startswith("activities")}
    sent = {**gone, "confirm_void": "y"}
    page = write(browser, story, sent, expect=422)
    assert "ghi là không làm" in summary(page)
    assert activity_in(session).what == "Đưa trẻ về nhà bà ngoại"


def test_an_earlier_cycle_is_reached_and_cannot_be_changed(
    browser: Browser, session: Session, story: Story
) -> None:
    approved(browser, story)
    first = activity_in(session)
    session.get_one(Case, story.case.id).start_cycle()
    session.commit()
    page = browser.sign_in(story.worker).get(SHOW, case_id=story.case.id)
    assert "Chưa có kế hoạch" in page.text and "Chu kỳ 1" in page.text
    old = browser.open(f"/cases/{story.case.id}/plan?cycle=1")
    assert "Đưa trẻ về nhà bà ngoại" in old.text
    assert not old.select("main .task a.btn, main .next")
    page = browser.submit(
        ACTIVITY,
        {"state": "doing"},
        case_id=story.case.id,
        activity_id=first.id,
        expect=409,
    )
    assert "đã kết thúc" in page.text
    write(browser, story, {"general_goal": "Chu kỳ hai"})
    cycles = session.scalars(select(Plan.cycle).order_by(Plan.cycle)).all()
    assert list(cycles) == [1, 2]
    for cycle in ("0", "x", "9999", "-1"):
        browser.open(f"/cases/{story.case.id}/plan?cycle={cycle}", expect=404)


def test_closing_asks_for_an_approved_plan_and_no_open_activity(
    browser: Browser, session: Session, story: Story
) -> None:
    def asked() -> list[str]:
        case = session.get_one(Case, story.case.id)
        return [str(one.text) for one in obstacles(session, case) if one.endpoint == SHOW]

    assert asked() == ["Kế hoạch của chu kỳ này chưa được phê duyệt."]
    approved(browser, story)
    assert asked() == ["Còn 1 hoạt động của kế hoạch chưa xong và chưa ghi lý do."]
    browser.sign_in(story.worker).submit(
        ACTIVITY,
        {"state": "not_done", "result": "Gia đình đã chuyển đi"},
        case_id=story.case.id,
        activity_id=activity_in(session).id,
    )
    assert asked() == []
    write(browser, story, {"monitoring": "Khác", "confirm_void": "y"})
    assert asked() == ["Kế hoạch của chu kỳ này chưa được phê duyệt."]


def test_a_closed_section_is_not_read(browser: Browser, session: Session, story: Story) -> None:
    submitted(browser, story)
    case = session.get_one(Case, story.case.id)
    with counted(browser.engine) as seen:
        assert plan_file(session, case, sections=frozenset({Section.EVENT})).plan is None
        assert newest_needs(session, case.id, sections=frozenset({Section.PLAN})) == []
    assert seen == []


@pytest.mark.parametrize(
    ("role", "in_unit", "show", "edit"),
    [
        (Role.CP_WORKER, True, 200, 200),
        (Role.COMMUNE_CHAIR, True, 200, 403),
        (Role.SUPERVISOR, False, 200, 403),
        (Role.CP_WORKER, False, 404, 404),
        (Role.INTAKE, True, 403, 403),
    ],
)
def test_who_reads_and_who_edits(
    browser: Browser, story: Story, role: Role, in_unit: bool, show: int, edit: int
) -> None:
    unit = story.unit if in_unit else UnitFactory(doh=role is Role.SUPERVISOR)
    browser.sign_in(UserFactory(role=role, unit=unit))
    browser.get(SHOW, case_id=story.case.id, expect=show)
    browser.get(EDIT, case_id=story.case.id, expect=edit)


def test_a_closed_case_is_read_only(browser: Browser, session: Session, story: Story) -> None:
    approved(browser, story)
    session.get_one(Case, story.case.id).close(now=clock.now())
    session.commit()
    page = browser.sign_in(story.worker).get(SHOW, case_id=story.case.id)
    assert not page.select("main .next, main .task a.btn")
    browser.get(EDIT, case_id=story.case.id, expect=409)


def test_what_was_typed_is_sealed(browser: Browser, session: Session, story: Story) -> None:
    write(browser, story, whole_plan())
    row = activity_in(session)
    assert row.what_sealed is not None and "bà".encode() not in row.what_sealed
    (revision,) = session.scalars(select(PlanRevision)).unique()
    assert "Trẻ an toàn" in (revision.snapshot or "")
    assert "Trẻ".encode() not in (revision.snapshot_sealed or b"")


def test_the_chair_sees_plans_that_wait(browser: Browser, session: Session, story: Story) -> None:
    home = browser.sign_in(story.chair).get("home.index")
    assert "Kế hoạch:" not in home.text
    submitted(browser, story)
    home = browser.sign_in(story.chair).get("home.index")
    row = home.select_one("#decisions li")
    assert row is not None and story.case.number in row.text and story.worker.name in row.text
    browser.open(str(row.select_one("a.btn")["href"]))  # type: ignore[index]
    stranger = UserFactory(role=Role.COMMUNE_CHAIR)
    assert story.case.number not in browser.sign_in(stranger).get("home.index").text
    decide(browser, story, {"decision": "returned", "reason": "Thiếu y tế"})
    assert "Kế hoạch:" not in browser.get("home.index").text
