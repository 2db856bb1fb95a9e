"""The list of cases: order, filters, pages, names only for who may know them, few statements."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, Unit, User
from app.cases.enums import RISK_RANK, CaseState, RiskLevel
from app.cases.models import Case, Report
from app.core import clock
from app.core.db import db
from app.deadlines import services as clocks
from tests.browser import Browser
from tests.cases.story import make_story
from tests.factories import (
    TAN_HUNG,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.sql import counted


@pytest.fixture
def worker(session: Session) -> User:
    return UserFactory(unit=UnitFactory())


def a_case(session: Session, worker: User, days: int = 0, **values: object) -> Case:
    level = values.pop("level", None)
    case: Case = CaseFactory(
        worked_by=session.get_one(Unit, worker.unit_id),
        risk_level=level,
        risk_rank=RISK_RANK[level],  # type: ignore[index]
        last_event_at=clock.now() - timedelta(days=days),
        **values,
    )
    return case


def numbers(page: BeautifulSoup) -> list[str]:
    return [str(row.text).split(" ")[0] for row in page.select("tbody th small:first-of-type")]


def test_risk_first_then_the_longest_silence(
    browser: Browser, session: Session, worker: User
) -> None:
    low = a_case(session, worker, 90, level=RiskLevel.LOW)
    quiet = a_case(session, worker, 30, level=RiskLevel.HIGH)
    unknown = a_case(session, worker, 5)
    recent = a_case(session, worker, 1, level=RiskLevel.HIGH)
    page = browser.sign_in(worker).get("cases.index")
    assert numbers(page) == [case.number for case in (quiet, recent, unknown, low)]
    assert "30 ngày" in page.text


def with_clock(session: Session, case: Case, hours: float, rule: str = "T_EMERG") -> Case:
    """A clock that runs out in so many hours, if it gives twelve."""
    started = clock.now() + timedelta(hours=hours - 12)
    clocks.start_clocks(
        session,
        subject_id=case.id,
        subject_label=case.number,
        rule_keys=(rule,),
        started_at=started,
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        now=clock.now(),
    )
    session.commit()
    return case


@pytest.mark.parametrize("limit", [2, 25])
def test_what_is_late_comes_first_then_danger_then_the_unopened_then_what_runs_out(
    browser: Browser, session: Session, worker: User, limit: int
) -> None:
    opened = clock.now()
    calm = a_case(session, worker, 40, level=RiskLevel.HIGH)
    soon = with_clock(session, a_case(session, worker, first_opened_at=opened), 3)
    new = with_clock(session, a_case(session, worker), 8)
    danger = ReportFactory(is_present_danger=True)
    hurt = with_clock(session, a_case(session, worker, of_report=danger), 11)
    late = with_clock(session, a_case(session, worker, level=RiskLevel.LOW), -2)
    later = with_clock(session, a_case(session, worker, level=RiskLevel.LOW), -1)
    with_clock(session, later, 10.5, rule="T_ROUTE")  # two late clocks, one row
    page = browser.sign_in(worker).get("cases.index", limit=limit)
    seen = numbers(page)
    while (older := page.select_one("a[rel=next]")) is not None:
        page = browser.open(str(older["href"]))
        seen += numbers(page)
    assert seen == [case.number for case in (late, later, hurt, new, soon, calm)]


def test_present_danger_is_said_until_somebody_answers(browser: Browser, session: Session) -> None:
    story = make_story(session)
    session.get_one(Report, story.case.report_id).is_present_danger = True
    session.commit()
    browser.sign_in(story.worker)
    pages = ("cases.index", {}), ("home.index", {}), ("cases.show", {"case_id": story.case.id})
    for endpoint, values in pages:
        assert "Đang nguy hiểm" in browser.get(endpoint, **values).text, endpoint
    now = clock.now()
    clocks.meet(session, subject_id=story.case.id, rule_key="T_EMERG", happened_at=now, now=now)
    session.commit()
    for endpoint, values in pages:
        assert "Đang nguy hiểm" not in browser.get(endpoint, **values).text, endpoint


def test_filters(browser: Browser, session: Session, worker: User) -> None:
    mine = a_case(session, worker, level=RiskLevel.HIGH, owner_id=worker.id)
    free = a_case(session, worker, state=CaseState.VERIFYING)
    ended = a_case(session, worker, state=CaseState.CLOSED, is_ended=True)
    browser.sign_in(worker)
    for query, expected in (
        ({"who": "mine"}, [mine]),
        ({"who": "unassigned"}, [free]),
        ({"risk": "HIGH"}, [mine]),
        ({"risk": "none"}, [free]),
        ({"state": "verifying"}, [free]),
        ({"show": "ended"}, [ended]),
        ({"risk": "LOW"}, []),
        ({"risk": "x", "state": "y", "who": "z", "after": "1.2.3", "limit": "-4"}, [mine, free]),
    ):
        page = browser.get("cases.index", **query)
        assert numbers(page) == [case.number for case in expected], query


def test_pages_show_every_case_once(browser: Browser, session: Session, worker: User) -> None:
    made = {a_case(session, worker, number % 3).number for number in range(23)}
    page = browser.sign_in(worker).get("cases.index", limit=10)
    seen = numbers(page)
    while (older := page.select_one("a[rel=next]")) is not None:
        page = browser.open(str(older["href"]))
        seen += numbers(page)
    assert len(seen) == 23 and set(seen) == made


def test_others_cases_are_not_there(browser: Browser, session: Session, worker: User) -> None:
    CaseFactory(worked_by=UnitFactory(commune_code=TAN_HUNG), of_child=ChildFactory())
    page = browser.sign_in(worker).get("cases.index")
    assert numbers(page) == [] and "Không có hồ sơ nào khớp" in page.text


def test_a_supervisor_sees_the_area_and_desks_no_list(
    browser: Browser, session: Session, worker: User
) -> None:
    case = a_case(session, worker)
    supervisor = UserFactory(unit=UnitFactory(doh=True), role=Role.SUPERVISOR)
    assert numbers(browser.sign_in(supervisor).get("cases.index")) == [case.number]
    assert numbers(browser.get("cases.index", commune=TAN_HUNG)) == []
    browser.sign_in(UserFactory(role=Role.INTAKE)).get("cases.index", expect=403)


def test_the_names_shown_are_on_the_log(browser: Browser, session: Session, worker: User) -> None:
    case = a_case(session, worker)
    browser.sign_in(worker).get("cases.index")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "cases.listed")).one()
    assert json.loads(event.body)["data"]["cases"] == [str(case.id)]


@pytest.mark.parametrize("count", [1, 25])
def test_six_statements_however_many_rows(
    browser: Browser, session: Session, worker: User, count: int
) -> None:
    for _ in range(count):
        a_case(session, worker)
    browser.sign_in(worker).get("cases.index")
    with counted(db.engine) as seen:
        browser.get("cases.index")
    assert len(seen) <= 6, "\n".join(statement[:90] for statement in seen)


def test_the_clocks_page_lists_what_the_figures_count(browser: Browser, session: Session) -> None:
    late = make_story(session, hours_ago=20)
    browser.sign_in(late.supervisor)
    text = browser.get("cases.clocks", state="missed").text
    assert late.case.number in text and "quá hạn 8 giờ" in text
    assert late.case.number not in browser.get("cases.clocks", state="extended").text
    assert late.case.number in browser.get("cases.clocks", state="nonsense", after="x").text
    browser.sign_in(UserFactory())
    assert late.case.number not in browser.get("cases.clocks", state="missed").text
