"""A hostile or unlucky outside holds up nothing else, and nothing for ever."""

import time
from contextlib import suppress
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.reminders.channels import http, mail
from app.reminders.models import Channel, DeliveryState, ReminderRuleChange
from app.reminders.queries.rules import rules_in_force
from app.reminders.services.messages import MOST_ATTEMPTS, Letter
from app.reminders.services.passes import run_pass
from tests.cases.story import Story
from tests.factories import UserFactory
from tests.reminders.servers import speaker
from tests.reminders.story import many_people
from tests.reminders.test_sending import a_letter, by_mail, messages, send_all


@pytest.mark.real_time
def test_a_server_that_drips_its_greeting_is_left(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time, the greeting never ends."""
    for module in (http, mail):
        monkeypatch.setattr(module, "CONNECTING", 0.3)
        monkeypatch.setattr(module, "ALTOGETHER", 0.6)
    a_letter(session, UserFactory(email="canbo@example.vn"))
    ended: list[float] = []

    def go(place: str) -> None:
        began = time.monotonic()
        try:
            with app.app_context():
                send_all(by_mail(f"smtp://{place}"), clock.now())
        finally:
            ended.append(time.monotonic() - began)

    with speaker(drip=0.1) as place:
        thread = Thread(target=go, args=(place,), daemon=True)
        thread.start()
        thread.join(6)
        was_left = bool(ended)
    thread.join(5)
    assert was_left, "still reading the greeting, in an open transaction, after 6 s"


@pytest.mark.wide
def test_a_mail_whose_sending_loses_the_database_stops_no_other_and_is_not_repeated_for_ever(
    session: Session,
) -> None:
    """The connection is lost between sending and writing that down, each time: a server that took
    longer than the idle limit of 30 s, say."""
    now = clock.now()
    many_people(session, "nguoi", 4, since=now - timedelta(hours=1), due=[now])
    sent: list[Any] = []

    def carry(own: Session, letter: Letter) -> None:
        sent.append(letter.user_id)
        if letter.user_id == sent[0]:
            own.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    for minutes in range(15):
        with suppress(Exception):
            run_pass(db.sessionmaker, {Channel.MAIL: carry}, now + timedelta(minutes=minutes))
    repeats = sum(user == sent[0] for user in sent)
    states = {one.user_id: one.state for one in messages(session)}
    others = [state for user, state in states.items() if user != sent[0]]
    assert others == [DeliveryState.SENT] * 3, f"{repeats} repeats, others: {others}"
    assert repeats <= MOST_ATTEMPTS, repeats


@pytest.mark.parametrize("steps", [["visit"], "visit", 7, [["visit", []]]])
def test_a_stored_row_that_is_no_table_leaves_the_rules_of_the_file(
    session: Session, story: Story, steps: Any
) -> None:
    session.add(
        ReminderRuleChange(
            number=1, steps=steps, reason="Thử", typed_at=clock.now(), by_id=story.worker.id
        )
    )
    session.commit()
    rules_in_force(session)
    assert run_pass(db.sessionmaker, {}, clock.now()).opened == 5  # with the board of the 24
