"""The supervisor's board of clocks: each clock counted once, an extension apart from a miss."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from app.cases.models import Case
from app.core import clock
from app.deadlines.models import Deadline
from app.reminders.queries.board import STATES, Counts, Scope, totals
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, CaseFactory, UnitFactory, UserFactory
from tests.sql import counted

# the hour to which every test is brought (conftest.py)
NOW = clock.local(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def story(session: Session) -> Story:
    """One clock of each state that ended or ends about now."""
    made = make_story(session)
    made.case.owner_id = made.worker.id
    session.query(Deadline).delete()
    session.commit()
    return made


def clock_of(session: Session, case: Case, rule: str, *, due: float, **facts: float) -> Deadline:
    """Hours from now: `due`, `met`, `extended`, `voided`."""
    cycle = 1 + (session.scalar(select(func.count()).select_from(Deadline)) or 0)
    at = {name: NOW + hours * HOUR for name, hours in facts.items()}
    due_at = NOW + due * HOUR
    made = Deadline(
        subject_id=case.id,
        subject_label=case.number,
        rule_key=rule,
        rule_version=1,
        cycle=cycle,
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        started_at=due_at - timedelta(days=2),
        due_at=due_at,
        effective_due_at=at.get("extended", due_at),
        extended_to=at.get("extended"),
        met_at=at.get("met"),
        voided_at=at.get("voided"),
        closed_at=at.get("met") or at.get("voided"),
    )
    session.add(made)
    session.commit()
    return made


def each_state(session: Session, case: Case) -> None:
    clock_of(session, case, "T_EMERG", due=-3)  # missed
    clock_of(session, case, "T_PLAN", due=-9, extended=-3)  # missed in spite of more time
    clock_of(session, case, "T_EMERG", due=-3, met=-1)  # late
    clock_of(session, case, "T_PLAN", due=3)  # soon
    clock_of(session, case, "T_PLAN", due=1, extended=3)  # soon, though extended
    clock_of(session, case, "T_PLAN", due=-9, extended=-1, met=-2)  # in the time it was given
    clock_of(session, case, "T_PLAN", due=-1, extended=30)  # runs in the time it was given
    clock_of(session, case, "T_EMERG", due=-1, met=-2)  # met
    clock_of(session, case, "T_EMERG", due=-1, voided=-2)  # not asked for


def counts(session: Session, user: User) -> Counts:
    session.rollback()
    week = timedelta(days=7)
    return totals(session, Scope(actor_of(user), NOW - week, NOW + week, clock.now()))


def numbers(page: BeautifulSoup, row: int = 0) -> list[str]:
    found = page.select(".board-table tbody tr")[row].select("td")
    return [cell.text.strip() for cell in found]


def year() -> str:
    return str(clock.local(NOW - 3 * HOUR).year)


def test_each_clock_is_counted_once_and_an_extension_is_no_miss(
    session: Session, story: Story
) -> None:
    each_state(session, story.case)
    found = counts(session, story.supervisor)
    assert found == Counts(missed=2, late=1, soon=2, extended=2, met=1, running=0)
    assert found.due == 6


def test_an_extension_that_is_approved_takes_a_clock_out_of_what_is_about_to_be_missed(
    session: Session, story: Story
) -> None:
    soon = clock_of(session, story.case, "T_PLAN", due=2)
    assert counts(session, story.supervisor).soon == 1
    soon.extend(NOW + 72 * HOUR, now=clock.now())
    session.commit()
    found = counts(session, story.supervisor)
    assert (found.soon, found.missed, found.extended) == (0, 0, 1)


def test_the_page_leads_from_each_number_to_the_clocks_it_counts(
    browser: Browser, session: Session, story: Story
) -> None:
    each_state(session, story.case)
    browser.sign_in(story.supervisor)
    page = browser.open(f"/reports/clocks?period={year()}")
    assert page.select_one("svg.board-bars[role=img]") is not None
    shown = numbers(page)
    for cell, state in zip(
        page.select(".board-table tbody tr:first-child td"), STATES, strict=False
    ):
        link = cell.select_one("a")
        if link is None:
            assert cell.text.strip() == "0"
            continue
        listed = browser.open(str(link["href"]))
        assert len(listed.select("tbody tr")) == int(cell.text), state
    assert shown[:2] == ["2", "1"]


def test_a_list_says_what_was_extended_and_from_when(
    browser: Browser, session: Session, story: Story
) -> None:
    each_state(session, story.case)
    browser.sign_in(story.supervisor)
    page = browser.open(f"/reports/clocks/list?period={year()}&state=missed")
    kept = [bool("gia hạn, hạn đầu" in row.text) for row in page.select("tbody tr")]
    assert sorted(kept) == [False, True]
    page = browser.open(f"/reports/clocks/list?period={year()}&state=extended")
    assert len(page.select("tbody tr")) == 2 and "Quá hạn" not in page.text


@pytest.mark.parametrize("by", ["commune", "worker", "step"])
def test_the_worst_is_first(browser: Browser, session: Session, story: Story, by: str) -> None:
    other = make_story(session)
    other.case.owner_id = other.worker.id
    session.query(Deadline).delete()
    for _ in range(2):
        clock_of(session, other.case, "T_PLAN", due=-3)
    clock_of(session, story.case, "T_EMERG", due=-3)
    browser.sign_in(story.supervisor)
    page = browser.open(f"/reports/clocks?period={year()}&by={by}")
    rows = page.select(".board-table tbody tr")
    if other.case.commune_code != story.case.commune_code or by != "commune":
        assert [numbers(page, n)[0] for n in range(len(rows))] == ["2", "1"]
    if by == "worker":
        assert other.worker.name in rows[0].text and other.unit.short_name in rows[0].text


def test_a_supervisor_of_one_commune_sees_only_theirs(
    browser: Browser, session: Session, story: Story
) -> None:
    """Nor what a case left behind that moved away."""
    elsewhere = UnitFactory(commune_code="11977")
    far = CaseFactory(worked_by=elsewhere)
    clock_of(session, story.case, "T_EMERG", due=-3)
    clock_of(session, far, "T_EMERG", due=-3)
    moved = clock_of(session, story.case, "T_EMERG", due=-3)
    moved.commune_code = "11977"
    session.commit()
    area: Unit = UnitFactory(doh=True, commune_code=story.unit.commune_code)
    local = UserFactory(unit=area, role=Role.SUPERVISOR)
    assert counts(session, local).missed == 1
    assert counts(session, story.supervisor).missed == 3


def test_what_is_closed_to_a_supervisor_is_not_counted(session: Session, story: Story) -> None:
    clock_of(session, story.case, "T_EMERG", due=-3)
    CaseDenialFactory(of_case=story.case, user_id=story.supervisor.id, by_id=story.chair.id)
    session.commit()
    assert sum(counts(session, story.supervisor)) == 0


def test_pages_of_many_workers_take_the_same_statements(
    browser: Browser, session: Session, story: Story
) -> None:
    for _ in range(30):
        case = CaseFactory(worked_by=story.unit, owner_id=UserFactory(unit=story.unit).id)
        clock_of(session, case, "T_EMERG", due=-3)
    browser.sign_in(story.supervisor)
    path = f"/reports/clocks?period={year()}&by=worker"
    page = browser.open(path)
    assert len(page.select(".board-table tbody tr")) == 25
    older = page.select_one("a[rel=next][href*='page=2']")
    assert older is not None
    second = browser.open(str(older["href"]))
    assert len(second.select(".board-table tbody tr")) == 5
    with counted(browser.engine) as seen:
        browser.open(path)
    assert len(seen) <= 8, seen


def test_a_long_list_goes_on(browser: Browser, session: Session, story: Story) -> None:
    for n in range(52):
        clock_of(session, story.case, "T_EMERG", due=-3 - n / 60)
    browser.sign_in(story.supervisor)
    page = browser.open(f"/reports/clocks/list?period={year()}&state=missed")
    older = page.select_one("a[rel=next]")
    assert older is not None and len(page.select("tbody tr")) == 50
    assert len(browser.open(str(older["href"])).select("tbody tr")) == 2


@pytest.mark.parametrize(
    "query",
    ["period=2026-13&by=x&page=0", "page=99999", "page=-1", "period=%00", "by=worker&page=9",
     "period=1999-01"],
)  # fmt: skip
def test_an_address_that_is_none_is_the_board_of_now(
    browser: Browser, story: Story, query: str
) -> None:
    browser.sign_in(story.supervisor)
    browser.open(f"/reports/clocks?{query}")
    for more in ("state=x&by=worker&key=1", "by=commune&key=%27", "by=y&key=none", "after=1.2"):
        browser.open(f"/reports/clocks/list?{query}&{more}")


def test_the_supervisors_first_page_leads_there(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.supervisor).get("home.index")
    assert page.select_one('a[href="/reports/clocks"]') is not None
