"""Where each role lands: what it shows, what it never shows, and how few statements it takes."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.cases.enums import RISK_RANK, OverrideState, RiskLevel
from app.cases.models import Case, Plan, Review, SafetyMeasure
from app.cases.models.care import Separation
from app.cases.models.plans import PlanState
from app.cases.models.reviews import ClosingState, Proposal
from app.core import clock
from app.core.db import db
from app.core.sealed import DataKey
from app.people.models import Child
from tests.browser import Browser
from tests.cases.files import assess, fill_file
from tests.cases.story import Story, make_story
from tests.factories import CaseFactory, ChildFactory, ReportFactory, UnitFactory, UserFactory
from tests.sql import counted

NAME = "Nguyễn Minh Anh"


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def test_today_says_what_why_how_long_and_one_action(browser: Browser, story: Story) -> None:
    row = browser.sign_in(story.worker).get("home.index").select_one(".rows li")
    assert row is not None
    assert NAME in row.text and "tin báo mới, chưa ai mở" in row.text and "quá hạn" in row.text
    assert [link.text.split()[0] for link in row.select("a.btn")] == ["Mở"]


def test_the_action_follows_the_case(browser: Browser, session: Session, story: Story) -> None:
    fill_file(session, story)
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    link = browser.get("home.index").select_one(".rows a.btn")
    assert link is not None and str(link["href"]).endswith("/verification")
    assess(session, story, RiskLevel.HIGH)
    link = browser.get("home.index").select_one(".rows a.btn")
    assert link is not None and "/measures" in str(link["href"])


def test_nobody_is_offered_what_is_forbidden(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    for link in browser.sign_in(story.chair).get("home.index").select("main a.btn"):
        browser.open(str(link["href"]))


def test_all_done_is_an_answer(browser: Browser) -> None:
    page = browser.sign_in(UserFactory()).get("home.index")
    assert "Đã xong hết việc" in page.text


def test_at_most_seven_rows_and_the_rest_is_counted(
    browser: Browser, session: Session, story: Story
) -> None:
    for _ in range(8):
        CaseFactory(worked_by=story.unit)
    page = browser.sign_in(story.worker).get("home.index")
    today = page.select_one("section[aria-labelledby=today-title]")
    assert today is not None and len(today.select("li")) == 7
    assert "Còn 2 việc nữa" in today.text


def test_the_chair_sees_decisions_and_the_asker_is_not_asked(
    browser: Browser, session: Session, story: Story
) -> None:
    row = assess(session, story)
    row.override_state, row.wanted_level = OverrideState.PENDING, RiskLevel.LOW
    session.commit()
    page = browser.sign_in(story.chair).get("home.index")
    decision = page.select_one("#decisions")
    assert decision is not None and story.case.number in decision.text
    assert decision.select_one("a.btn") is not None
    assert "Nguy cơ cao" in page.text and NAME in page.text


def key_of(session: Session, case: Case) -> DataKey:
    return session.get_one(Child, case.child_id).key


def submitted_plan(session: Session, story: Story) -> Plan:
    case, at, by = CaseFactory(worked_by=story.unit), clock.now(), story.worker.id
    return Plan(
        key=key_of(session, case),
        case_id=case.id,
        cycle=1,
        form_version=1,
        state=PlanState.SUBMITTED,
        drafted_by=by,
        drafted_at=at,
        edited_by=by,
        edited_at=at,
        submitted_by=by,
        submitted_at=at,
    )


def closing_asked(session: Session, story: Story) -> Review:
    case, at = CaseFactory(worked_by=story.unit), clock.now() - timedelta(days=1)
    return Review(
        key=key_of(session, case),
        case_id=case.id,
        cycle=1,
        form_version=1,
        answers={},
        counts={},
        computed_level=RiskLevel.LOW,
        states={},
        proposal=Proposal.CLOSE,
        happened_at=at,
        typed_at=at,
        by_id=story.worker.id,
        closing_state=ClosingState.PENDING,
    )


def separation_asked(session: Session, story: Story) -> Separation:
    case, at = CaseFactory(worked_by=story.unit), clock.now()
    return Separation(
        key=key_of(session, case),
        case_id=case.id,
        form_version=1,
        reason="abused_by_carer",
        place_kind="relative",
        started_at=at,
        first_ends_at=at + timedelta(days=5),
        ends_at=at + timedelta(days=5),
        drafted_by=story.worker.id,
        drafted_at=at,
    )


def test_what_keeps_a_child_safe_stands_before_a_plan_and_a_plan_before_the_rest(
    browser: Browser, session: Session, story: Story
) -> None:
    row = assess(session, story)
    row.override_state, row.wanted_level = OverrideState.PENDING, RiskLevel.LOW
    asked = (closing_asked, submitted_plan, separation_asked)
    session.add_all([ask(session, story) for ask in asked])
    session.commit()
    page = browser.sign_in(story.chair).get("home.index")
    said = [row.text for row in page.select("#decisions li .row-title")]
    kinds = [title.split(":")[0] for title in said]
    assert kinds == ["Chữ ký thứ hai", "Tạm thời cách ly", "Kế hoạch", "Đóng hồ sơ"]


def test_every_figure_of_the_supervisor_opens_its_list_and_zero_is_shown(
    browser: Browser, session: Session
) -> None:
    late = make_story(session, hours_ago=20)
    page = browser.sign_in(late.supervisor).get("home.index")
    tiles = page.select("a.tile")
    figures = {tile.select(".tile-label")[0].text: tile.select("b")[0].text for tile in tiles}
    assert figures["thời hạn đã quá"] == "2"  # routing and emergency
    assert figures["hồ sơ chưa có người phụ trách"] == "1"
    assert figures["việc chờ quyết định"] == "0"
    assert NAME not in page.text
    for tile in tiles:
        if not str(tile["href"]).startswith("#"):
            assert late.case.number in browser.open(str(tile["href"])).text or (
                tile.select("b")[0].text == "0"
            )


def test_a_desk_sees_todays_reports_and_no_name(browser: Browser, session: Session) -> None:
    desk = UserFactory(unit=UnitFactory(hotline=True), role=Role.INTAKE)
    ReportFactory(user=desk, received_at=clock.now())
    page = browser.sign_in(desk).get("home.index")
    assert "Tin nhận hôm nay" in page.text and page.select_one("form[role=search]") is not None
    assert NAME not in page.text


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
def test_who_has_no_cases_sees_no_cases(
    browser: Browser, session: Session, story: Story, role: Role
) -> None:
    user = UserFactory(unit=UnitFactory(doh=True), role=role)
    page = browser.sign_in(user).get("home.index")
    assert story.case.number not in page.text and NAME not in page.text
    assert not page.select("main form")


@pytest.mark.parametrize("role", list(Role))
def test_no_home_takes_more_than_twelve_statements(
    browser: Browser, session: Session, story: Story, role: Role
) -> None:
    user = UserFactory(unit=story.unit, role=role)
    browser.sign_in(user).get("home.index")
    with counted(db.engine) as seen:
        browser.get("home.index")
    assert len(seen) <= 12, "\n".join(statement[:90] for statement in seen)


def test_a_measure_about_to_end_is_shown(browser: Browser, session: Session, story: Story) -> None:
    child = session.get_one(Child, story.case.child_id)
    session.add(
        SafetyMeasure(
            key=child.key,
            case_id=story.case.id,
            kind="isolation",
            started_at=clock.now() - timedelta(days=13),
            ends_at=clock.now() + timedelta(days=2, minutes=5),
            typed_at=clock.now(),
            by_id=story.worker.id,
        )
    )
    session.commit()
    page = browser.sign_in(story.chair).get("home.index")
    assert "Biện pháp sắp hết hạn" in page.text and "còn 2 ngày" in page.text


def test_the_supervisor_sees_what_is_late_and_who_carries_how_much(
    browser: Browser, session: Session
) -> None:
    late = make_story(session, hours_ago=20)
    session.refresh(late.case)
    late.case.owner_id = late.worker.id
    light = UserFactory(unit=late.unit)
    CaseFactory(
        worked_by=late.unit, of_child=ChildFactory(), number="HY-2026-000777", owner_id=light.id,
        risk_level=RiskLevel.LOW, risk_rank=RISK_RANK[RiskLevel.LOW],
    )  # fmt: skip
    session.commit()
    page = browser.sign_in(late.supervisor).get("home.index")
    card = page.select_one("section[aria-labelledby=late-title]")
    assert card is not None and late.case.number in card.text and "quá hạn 8 giờ" in card.text
    rows = page.select("section[aria-labelledby=workers-title] tbody tr")
    assert [row.select_one("a").text for row in rows] == [late.worker.name, light.name]  # type: ignore[union-attr]
    assert [row.select("td")[-1].text for row in rows] == ["2", "1"]
    link = rows[1].select_one("a")
    assert link is not None
    listed = browser.open(str(link["href"]))
    assert "HY-2026-000777" in listed.text and late.case.number not in listed.text
    browser.get("cases.index", owner="nobody")


def test_the_administrators_home_says_how_the_system_is(browser: Browser, session: Session) -> None:
    admin = UserFactory(unit=UnitFactory(doh=True), role=Role.ADMINISTRATOR)
    page = browser.sign_in(admin).get("home.index")
    tiles = {tile.select(".tile-label")[0].text: tile for tile in page.select("a.tile")}
    assert "im lặng" in tiles["việc chạy theo lịch"].text  # no scheduler runs in a test
    assert page.select_one(".notice-danger") is not None
    assert tiles["người dùng đang hoạt động"].select("b")[0].text == "1"
    links = [str(tile["href"]) for tile in tiles.values()]
    links += [str(link["href"]) for link in page.select("main .refs a")]
    assert any(link.endswith("/calendar") for link in links)
    for link in links:
        browser.open(link)
