"""The calendar on one's phone: what it says, to whom, and to nobody else."""

import logging
from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar, Component
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.auth.models import Role, User
from app.auth.throttle import ADDRESS_BLOCK, bucket_of, waiting_time
from app.core import clock
from app.core.db import db
from app.core.ids import new_id
from app.core.logs import JsonFormatter
from app.reminders.models import Obligation, ReminderChoice
from app.reminders.policy import NOBODY
from app.reminders.queries.feed import MOST_EVENTS
from app.reminders.services.own_choices import renew_feed, stop_feed
from app.reminders.services.passes import run_pass
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import fill
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, UserFactory
from tests.reminders.leaks import leaks
from tests.sql import counted
from tests.world import make_world

CHOICES = "reminder_choices.index"


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    session.commit()
    run_pass(db.sessionmaker, {}, clock.now())
    return made


def address(session: Session, user: User) -> str:
    token = renew_feed(session, actor=actor_of(user), now=clock.now())
    session.commit()
    return f"/calendar/{token}.ics"


def ask(app: Flask, path: str, **headers: str) -> TestResponse:
    """As a phone does: nobody is signed in."""
    return Browser._alone(app.test_client().get, path, headers=headers)


def events(answer: TestResponse) -> list[Component]:
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def test_it_has_a_number_a_kind_a_time_and_a_link_and_nothing_else(
    app: Flask, session: Session, story: Story
) -> None:
    answer = ask(app, address(session, story.worker))
    by_kind = {str(one["summary"]): one for one in events(answer)}
    assert len(by_kind) == 3
    emergency = by_kind[f"Hạn: {story.case.number}, Can thiệp khẩn cấp trong 12 giờ"]
    obligation = session.scalars(select(Obligation).where(Obligation.kind == "clock.T_EMERG")).one()
    assert emergency["dtstart"].dt == obligation.due_at.replace(microsecond=0)
    assert str(emergency["url"]) == f"http://localhost/reminders/{obligation.id}"
    assert str(emergency["uid"]) == f"{obligation.id}@localhost"
    assert set(emergency) == {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "URL", "CLASS", "TRANSP",
    }  # fmt: skip
    assert b"VALARM" not in answer.data and b"Minh Anh" not in answer.data


def test_what_did_not_change_is_not_sent_again(app: Flask, session: Session, story: Story) -> None:
    path = address(session, story.worker)
    first = ask(app, path)
    again = ask(app, path, **{"If-None-Match": str(first.headers["ETag"])})
    assert (again.status_code, again.data) == (304, b"")
    run_pass(db.sessionmaker, {}, clock.now() + timedelta(minutes=1))
    assert ask(app, path).data == first.data
    session.get_one(type(story.case), story.case.id).is_ended = True
    session.commit()
    run_pass(db.sessionmaker, {}, clock.now())
    changed = ask(app, path, **{"If-None-Match": str(first.headers["ETag"])})
    assert events(changed) == []


def test_the_link_asks_for_signing_in(app: Flask, session: Session, story: Story) -> None:
    [one, *_] = events(ask(app, address(session, story.worker)))
    answer = ask(app, str(one["url"]).removeprefix("http://localhost"))
    assert answer.status_code in (302, 404) and story.case.number not in answer.text


def test_each_has_what_is_theirs(app: Flask, session: Session, story: Story) -> None:
    colleague = UserFactory(unit=story.unit)
    assert events(ask(app, address(session, colleague))) == []
    for obligation in session.scalars(select(Obligation)):
        obligation.handed_to_id = colleague.id
    session.commit()
    assert len(events(ask(app, address(session, colleague)))) == 4
    assert events(ask(app, address(session, story.worker))) == []


def test_what_nobody_has_taken_is_the_units(app: Flask, session: Session, story: Story) -> None:
    session.execute(text("UPDATE obligations SET user_id = NULL"))
    session.commit()
    assert len(events(ask(app, address(session, story.worker)))) == 3
    assert events(ask(app, address(session, UserFactory()))) == []
    assert events(ask(app, address(session, story.supervisor))) == []


def test_who_is_kept_out_of_the_child_has_nothing_of_it(
    app: Flask, session: Session, story: Story
) -> None:
    path = address(session, story.worker)
    CaseDenialFactory(of_case=story.case, user_id=story.worker.id, by_id=story.chair.id)
    assert events(ask(app, path)) == []


