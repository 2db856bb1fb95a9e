"""Emergency measures and the decision that none is needed, against the twelve hours."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CaseEvent, InitialAssessment, SafetyMeasure
from app.cases.models.assessments import NEWEST_FIRST
from app.cases.queries.measures import measures_ending, measures_of
from app.core import clock
from app.deadlines.models import ClockState
from app.deadlines.queries import ClockView, clocks_of
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.cases.test_assessment import CALM, GRAVE, assess
from tests.factories import UserFactory
from tests.sql import counted

NEW = "measures.new"
SHELTER = {"kind": "safe_shelter", "description": "Về nhà bà ngoại", "performed_by": "Công an xã"}
NONE = {"decision": "none", "reason": "Cháu an toàn", "performed_by": "Chủ tịch"}


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def record(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.worker).submit(NEW, data, case_id=story.case.id, **more)


def emergency(session: Session, story: Story) -> ClockView:
    clocks = clocks_of(session, story.case.id)
    return next(view for view in clocks if view.rule_key == "T_EMERG")


def moment(story: Story, hours: float) -> datetime:
    return story.received_at + timedelta(hours=hours)


def test_a_measure_answers_the_twelve_hours_when_it_began(
    browser: Browser, session: Session, story: Story
) -> None:
    record(browser, story, {**SHELTER, "started_at": story.at(1)["parts"]})
    measure = session.scalars(select(SafetyMeasure)).one()
    assert (measure.description, measure.performed_by) == ("Về nhà bà ngoại", "Công an xã")
    view = emergency(session, story)
    assert (view.met_at, view.state(clock.now())) == (moment(story, 1), ClockState.MET)
    event = session.scalars(select(CaseEvent)).one()
    assert (event.kind, event.section) == (EventKind.MEASURE, Section.PLAN)
    assert event.facts == {"kind": "safe_shelter"}
    assert event.note == "Công an xã\nVề nhà bà ngoại"
    assert "case.measure_recorded" in session.scalars(select(AuditEvent.action)).all()


def test_a_measure_after_twelve_hours_is_a_miss_though_done(
    browser: Browser, session: Session
) -> None:
    story = make_story(session, hours_ago=20)
    record(browser, story, {**SHELTER, "started_at": story.at(14)["parts"]})
    assert emergency(session, story).state(clock.now()) is ClockState.MISSED
    assert "deadline.missed" in session.scalars(select(AuditEvent.action)).all()


def test_done_in_time_and_typed_late_is_met(browser: Browser, session: Session) -> None:
    story = make_story(session, hours_ago=20)
    record(browser, story, {**SHELTER, "started_at": story.at(11)["parts"]})
    assert emergency(session, story).state(clock.now()) is ClockState.MET


def test_help_that_is_no_emergency_measure_leaves_the_clock_running(
    browser: Browser, session: Session, story: Story
) -> None:
    record(browser, story, {"kind": "legal_support", "performed_by": "Trung tâm trợ giúp"})
    assert emergency(session, story).met_at is None


def test_the_first_answer_counts(browser: Browser, session: Session, story: Story) -> None:
    record(browser, story, {**SHELTER, "started_at": story.at(1)["parts"]})
    record(browser, story, {**SHELTER, "started_at": story.at(1.5)["parts"]})
    assert emergency(session, story).met_at == moment(story, 1)
    assert len(measures_of(session, story.case.id, sections=frozenset({Section.PLAN}))) == 2


def test_a_prior_action_is_said_to_be_one(browser: Browser, session: Session, story: Story) -> None:
    early = {**SHELTER, "started_at": story.at(-30)["parts"]}
    page = record(browser, story, early, expect=422)
    assert "đánh dấu ô bên dưới" in page.text
    record(browser, story, {**early, "is_prior": "y"})
    assert emergency(session, story).met_at == story.received_at


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hours": 30}, "started_at"),
        ({"hours": -24 * 40, "is_prior": "y"}, "started_at"),
        ({"hours": 1, "is_prior": "y"}, "started_at"),
        ({"hours": 1, "until": 0.5}, "ends_at"),
        ({"hours": 1, "kind": "separation", "until": 1 + 24 * 15.1}, "ends_at"),
        ({"hours": 1, "kind": None}, "kind"),
        ({"hours": 1, "kind": "forged"}, "kind"),
        ({"hours": 1, "performed_by": ""}, "performed_by"),
    ],
)
def test_refused_measures_keep_what_was_typed(
    browser: Browser, session: Session, story: Story, change: dict[str, Any], field: str
) -> None:
    hours, until = change.pop("hours"), change.pop("until", None)
    data = {**SHELTER, "started_at": story.at(hours)["parts"], **change}
    if until:
        data["ends_at"] = story.at(until)["parts"]
    page = record(browser, story, data, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert page.select_one("textarea[name=description]").text.strip() == "Về nhà bà ngoại"  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(SafetyMeasure)) == 0
    assert emergency(session, story).met_at is None


def test_a_separation_of_more_than_fifteen_days_is_ordered_by_an_authority(
    browser: Browser, session: Session, story: Story
) -> None:
    long = {
        **SHELTER,
        "kind": "separation",
        "started_at": story.at(1)["parts"],
        "ends_at": story.at(24 * 20)["parts"],
        "is_longer_ordered": "y",
    }
    record(browser, story, long)
    assert session.scalars(select(CaseEvent)).one().facts["is_longer_ordered"] is True


def test_no_measure_is_needed_only_after_an_assessment_without_emergency(
    browser: Browser, session: Session, story: Story
) -> None:
    page = record(browser, story, NONE, expect=422)
    assert "Cần đánh giá nguy cơ ban đầu" in page.text
    assess(browser, story, GRAVE)
    page = record(browser, story, NONE, expect=422)
    assert "phải có biện pháp" in page.text
    assess(browser, story, {**CALM, "override_reason": "Người gây hại đã đi"})
    page = record(browser, story, NONE, expect=422)  # the emergency still counts
    assert "phải có biện pháp" in page.text
    newest = select(InitialAssessment.id).order_by(*NEWEST_FIRST).limit(1)
    place = {"case_id": story.case.id, "assessment_id": session.scalar(newest)}
    browser.sign_in(story.chair)
    browser.submit("assessment.decide_override", {"decision": "approved"}, **place)
    page = record(browser, story, {**NONE, "reason": ""}, expect=422)
    assert page.select_one('.error-summary a[href="#reason"]') is not None
    record(browser, story, NONE)
    assert emergency(session, story).state(clock.now()) is ClockState.MET
    decision = session.scalars(select(SafetyMeasure)).one()
    assert decision.is_none_needed and decision.kind is None
    last = session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id.desc())).first()
    assert last is EventKind.NO_MEASURE_NEEDED


def test_a_double_click_records_one_measure(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, SHELTER)
    assert session.scalar(select(func.count()).select_from(SafetyMeasure)) == 1


def test_two_people_record_their_measures_one_after_the_other(
    browser: Browser, session: Session, story: Story
) -> None:
    stale = browser.sign_in(story.chair).get(NEW, case_id=story.case.id)
    of_chair = browser.client
    record(browser, story, SHELTER)
    browser.client = of_chair
    browser.submit_page(stale, {"kind": "medical_care", "performed_by": "Trạm Y tế"})
    assert session.scalar(select(func.count()).select_from(SafetyMeasure)) == 2


def test_measures_about_to_end_are_told_to_who_sees_the_case(
    browser: Browser, session: Session, story: Story
) -> None:
    record(browser, story, {**SHELTER, "ends_at": story.at(48)["parts"]})
    record(browser, story, {**SHELTER, "ends_at": story.at(24 * 30)["parts"]})
    soon = {"now": clock.now(), "within": timedelta(days=3)}
    for user in (story.chair, story.supervisor):
        (ending,) = measures_ending(session, actor_of(user), **soon)
        assert (ending.number, ending.ends_at) == (story.case.number, moment(story, 48))
    assert list(measures_ending(session, actor_of(UserFactory()), **soon)) == []


def test_measures_of_a_closed_section_are_not_read(
    browser: Browser, session: Session, story: Story
) -> None:
    record(browser, story, SHELTER)
    case_id = story.case.id
    with counted(browser.engine) as seen:
        assert measures_of(session, case_id, sections=frozenset({Section.EVENT})) == []
    assert seen == []


@pytest.mark.parametrize(
    ("role", "in_unit", "status"),
    [
        (Role.CP_WORKER, True, 200),
        (Role.COMMUNE_CHAIR, True, 200),
        (Role.COMMUNE_CHAIR, False, 404),
        (Role.SUPERVISOR, False, 403),
        (Role.INTAKE, True, 403),
    ],
)
def test_who_may_record(
    browser: Browser, story: Story, role: Role, in_unit: bool, status: int
) -> None:
    user = UserFactory(role=role, **({"unit": story.unit} if in_unit else {}))
    browser.sign_in(user).get(NEW, case_id=story.case.id, expect=status)


def test_the_page_is_few_statements(browser: Browser, story: Story) -> None:
    record(browser, story, SHELTER)
    with counted(browser.engine) as seen:
        page = browser.get(NEW, case_id=story.case.id)
    assert len(seen) <= 6, "\n".join(seen)
    with counted(browser.engine) as seen:
        browser.submit_page(page, SHELTER)
    assert len(seen) <= 16, "\n".join(seen)


def test_do_not_contact_stands_on_the_page(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.do_not_contact = True
    session.commit()
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    assert page.select_one(".stop") is not None
