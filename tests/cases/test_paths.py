"""Which clocks a case starts, by its category; and the shorter path of special circumstances."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.cases import paths
from app.cases.enums import CaseState, Category, RiskLevel
from app.cases.models import Case
from app.cases.paths import clocks_of_report
from app.core import clock
from app.deadlines.models import Deadline
from app.deadlines.queries import clocks_of
from app.reference.datafiles import ReferenceDataError
from tests.browser import Browser
from tests.cases.test_assessment import CALM, GRAVE
from tests.factories import PHO_HIEN, UnitFactory, UserFactory

FULL = ("T_ROUTE", "T_EMERG", "T_PLAN", "T_APPROVE")
SPECIAL = {
    "category": "special_circumstances",
    "channel": "phone",
    "child_name": "Lê Thị Bưởi",
    "event_commune": PHO_HIEN,
}


@pytest.fixture
def worker(session: Session) -> User:
    return UserFactory(unit=UnitFactory(commune_code=PHO_HIEN))


def reported(browser: Browser, session: Session, worker: User, **more: object) -> Case:
    browser.sign_in(worker).submit("intake.new", SPECIAL | more, form="#intake")
    return session.scalars(select(Case)).unique().one()


def started(session: Session, case: Case) -> dict[str, datetime]:
    clocks = select(Deadline).where(Deadline.subject_id == case.id)
    return {one.rule_key: one.started_at for one in session.scalars(clocks)}


def step(browser: Browser, case: Case) -> str:
    """The next step, as the page of the case names it."""
    title = browser.get("cases.show", case_id=case.id).select_one(".next h2")
    assert title is not None
    return title.text.strip()


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("channel", ["phone", "area_review"])
def test_danger_always_starts_the_twelve_hours(category: Category, channel: str) -> None:
    day = date(2026, 11, 23)
    keys = clocks_of_report(category, channel=channel, is_present_danger=True, day=day)
    assert keys == FULL


def test_special_circumstances_alone_start_no_twelve_hours() -> None:
    day = date(2026, 11, 23)
    for category in Category:
        keys = clocks_of_report(category, channel="phone", is_present_danger=False, day=day)
        is_special = category is Category.SPECIAL_CIRCUMSTANCES
        assert keys == (("T_ROUTE", "T_PLAN", "T_APPROVE") if is_special else FULL)
    survey = clocks_of_report(
        Category.SPECIAL_CIRCUMSTANCES, channel="area_review", is_present_danger=False, day=day
    )
    assert survey == ()
    abused = clocks_of_report(
        Category.ABUSED, channel="area_review", is_present_danger=False, day=day
    )
    assert abused == FULL


def test_a_report_starts_what_the_data_say(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker)
    assert started(session, case).keys() == {"T_ROUTE", "T_PLAN", "T_APPROVE"}
    browser.get("cases.show", case_id=case.id)
    browser.get("cases.timeline", case_id=case.id, audit=1)


def test_a_report_of_danger_starts_all(browser: Browser, session: Session, worker: User) -> None:
    case = reported(browser, session, worker, is_present_danger="y")
    assert started(session, case).keys() == set(FULL)
    browser.submit("verification.new", {"outcome": "confirmed"}, case_id=case.id)
    assert step(browser, case) == "Đánh giá nguy cơ ban đầu"


@pytest.mark.parametrize("change", [{"category": "abused"}, {"is_present_danger": "y"}])
def test_a_correction_starts_the_twelve_hours_from_the_receipt(
    browser: Browser, session: Session, worker: User, change: dict[str, str]
) -> None:
    """A slip at the desk must not hide that a child is in danger, nor gain it time."""
    case = reported(browser, session, worker)
    browser.submit("intake.correct", change, case_id=case.id)
    assert started(session, case)["T_EMERG"] == case.opened_at
    browser.submit("intake.correct", {"event_place": "Thôn Đông"}, case_id=case.id)
    assert len(session.scalars(select(Deadline)).all()) == 4


def test_a_correction_takes_no_clock_away(browser: Browser, session: Session, worker: User) -> None:
    case = reported(browser, session, worker, category="abused")
    browser.submit("intake.correct", {"category": "special_circumstances"}, case_id=case.id)
    assert [c.rule_key for c in clocks_of(session, case.id) if c.rule_key == "T_EMERG"]


def test_an_emergency_that_the_assessment_finds_starts_the_twelve_hours(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker)
    browser.submit("assessment.new", CALM, case_id=case.id)
    assert "T_EMERG" not in started(session, case)
    browser.submit("assessment.new", GRAVE, case_id=case.id)
    since = started(session, case)["T_EMERG"]
    assert clock.now() - since < timedelta(minutes=5)
    assert step(browser, case) == "Can thiệp khẩn cấp"
    browser.submit("assessment.new", GRAVE, case_id=case.id)
    assert started(session, case)["T_EMERG"] == since


def test_from_verification_to_the_plan(browser: Browser, session: Session, worker: User) -> None:
    case = reported(browser, session, worker)
    assert step(browser, case) == "Xác minh tin báo"
    browser.submit("verification.new", {"outcome": "confirmed"}, case_id=case.id)
    assert step(browser, case) == "Lập và trình kế hoạch"
    page = browser.get("cases.show", case_id=case.id)
    assert "Đánh giá ban đầu (Mẫu số 02)" in page.text, "the longer path stays possible"
    later = {
        CaseState.NEEDS_MEETING: "Lập và trình kế hoạch",
        CaseState.PLAN_SUBMITTED: "Phê duyệt kế hoạch",
        CaseState.IN_PROGRESS: "Thực hiện kế hoạch và theo dõi",
        CaseState.REVIEW: "Xác nhận đóng hồ sơ",
    }
    for state, title in later.items():
        case.state = state
        session.commit()
        assert step(browser, case) == title


def test_a_high_risk_leads_back_to_the_whole_path(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker)
    case.state = CaseState.INITIAL_ASSESSED
    case.set_risk(RiskLevel.HIGH)
    session.commit()
    assert step(browser, case) == "Thu thập thông tin, đánh giá cụ thể"


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        ('clocks = ["T_PLAN"]\nmark = "I"', "T_EMERG"),
        ('clocks = ["T_EMERG"]\nmark = "I"', "no path for"),
        ('clocks = ["T_EMERG"]', "mark"),
    ],
)
def test_a_faulty_file_stops_the_start(tmp_path: Path, faulty: str, said: str) -> None:
    head = 'version = 101\ncitation = "thử"\neffective_from = 2027-01-01\n[categories.abused]\n'
    (tmp_path / "case_clocks.v101.toml").write_text(head + faulty, encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=said):
        paths.install(tmp_path)
    paths.install()
