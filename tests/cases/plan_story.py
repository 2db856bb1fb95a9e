"""A case with a plan, for the tests of what is planned, decided and done."""

from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.cases.enums import RiskLevel
from app.cases.models import (
    Case,
    CaseEvent,
    Plan,
    PlanActivity,
    PlanDecision,
    SpecificAssessment,
    SpecificNeed,
)
from app.core import clock
from app.people.models import Child
from tests.browser import Browser
from tests.cases.story import Story

EDIT, SHOW, DECIDE, ACTIVITY = "plans.edit", "plans.show", "plans.decide", "plans.activity"
SUBMIT = "form#submit-plan"


def day(offset: int) -> str:
    return (clock.today() + timedelta(days=offset)).strftime("%d/%m/%Y")


def whole_plan() -> dict[str, Any]:
    """What is typed for a plan that may be submitted."""
    return {
        "problems-0-domain": "safety",
        "problems-0-text": "Trẻ bị đánh ở nhà",
        "general_goal": "Trẻ an toàn",
        "goals-0-domain": "safety",
        "goals-0-text": "Không còn bị đánh",
        "activities-0-what": "Đưa trẻ về nhà bà ngoại",
        "activities-0-domain": "safety",
        "activities-0-service_type": "safe_place",
        "activities-0-responsible": "Cán bộ xã",
        "activities-0-starts_on": day(0),
        "activities-0-ends_on": day(7),
        "monitoring": "Thăm mỗi tuần",
        "review_on": day(30),
    }


def write(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.worker).submit(EDIT, data, case_id=story.case.id, **more)


def submit(browser: Browser, story: Story, **more: Any) -> BeautifulSoup:
    page = browser.sign_in(story.worker).get(SHOW, case_id=story.case.id)
    return browser.submit_page(page, {}, form=SUBMIT, **more)


def submitted(browser: Browser, story: Story) -> None:
    write(browser, story, whole_plan())
    submit(browser, story)


def decide(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.chair).submit(DECIDE, data, case_id=story.case.id, **more)


def approved(browser: Browser, story: Story) -> None:
    submitted(browser, story)
    decide(browser, story, {"decision": "approved"})


def plan_in(session: Session) -> Plan:
    return session.scalars(select(Plan)).unique().one()


def activity_in(session: Session) -> PlanActivity:
    return session.scalars(select(PlanActivity)).unique().one()


def decisions_in(session: Session) -> list[PlanDecision]:
    return list(session.scalars(select(PlanDecision).order_by(PlanDecision.decided_at)).unique())


def events_in(session: Session) -> list[CaseEvent]:
    return list(session.scalars(select(CaseEvent).order_by(CaseEvent.id)).unique())


def add_needs(session: Session, case: Case, **levels: RiskLevel) -> None:
    """A specific assessment that rates these domains."""
    key, now = session.get_one(Child, case.child_id).key, clock.now()
    row = SpecificAssessment(
        key=key, case_id=case.id, cycle=case.cycle, form_version=1, answers={}, counts={},
        computed_level=RiskLevel.HIGH, final_level=RiskLevel.HIGH, happened_at=now, typed_at=now,
        by_id=session.scalars(select(User.id)).first(),
    )  # fmt: skip
    row.needs = [
        SpecificNeed(
            key=key, assessment_id=row.id, position=n, domain=domain, severity=level,
            problem=f"Vấn đề về {domain}",
        )
        for n, (domain, level) in enumerate(levels.items(), start=1)
    ]  # fmt: skip
    session.add(row)
    session.commit()