@pytest.mark.parametrize("how", ["stopped", "renewed", "disabled", "unit closed", "unknown"])
def test_an_address_that_is_over_is_not_found(
    app: Flask, session: Session, story: Story, how: str
) -> None:
    path = address(session, story.worker)
    if how == "stopped":
        stop_feed(session, actor=actor_of(story.worker), now=clock.now())
    elif how == "renewed":
        address(session, story.worker)
    elif how == "disabled":
        story.worker.is_active = False
    elif how == "unit closed":
        story.unit.is_active = False
    else:
        path = path.replace(".ics", "x.ics")
    session.commit()
    answer = ask(app, path)
    assert answer.status_code == 404 and story.case.number not in answer.text


def test_guessing_is_slowed_down_and_keeps_nobody_from_their_calendar_or_from_signing_in(
    app: Flask, session: Session, story: Story
) -> None:
    path = address(session, story.worker)
    found = [ask(app, f"/calendar/{number}.ics").status_code for number in range(ADDRESS_BLOCK)]
    assert set(found) == {404}
    answer = ask(app, "/calendar/another.ics")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert ask(app, path).status_code == 200
    assert not waiting_time(session, bucket_of("anybody", "127.0.0.1"), clock.now())


def test_the_secret_reaches_neither_a_log_nor_the_database(
    app: Flask, session: Session, story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = address(session, story.worker)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    ask(app, path)
    ask(app, path.replace(".ics", "x.ics"))
    written = [JsonFormatter().format(one) for one in caplog.records]
    assert any("reminder_feed.show" in line for line in written)
    assert not [line for line in written if token in line]
    rows = session.execute(text("SELECT reminder_choices::text FROM reminder_choices"))
    assert len(token) >= 43 and token not in str(rows.all())


def test_the_address_is_shown_once(
    app: Flask, browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker)
    shown = browser.submit(CHOICES, {}, form="#feed-form", expect=200)
    code = str(shown.select_one(".secret code").text)  # type: ignore[union-attr]
    assert len(events(ask(app, code.removeprefix("http://localhost")))) == 3
    page = browser.get(CHOICES)
    assert "/calendar/" not in page.text and "Đang bật" in page.text
    browser.submit_page(page, {}, form="#feed-stop")
    assert ask(app, code.removeprefix("http://localhost")).status_code == 404
    assert browser.follow().select_one("#feed-stop") is None


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
def test_who_is_never_reminded_gets_no_address(
    browser: Browser, session: Session, role: Role
) -> None:
    page = browser.sign_in(UserFactory(role=role)).get(CHOICES)
    assert page.select_one("#feed-form") is None
    token = page.select_one("[name=csrf_token]")
    assert token is not None
    sent = {"csrf_token": token["value"], "idempotency_key": str(new_id())}
    browser.post("/reminders/choices/calendar", sent, expect=200)
    assert session.scalars(select(ReminderChoice)).all() == []


def test_it_stays_small_and_quick_however_much_is_due(
    app: Flask, session: Session, story: Story
) -> None:
    now, path = clock.now(), address(session, story.worker)
    session.add_all(
        Obligation(
            kind="personal", subject_id=new_id(), occurrence="1", user_id=story.worker.id,
            started_at=now, due_at=now + timedelta(minutes=n), opened_at=now, asked_at=now,
            last_at=now,
        )
        for n in range(MOST_EVENTS + 50)
    )  # fmt: skip
    session.commit()
    with counted(Browser(app, session).engine) as seen:
        answer = ask(app, path)
    assert len(events(answer)) == MOST_EVENTS and len(answer.data) < 300_000
    assert len([one for one in seen if one.startswith("SELECT")]) <= 3


@pytest.mark.wide
def test_no_word_of_the_case_is_in_it(app: Flask, session: Session) -> None:
    world = make_world(session)
    cage = fill(session, world.mine)
    run_pass(db.sessionmaker, {}, clock.now())
    words = [word for canary in cage.canaries for word in canary.spellings]
    size = 0
    for user in world.mine.users.values():
        if user.role in NOBODY:
            continue
        answer = ask(app, address(session, user))
        size += len(events(answer))
        assert leaks(answer.data.replace(b"\r\n ", b""), words) == []
    assert size > 3 and len(words) > 40
