"""What did not arrive: who sees it, what it says, and putting it back; the jobs behind it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.jobs import HEARTBEAT, SILENT_AFTER, JobLease, JobOutcome, is_scheduler_silent
from app.core.outbox import enqueue
from app.jobs.registry import jobs
from app.reminders.channels.answers import Refused
from app.reminders.models import Channel, Delivery, DeliveryState, Message
from app.reminders.models.deliveries import NotDead
from app.reminders.services.dead_letters import put_back, put_back_all
from app.reminders.services.messages import Letter
from app.reminders.services.passes import run_pass
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story
from tests.factories import UserFactory

PAGE = "deliveries.index"


@pytest.fixture
def administrator(session: Session) -> User:
    return UserFactory(role=Role.ADMINISTRATOR)


def refuse(_session: Session, _letter: Letter) -> None:
    raise Refused("rcpt 550")


def die(session: Session, story: Story) -> Message:
    """The first mail of the story's worker is refused."""
    run_pass(db.sessionmaker, {Channel.MAIL: refuse}, story.received_at + timedelta(hours=7))
    session.rollback()
    return session.scalars(select(Message)).one()


def a_message(session: Session, user: User, state: DeliveryState, **over: object) -> Message:
    now = clock.now()
    values: dict[str, object] = {
        "channel": Channel.MAIL, "is_urgent": False, "attempts": 1, "created_at": now,
        "try_at": now, **over,
    }  # fmt: skip
    message = Message(user_id=user.id, state=state, **values)
    session.add(message)
    session.commit()
    return message


def test_it_says_who_why_and_since_when_and_nothing_of_a_case(
    browser: Browser, session: Session, story: Story, administrator: User
) -> None:
    die(session, story)
    page = browser.sign_in(administrator).get(PAGE)
    text = page.select_one("main").text  # type: ignore[union-attr]
    for word in (story.worker.name, story.unit.short_name, "rcpt 550", "Sửa địa chỉ"):
        assert word in text
    for word in (story.case.number, "Minh Anh", "Can thiệp khẩn cấp", str(story.case.id)):
        assert word not in page.prettify()
    assert page.select_one(f"a[href='/admin/users/{story.worker.id}']") is not None


def test_it_is_sent_again_under_the_same_id_and_arrives(
    browser: Browser, session: Session, story: Story, administrator: User
) -> None:
    message_id = die(session, story).id
    page = browser.sign_in(administrator).get(PAGE)
    browser.submit_page(page, {}, form=f"form[action$='{message_id}/again']")
    assert "hàng chờ gửi" in browser.follow().text
    arrived: list[Letter] = []
    later = story.received_at + timedelta(hours=8)
    run_pass(db.sessionmaker, {Channel.MAIL: lambda _s, letter: arrived.append(letter)}, later)
    session.rollback()
    assert [letter.message_id for letter in arrived] == [message_id]
    assert session.get_one(Message, message_id).state is DeliveryState.SENT
    of_mail = select(Delivery.state).where(Delivery.channel == Channel.MAIL).distinct()
    assert session.scalars(of_mail).all() == [DeliveryState.SENT]
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == AuditAction.REMINDER_RESENT)
    ).one()
    assert (event.actor_id, event.subject_id) == (administrator.id, message_id)
    assert json.loads(event.body)["data"] == {"channel": "mail", "count": 1}


def test_the_page_says_that_all_arrived_only_when_nothing_waits_or_died(
    browser: Browser, session: Session, story: Story, administrator: User
) -> None:
    everything, again = "Mọi thư đã đến", "Đang gửi lại 1 thư; tải lại trang sau một phút."
    assert everything in browser.sign_in(administrator).get(PAGE).text
    message = die(session, story)
    assert everything not in browser.get(PAGE).text
    past = browser.get(PAGE, after=message.id).text
    assert everything not in past and "Không còn thư nào cũ hơn." in past
    put_back(session, actor=actor_of(administrator), message=message, now=clock.now())
    session.commit()
    waiting = browser.get(PAGE).text
    assert again in waiting and everything not in waiting


def test_what_is_over_meanwhile_is_not_sent_again(
    session: Session, story: Story, administrator: User
) -> None:
    message = die(session, story)
    put_back(session, actor=actor_of(administrator), message=message, now=clock.now())
    story.case.is_ended = True
    session.commit()
    later = story.received_at + timedelta(hours=8)
    run_pass(db.sessionmaker, {Channel.MAIL: refuse}, later)
    session.rollback()
    assert session.get_one(Message, message.id).state is DeliveryState.SKIPPED


def test_who_comes_second_is_told(
    browser: Browser, session: Session, story: Story, administrator: User
) -> None:
    message = die(session, story)
    page = browser.sign_in(administrator).get(PAGE)
    put_back(session, actor=actor_of(administrator), message=message, now=clock.now())
    session.commit()
    browser.submit_page(page, {}, form=f"form[action$='{message.id}/again']", expect=409)
    with pytest.raises(NotDead):
        put_back(session, actor=actor_of(administrator), message=message, now=clock.now())


