"""Following a child up: what counts as a visit, when the next is due, what stays missed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.closing import obstacles
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import Case, CaseEvent, FollowUp, Plan, PlanDecision, PlannedVisit
from app.cases.models.follow_ups import FollowUpKind, Safety, VisitState, visit_state
from app.cases.models.plans import PlanOutcome, PlanState
from app.cases.queries.follow_up import done_follow_ups, unanswered_visits
from app.cases.services.follow_up import (
    FollowUpData,
    plan_missing_visits,
    plan_next_visit,
    record_follow_up,
)
from app.cases.visit_rules import VisitRule, end_of_day, next_visit, rules_of_file
from app.core import clock
from app.core.errors import InvalidInput
from app.deadlines.models import Deadline
from app.deadlines.services import void_all
from app.people.models import Child
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.sql import counted

NEW, INDEX = "follow_up.new", "follow_up.index"
SEEN = {"kind": "visit", "is_child_seen": "y", "safety": "safe", "note": "Cháu đã đi học lại"}
DAY = timedelta(days=1)


@pytest.fixture
def story(session: Session) -> Story:
    return approved(session)


def approved(
    session: Session, days_ago: float = 1, level: RiskLevel | None = RiskLevel.HIGH
) -> Story:
    """A case whose plan was approved so many days ago, with its first visit planned then."""
    story = make_story(session, hours_ago=24 * (days_ago + 7))
    case, at = story.case, clock.now() - timedelta(days=days_ago)
    if level:
        case.set_risk(level)
    case.first_opened_at = case.opened_at
    case.advance(CaseState.PLAN_APPROVED)
    plan = Plan(
        key=session.get_one(Child, case.child_id).key,
        case_id=case.id,
        cycle=1,
        form_version=1,
        state=PlanState.APPROVED,
        drafted_by=story.worker.id,
        drafted_at=at,
        edited_by=story.worker.id,
        edited_at=at,
    )
    session.add(plan)
    session.flush()
    session.add(
        PlanDecision(
            key=plan.key,
            plan_id=plan.id,
            case_id=case.id,
            outcome=PlanOutcome.APPROVED,
            unit_id=story.chair.unit_id,
            number="01/QĐ-UBND",
            number_year=2026,
            number_order=1,
            digest=b"x",
            plan_version=1,
            decided_by=story.chair.id,
            decided_at=at,
            facts={},
        )
    )
    plan_next_visit(session, case, at)
    void_all(session, subject_id=case.id, now=at)
    session.commit()
    return story


def loaded(session: Session, case: Case) -> Case:
    """The case with its child, as a page reads it."""
    wanted = select(Case).where(Case.id == case.id).options(joinedload(Case.child))
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def due_days(case: Case) -> int:
    """In how many days the next visit is due."""
    assert case.next_visit_at is not None
    return (clock.local(case.next_visit_at).date() - clock.today()).days


def record(browser: Browser, story: Story, **changed: Any) -> BeautifulSoup:
    expect = changed.pop("expect", 303)
    browser.sign_in(story.worker)
    return browser.submit(NEW, {**SEEN, **changed}, case_id=story.case.id, expect=expect)


def ago(days: float) -> list[str]:
    moment = clock.local(clock.now() - timedelta(days=days))
    return [moment.strftime("%d/%m/%Y"), moment.strftime("%H:%M")]


# --- the rule


@pytest.mark.parametrize(
    ("level", "first", "every"),
    [(RiskLevel.HIGH, 3, 7), (RiskLevel.MEDIUM, 14, 14), (RiskLevel.LOW, 30, 30)],
)
def test_the_shipped_rules(level: RiskLevel, first: int, every: int) -> None:
    rules = rules_of_file(date(2026, 11, 1))
    assert rules.levels[level] == VisitRule(first_days=first, every_days=every)
    assert rules.mark == "I"


MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(clock.LOCAL)
)
RULES = st.builds(VisitRule, first_days=st.integers(1, 180), every_days=st.integers(1, 180))


@given(rule=RULES, since=MOMENTS, last=st.none() | MOMENTS)
def test_a_visit_is_due_at_the_end_of_a_day_counted_from_the_last_one(
    rule: VisitRule, since: datetime, last: datetime | None
) -> None:
    due = clock.local(next_visit(rule, since=since, last_done=last))
    assert (due.hour, due.minute) == (23, 59)
    counted_from = last if last and last > since else since
    days = rule.every_days if last and last > since else rule.first_days
    assert due.date() - counted_from.date() == timedelta(days=days)


@pytest.mark.parametrize(
    ("done", "closed", "until", "state"),
    [
        (None, None, -1, VisitState.PLANNED),
        (None, None, 1, VisitState.MISSED),
        (0, 0, 9, VisitState.DONE),
        (2, 2, 9, VisitState.LATE),
        (None, 0, 9, VisitState.MOVED),
    ],
)
def test_the_state_of_a_planned_visit_follows_from_times(
    done: int | None, closed: int | None, until: int, state: VisitState
) -> None:
    due = end_of_day(date(2026, 3, 10))

    def at(days: int | None) -> datetime | None:
        return None if days is None else due + timedelta(days=days, hours=-3)

    assert (
        visit_state(due_at=due, done_at=at(done), closed_at=at(closed), until=due + until * DAY)
        is state
    )


# --- recording


def test_a_visit_answers_the_one_that_was_due_and_plans_the_next(
    browser: Browser, session: Session, story: Story
) -> None:
    assert due_days(story.case) == 2, "high risk: within 3 days of the approval, yesterday"
    record(browser, story)
    done = session.scalars(select(FollowUp)).one()
    first, second = session.scalars(select(PlannedVisit).order_by(PlannedVisit.due_at)).all()
    assert (first.done_at, first.follow_up_id) == (done.happened_at, done.id)
    assert done.planned_for == first.due_at
    assert second.closed_at is None and due_days(story.case) == 7
    assert story.case.state is CaseState.IN_PROGRESS
    assert (done.note, done.safety) == ("Cháu đã đi học lại", Safety.SAFE)
    event = session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.FOLLOW_UP)).one()
    assert event.section is Section.PLAN and event.note == "Cháu đã đi học lại"
    assert (event.facts["type"], event.facts["safety"]) == ("visit", "safe")
    logged = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "case.follow_up_recorded")
    ).one()
    assert "Cháu" not in str(logged.__dict__)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "call", "is_child_seen": None},
        {"kind": "meeting"},
        {"kind": "visit", "is_child_seen": None},
        {"kind": "supervision", "is_child_seen": None},
    ],
)
def test_only_who_saw_the_child_made_the_visit(
    browser: Browser, session: Session, story: Story, changed: dict[str, Any]
) -> None:
    due = story.case.next_visit_at
    record(browser, story, **changed)
    assert story.case.next_visit_at == due
    assert session.scalars(select(PlannedVisit)).one().closed_at is None
    assert session.scalars(select(FollowUp)).one().planned_for is None
    assert "chưa tính là đã thăm" in browser.follow().text


def test_an_agreed_day_brings_the_next_visit_forward_never_back(
    browser: Browser, story: Story
) -> None:
    def day(days: int) -> str:
        return (clock.today() + timedelta(days=days)).strftime("%d/%m/%Y")

    record(browser, story, happened_at=ago(0.1), next_on=day(4))
    assert due_days(story.case) == 4
    record(browser, story, next_on=day(20))
    assert due_days(story.case) == 7, "the rule asks sooner"
    record(browser, story, kind="call", is_child_seen=None, next_on=day(1))
    assert due_days(story.case) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"happened_at": ago(-1)}, "happened_at"),
        ({"happened_at": ago(60)}, "happened_at"),
        ({"happened_at": ["31/02/2026", "10:00"]}, "happened_at"),
        ({"kind": "forged"}, "kind"),
        ({"safety": None}, "safety"),
        ({"safety": "unsafe"}, "safety_words"),
        ({"safety": "unclear"}, "safety_words"),
        ({"kind": "call"}, "is_child_seen"),
        ({"next_on": "01/01/2020"}, "next_on"),
        ({"next_on": "01/01/2099"}, "next_on"),
    ],
)
def test_bad_input_is_named_and_what_was_typed_stays(
    browser: Browser, session: Session, story: Story, changed: dict[str, Any], field: str
) -> None:
    page = record(browser, story, **changed, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert page.select_one("#note").text.strip() == "Cháu đã đi học lại"  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 0


def test_a_double_click_records_once(browser: Browser, session: Session, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    for _ in range(2):
        browser.submit_page(page, SEEN)
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 1
    assert session.scalar(select(func.count()).select_from(PlannedVisit)) == 2


def test_two_people_record_their_visits_one_after_the_other(
    browser: Browser, session: Session, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit)
    stale = browser.sign_in(colleague).get(NEW, case_id=story.case.id)
    theirs = browser.client
    record(browser, story)
    browser.client = theirs
    browser.submit_page(stale, SEEN)
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 2
    open_ones = select(PlannedVisit).where(PlannedVisit.closed_at.is_(None))
    assert len(session.scalars(open_ones).all()) == 1


def test_an_older_visit_typed_later_does_not_turn_the_plan_back(
    browser: Browser, session: Session
) -> None:
    story = approved(session, days_ago=10)
    record(browser, story, happened_at=ago(1))
    due = story.case.next_visit_at
    record(browser, story, happened_at=ago(5))
    assert story.case.next_visit_at == due


def test_an_unsafe_child_asks_for_what_the_law_asks(
    browser: Browser, session: Session, story: Story
) -> None:
    risk = story.case.risk_level
    record(browser, story, safety="unsafe", safety_words="Người cha dượng đã quay về")
    page = browser.follow()
    notice = page.select_one(".notice-danger")
    assert notice is not None and "12 giờ" in notice.text
    leads = [str(link["href"]) for link in notice.select("a")]
    assert leads[0].endswith("/initial-assessment") and leads[1].endswith("/measures/new")
    assert "cha dượng" not in notice.text
    assert page.select_one(".stop a") is not None, "it stays on the page"
    assert (story.case.risk_level, story.case.is_emergency) == (risk, False), "nothing is silent"
    record(browser, story)
    assert browser.follow().select_one(".stop") is None


# --- missed visits


def test_a_missed_visit_is_visible_and_stays(browser: Browser, session: Session) -> None:
    story = approved(session, days_ago=8)
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    missed = page.select_one("li.missed")
    assert missed is not None and "Đã lỡ" in missed.text and "trễ 5 ngày" in missed.text
    today = browser.get("home.index").select_one(".rows li")
    assert today is not None and "đến lúc thăm trẻ em" in today.text
    assert "quá hạn 5 ngày" in today.text
    assert today.select_one('a.btn[href$="/follow-up/new"]') is not None
    panel = browser.get("cases.show", case_id=story.case.id).select_one(".next")
    assert panel is not None and "quá hạn 5 ngày" in panel.text
    record(browser, story)
    page = browser.get(INDEX, case_id=story.case.id)
    assert page.select_one("li.missed") is None
    assert "muộn 5 ngày" in page.text, "done late is not done in time"
    assert "đến lúc thăm" not in browser.get("home.index").text


def test_missed_visits_do_not_hide_a_clock_of_hours(browser: Browser, session: Session) -> None:
    story = approved(session, days_ago=30)
    urgent = make_story(session, hours_ago=2).case
    urgent.first_opened_at = urgent.opened_at
    urgent.unit_id = story.unit.id
    session.execute(update(Deadline).values(unit_id=story.unit.id))
    session.execute(update(CaseAccess).values(holder_id=story.unit.id))
    session.commit()
    rows = browser.sign_in(story.worker).get("home.index").select(".rows li")
    assert urgent.number in rows[0].text
    assert any(story.case.number in row.text for row in rows[1:])


def test_no_change_takes_a_missed_visit_away(browser: Browser, session: Session) -> None:
    story = approved(session, days_ago=8)
    due = story.case.next_visit_at
    story.case.set_risk(RiskLevel.LOW)
    session.commit()
    plan_missing_visits(session, clock.now())
    plan_next_visit(session, story.case, clock.now())
    assert story.case.next_visit_at == due
    record(browser, story)
    assert due_days(story.case) == 30, "from then on by the new level"


def test_the_case_is_not_closed_while_a_visit_is_overdue(
    browser: Browser, session: Session
) -> None:
    story = approved(session, days_ago=8)
    (found,) = (one for one in obstacles(session, story.case) if one.endpoint == NEW)
    assert "Lần thăm trẻ em" in str(found.text)
    record(browser, story)
    assert not [one for one in obstacles(session, story.case) if one.endpoint == NEW]


def test_after_closing_nothing_is_due_and_what_was_missed_is_told(
    browser: Browser, session: Session
) -> None:
    story = approved(session, days_ago=8)
    story.case.close(now=clock.now())
    session.commit()
    plan_next_visit(session, story.case, clock.now())
    assert story.case.next_visit_at is None
    assert plan_missing_visits(session, clock.now()) == 0
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    assert page.select_one("li.missed") is not None
    assert page.select_one('a[href$="/follow-up/new"]') is None
    assert "đến lúc thăm" not in browser.get("home.index").text


def test_a_visit_not_yet_due_when_the_case_closed_was_not_missed(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.close(now=clock.now())
    session.commit()
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    assert page.select_one("li.missed") is None and "đã kết thúc trước ngày này" in page.text


# --- planning


def test_a_higher_risk_is_visited_sooner(session: Session) -> None:
    story = approved(session, days_ago=1, level=RiskLevel.LOW)
    assert due_days(story.case) == 29
    story.case.set_risk(RiskLevel.HIGH)
    plan_next_visit(session, story.case, clock.now())
    assert due_days(story.case) == 3
    states = [
        view.state(clock.now())
        for view in unanswered_visits(session, story.case.id, sections=frozenset({Section.PLAN}))
    ]
    assert states == [VisitState.MOVED, VisitState.PLANNED]


def test_planning_twice_changes_nothing(session: Session, story: Story) -> None:
    for _ in range(3):
        plan_next_visit(session, story.case, clock.now())
    assert session.scalar(select(func.count()).select_from(PlannedVisit)) == 1


def test_the_job_plans_what_was_forgotten(session: Session) -> None:
    story = approved(session, days_ago=1)
    session.delete(session.scalars(select(PlannedVisit)).one())
    story.case.next_visit_at = None
    session.commit()
    assert plan_missing_visits(session, clock.now()) == 1
    session.refresh(story.case)
    assert due_days(story.case) == 2, "counted from the approval, not from the job"
    assert plan_missing_visits(session, clock.now()) == 0
    story.case.set_risk(RiskLevel.MEDIUM)
    session.commit()
    assert plan_missing_visits(session, clock.now()) == 1
    assert plan_missing_visits(session, clock.now()) == 0


def test_nothing_is_planned_before_the_approval(session: Session) -> None:
    story = make_story(session)
    plan_next_visit(session, story.case, clock.now())
    assert story.case.next_visit_at is None
    assert plan_missing_visits(session, clock.now()) == 0


def test_a_follow_up_before_the_approval_is_recorded_and_plans_nothing(
    browser: Browser, session: Session
) -> None:
    story = make_story(session)
    state = story.case.state
    record(browser, story)
    assert (story.case.state, story.case.next_visit_at) == (state, None)
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 1


def test_a_child_whose_risk_nobody_assessed_is_visited_too(session: Session) -> None:
    story = approved(session, level=None)
    assert due_days(story.case) == 13
    assert plan_missing_visits(session, clock.now()) == 0


# --- who reads


def test_a_closed_section_is_not_even_read(browser: Browser, story: Story) -> None:
    record(browser, story)
    case_id = story.case.id
    for read in (done_follow_ups, unanswered_visits):
        reads: Callable[..., Any] = read
        with counted(browser.engine) as seen:
            assert reads(None, case_id, sections=frozenset({Section.EVENT})) == []
        assert seen == []


@pytest.mark.parametrize(
    ("role", "sees", "records"),
    [
        (Role.CP_WORKER, 200, 200),
        (Role.COMMUNE_CHAIR, 200, 403),
        (Role.SUPERVISOR, 200, 403),
        (Role.INTAKE, 403, 403),
    ],
)
def test_who_sees_and_who_records(
    browser: Browser, story: Story, role: Role, sees: int, records: int
) -> None:
    browser.sign_in(UserFactory(role=role, unit=story.unit))
    browser.get(INDEX, case_id=story.case.id, expect=sees)
    browser.get(NEW, case_id=story.case.id, expect=records)


def test_a_long_history_is_read_page_by_page(browser: Browser, session: Session) -> None:
    story = approved(session, days_ago=40)
    actor, now, case = actor_of(story.worker), clock.now(), loaded(session, story.case)
    for hours in range(34):
        happened = now - timedelta(hours=hours)
        data = FollowUpData(FollowUpKind.CALL, happened, Safety.SAFE, None, False, f"Lần {hours}")
        record_follow_up(session, actor=actor, case=case, data=data, now=now)
    session.commit()
    page = browser.sign_in(story.worker).get(INDEX, case_id=story.case.id)
    rows = len(page.select(".rows li"))
    older = page.select_one('a[rel="next"]')
    assert rows == 30 and older is not None
    page = browser.open(str(older["href"]))
    assert len(page.select(".rows li")) == 5 and page.select_one("li.missed") is not None
    browser.open(f"{str(older['href']).partition('?')[0]}?before=nonsense")


def test_the_timeline_says_what_it_was(browser: Browser, session: Session) -> None:
    story = approved(session, days_ago=8)
    record(browser, story)
    log = browser.get("cases.timeline", case_id=story.case.id).text
    assert "Thăm trẻ em: an toàn" in log and "Muộn 5 ngày so với hạn" in log


def test_a_wrong_moment_is_refused_by_the_service_too(session: Session, story: Story) -> None:
    now, case = clock.now(), loaded(session, story.case)
    data = FollowUpData(FollowUpKind.VISIT, now + DAY, Safety.SAFE, None, True, None)
    with pytest.raises(InvalidInput):
        record_follow_up(session, actor=actor_of(story.worker), case=case, data=data, now=now)


def test_the_draft_comes_back_and_goes_when_sent(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    form = page.select_one("form[data-draft-url]")
    assert form is not None
    words = "Đến nhà, em đang ở với bà"
    typed = {**filled_in(form), "kind": "call", "note": words}
    browser.post(str(form["data-draft-url"]), typed, expect=204)
    page = browser.get(NEW, case_id=story.case.id)
    assert "Đã mở lại bản nháp" in page.text
    assert page.select_one("textarea[name=note]").text.strip() == words  # type: ignore[union-attr]
    assert page.select_one("input[name=kind][value=call]").has_attr("checked")  # type: ignore[union-attr]
    browser.submit_page(page, SEEN, form="#follow-up-form")
    assert words not in browser.get(NEW, case_id=story.case.id).text
