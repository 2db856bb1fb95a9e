"""Whether reminders help: counted by kind and channel; what nobody acts on stands out."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from bs4 import Tag
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.core.sealed import DataKey
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Obligation,
    ObligationAnswer,
)
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import UnitFactory, UserFactory
from tests.sql import counted

# the hour to which every test is brought (conftest.py)
NOW = clock.local(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
OLD = NOW - timedelta(days=4)  # long enough ago that somebody could have acted


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def admin(browser: Browser) -> Browser:
    return browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))


def thing(session: Session, story: Story, kind: str) -> Obligation:
    made = Obligation(
        kind=kind,
        subject_id=uuid4(),
        occurrence="1",
        case_id=story.case.id,
        unit_id=story.unit.id,
        user_id=story.worker.id,
        started_at=NOW,
        due_at=NOW,
        opened_at=NOW,
        asked_at=NOW,
        last_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def told(
    session: Session,
    story: Story,
    kind: str,
    count: int,
    *,
    opened: int = 0,
    acted: int = 0,
    channel: Channel = Channel.APP,
    state: DeliveryState = DeliveryState.SENT,
    at: datetime = NOW,
) -> Obligation:
    one = thing(session, story, kind)
    session.add_all(
        Delivery(
            obligation_id=one.id,
            kind=kind,
            occurrence=f"{n}",
            channel=channel,
            recipient_id=story.worker.id,
            is_urgent=False,
            state=state,
            created_at=at,
            send_after=at,
            sent_at=at,
            read_at=at if n < opened else None,
            acted_at=at if n < acted else None,
        )
        for n in range(count)
    )
    session.commit()
    return one


def answer(session: Session, one: Obligation, user: User, what: str) -> None:
    session.add(
        ObligationAnswer(
            key=DataKey.new(), obligation_id=one.id, answer=what, by_id=user.id, at=NOW, reason="x"
        )
    )
    session.commit()


def cells(row: Tag) -> list[str]:
    return [cell.text.strip() for cell in row.select("td")]


def path(at: datetime = NOW) -> str:
    return f"/admin/reminders/use?period={clock.local(at).year}"


def test_sent_opened_acted_put_off_by_kind_and_channel(
    admin: Browser, session: Session, story: Story
) -> None:
    visit = told(session, story, "visit", 10, opened=5, acted=2)
    told(session, story, "visit", 4, channel=Channel.MAIL)
    told(session, story, "visit", 1, channel=Channel.MAIL, state=DeliveryState.DEAD)
    told(session, story, "visit", 3, channel=Channel.MAIL, state=DeliveryState.SKIPPED)
    told(session, story, "visit", 50, at=NOW - timedelta(days=800))
    for what in ("later", "later", "not_needed", "approved"):
        answer(session, visit, story.worker, what)
    page = admin.open(path())
    rows = page.select("tbody tr")
    assert [cells(row) for row in rows] == [
        ["trong ứng dụng", "10", "0", "0", "5 (50%)", "2 (20%)", "2", "1"],
        ["thư điện tử", "4", "0", "1", "–", "–", "–", "–"],
    ]
    assert page.select_one("svg[role=img]") is not None


def test_a_kind_that_nobody_acts_on_stands_out_with_its_rule(
    admin: Browser, session: Session, story: Story
) -> None:
    told(session, story, "visit", 60, opened=60, acted=1, at=OLD)
    told(session, story, "review", 40, opened=30, at=OLD)
    told(session, story, "activity", 5, at=OLD)
    first = admin.open(path(OLD)).select("tbody tr")[0]
    assert "Rà soát kế hoạch" in first.text
    assert "không ai làm gì sau 40 lần nhắc" in first.text
    assert first.select_one('a[href="/admin/reminders/review"]') is not None
    assert len(admin.open(path(OLD)).select(".is-ignored")) == 1


def test_what_was_told_in_the_last_three_days_is_not_ignored_yet(
    admin: Browser, session: Session, story: Story
) -> None:
    told(session, story, "review", 40, at=NOW)
    page = admin.open(path())
    assert len(page.select("tbody tr")) == 1 and not page.select(".is-ignored")
    assert "Đã trả lời hoặc làm" in page.text


def test_a_supervisor_reads_it_without_the_rules(
    browser: Browser, session: Session, story: Story
) -> None:
    told(session, story, "review", 40, at=OLD)
    page = browser.sign_in(story.supervisor).open(path(OLD))
    assert len(page.select(".is-ignored")) == 1
    assert not page.select("main a[href^='/admin/reminders/review']")


@pytest.mark.parametrize("role", [Role.CP_WORKER, Role.ANALYST, Role.COMMUNE_CHAIR])
def test_nobody_else_does(browser: Browser, session: Session, role: Role) -> None:
    browser.sign_in(UserFactory(unit=UnitFactory(), role=role)).open(path(), expect=403)


def test_nothing_of_a_case_is_there(admin: Browser, session: Session, story: Story) -> None:
    told(session, story, "visit", 3)
    page = admin.open(path())
    assert story.case.number not in page.text and story.worker.name not in page.text


@pytest.mark.parametrize("period", ["", "x", "2026-13", "1990", "2026-Q4&period=x"])
def test_any_period(admin: Browser, session: Session, story: Story, period: str) -> None:
    told(session, story, "visit", 3)
    admin.open(f"/admin/reminders/use?period={period}")


def test_however_many_the_statements_are_few(
    admin: Browser, session: Session, story: Story
) -> None:
    for kind in ("visit", "review", "activity", "personal"):
        told(session, story, kind, 30)
    admin.open(path())
    with counted(admin.engine) as seen:
        admin.open(path())
    assert len(seen) <= 6, seen


def test_the_rules_lead_there(admin: Browser) -> None:
    page = admin.get("reminder_rules.index")
    assert page.select_one('a[href="/admin/reminders/use"]') is not None