def test_all_of_a_channel_go_back_at_once(
    browser: Browser, session: Session, administrator: User
) -> None:
    user = UserFactory()
    dead = [a_message(session, user, DeliveryState.DEAD) for _ in range(3)]
    other = a_message(session, user, DeliveryState.DEAD, channel=Channel.SMS)
    sent = a_message(session, user, DeliveryState.SENT, sent_at=clock.now())
    ids = [one.id for one in dead]
    page = browser.sign_in(administrator).get(PAGE)
    form = "form[action='/admin/deliveries/again']:has([value=mail])"
    browser.submit_page(page, {}, form=form)
    assert "3 thư" in browser.follow().text
    assert {session.get_one(Message, one).state for one in ids} == {DeliveryState.WAITING}
    assert session.get_one(Message, other.id).state is DeliveryState.DEAD
    assert session.get_one(Message, sent.id).state is DeliveryState.SENT
    now = clock.now()
    assert put_back_all(session, actor=actor_of(administrator), channel=Channel.MAIL, now=now) == 0


def test_channels_are_counted_over_a_day(
    browser: Browser, session: Session, administrator: User
) -> None:
    user, now, days = UserFactory(), clock.now(), timedelta(days=2)
    a_message(session, user, DeliveryState.WAITING)
    a_message(session, user, DeliveryState.SENT, sent_at=now)
    a_message(session, user, DeliveryState.SENT, sent_at=now - days)
    a_message(session, user, DeliveryState.DEAD, try_at=now - days)
    page = browser.sign_in(administrator).get(PAGE)
    mail = page.select(".table tbody tr")[0].select("td")
    assert [cell.text for cell in mail[:4]] == ["1", "1", "0", "1"]


def test_what_keeps_failing_is_there_before_it_dies(
    browser: Browser, session: Session, administrator: User
) -> None:
    a_message(session, UserFactory(), DeliveryState.WAITING, error="TimeoutError")
    page = browser.sign_in(administrator).get(PAGE)
    assert "TimeoutError" in page.text and "đang thử lại" in page.text
    assert page.select_one("form[action$='again']") is None


def test_pages_follow_each_other(browser: Browser, session: Session, administrator: User) -> None:
    for number in range(3):
        a_message(session, UserFactory(name=f"Người {number}"), DeliveryState.DEAD)
    page = browser.sign_in(administrator).open("/admin/deliveries?limit=2")
    older = page.select_one("a[rel=next]")
    assert older is not None and len(page.select(".rows li")) == 2
    last = browser.open(str(older["href"]))
    assert [one.text for one in last.select(".rows li .row-title a")] == ["Người 0"]


def test_the_scheduler_counts_as_silent_within_five_minutes(session: Session) -> None:
    now = clock.now()
    session.add(a_lease(HEARTBEAT, now))
    session.commit()
    assert not is_scheduler_silent(session, now + timedelta(minutes=2))
    assert is_scheduler_silent(session, now + timedelta(minutes=5))
    assert timedelta(minutes=2) < SILENT_AFTER < timedelta(minutes=5)


def a_lease(name: str, at: object, **over: object) -> JobLease:
    values: dict[str, object] = {
        "holder": "x", "until": at, "started_at": at, "ended_at": at, "duration_ms": 12,
        "outcome": JobOutcome.OK, "last_ok_at": at, "failures": 0, **over,
    }  # fmt: skip
    return JobLease(name=name, **values)


def test_jobs_say_when_they_run_next_and_what_waits_for_them(
    browser: Browser, session: Session, story: Story, administrator: User
) -> None:
    now = clock.now()
    run_pass(db.sessionmaker, {}, now)  # opens four obligations
    session.add_all(
        [a_lease("reminders", now - timedelta(hours=8)), a_lease(HEARTBEAT, now)],
    )
    enqueue(session, "nobody.carries_it", {}, now=now - timedelta(minutes=1))
    a_message(session, story.worker, DeliveryState.WAITING, try_at=now - timedelta(minutes=1))
    page = browser.sign_in(administrator).get("jobs.index")
    lines = {
        str(row.select_one("code").text): [cell.text.strip() for cell in row.select("td")]  # type: ignore[union-attr]
        for row in page.select("tbody tr")
    }
    assert lines.keys() == {job.name for job in jobs()}
    assert int(lines["outbox"][3]) >= 1 <= int(lines["reminders"][3])
    assert "trễ" in lines["reminders"][2]
    assert "trễ" not in lines[HEARTBEAT][2] and lines[HEARTBEAT][3] == "–"


def test_a_job_that_fails_again_and_again_is_on_the_administrators_first_page(
    browser: Browser, session: Session, administrator: User
) -> None:
    now = clock.now()
    session.add(a_lease(HEARTBEAT, now))
    failing = a_lease("reminders", now, outcome=JobOutcome.FAILED, failures=3)
    session.add(failing)
    session.commit()
    browser.sign_in(administrator)
    assert "1 việc theo lịch lỗi nhiều lần liền" in browser.get("home.index").text
    session.get_one(JobLease, "reminders").failures = 1
    session.commit()
    assert "lỗi nhiều lần liền" not in browser.get("home.index").text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_sees_it(browser: Browser, session: Session, role: Role) -> None:
    browser.sign_in(UserFactory(role=role)).get(PAGE, expect=403)
