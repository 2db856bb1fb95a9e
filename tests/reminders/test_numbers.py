"""What concerns a referral carries the number of the referral: the unit that was asked reads the
number of the case nowhere, not in a list, a mail, a message or a calendar."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.core import clock
from app.core.db import db
from app.referrals.enums import SentStage
from app.referrals.models import Referral, RoomTask
from app.reminders.channels.push import payload_of
from app.reminders.channels.texts import body_of, short_of, subject_of
from app.reminders.models import Channel, Obligation
from app.reminders.services.messages import Letter
from app.reminders.services.own_choices import renew_feed
from app.reminders.services.passes import run_pass
from tests.actors import actor_of
from tests.browser import Browser
from tests.referrals.story import Agencies, accept, make_agencies, send
from tests.reminders.story import wants_mail

BASE = "https://vongtay.example.vn"
RECEIVED = ("referral_new", "referral_service", "room_task")
MORNING = datetime.combine(datetime(2027, 3, 10), time(9), clock.LOCAL)


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with time_machine.travel(MORNING, tick=False):
        yield


@pytest.fixture
def agencies(session: Session) -> Agencies:
    made = make_agencies(session)
    made.case.owner_id = made.worker.id
    session.commit()
    return made


@pytest.fixture
def asked(session: Session, agencies: Agencies) -> Referral:
    """One that waits for an answer, one that is being helped with, one task: all of one officer.
    The last referral to the unit gives the task its number."""
    [helping] = send(session, agencies, "health_care")
    accept(session, helping, agencies.officer)
    [new] = send(session, agencies, "psychology")
    task = RoomTask(
        key=helping.key, case_id=agencies.case.id, from_unit_id=agencies.story.unit.id,
        to_unit_id=agencies.hospital.id, due_on=clock.today(), by_id=agencies.worker.id,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(task)
    session.commit()
    a_pass()
    return new


def a_pass(hours: float = 0) -> list[Letter]:
    """What left the house meanwhile."""
    left: list[Letter] = []
    carrier = {Channel.MAIL: lambda _session, letter: left.append(letter)}
    run_pass(db.sessionmaker, carrier, clock.now() + timedelta(hours=hours))
    return left


def due(session: Session, kind: str) -> Obligation:
    session.rollback()
    return session.scalars(select(Obligation).where(Obligation.kind == kind)).one()


def feed(app: Flask, session: Session, user: User) -> str:
    token = renew_feed(session, actor=actor_of(user), now=clock.now())
    session.commit()
    return Browser._alone(app.test_client().get, f"/calendar/{token}.ics").text.replace("\r\n ", "")


def test_who_was_asked_reads_the_number_of_the_referral_on_every_page(
    browser: Browser, session: Session, agencies: Agencies, asked: Referral
) -> None:
    browser.sign_in(agencies.officer)
    pages = [browser.get("reminders.index"), browser.get("calendar_of_dues.index")]
    pages += [browser.get("reminders.show", obligation_id=due(session, k).id) for k in RECEIVED]
    for page in pages:
        assert "CG-2027-" in page.text and agencies.case.number not in page.text
        assert "HY-" not in page.text
    told = browser.get("reminders.show", obligation_id=due(session, "referral_new").id).text
    assert "Phiếu" in told and asked.number in told


def test_a_supervisor_and_a_lead_who_are_told_read_it_too(
    browser: Browser, session: Session, agencies: Agencies, asked: Referral
) -> None:
    a_pass(24 * 10)
    for user in (agencies.lead, agencies.story.supervisor):
        page = browser.sign_in(user).get("reminders.index", tab="told")
        line = next(row.text for row in page.select(".rows > li") if "chờ trả lời" in row.text)
        assert asked.number in line and "HY-" not in line


def test_nothing_that_leaves_the_house_for_them_has_the_number_of_the_case(
    app: Flask, session: Session, agencies: Agencies, asked: Referral
) -> None:
    agencies.officer.email = "bacsi@example.vn"
    wants_mail(session, agencies.officer)
    letters = [*a_pass(72), *a_pass(96)]  # at once, and the next digest
    own = [one for one in letters if one.user_id == agencies.officer.id]
    assert {line.kind for one in own for line in one.lines} >= {"referral_new", "room_task"}
    for letter in own:
        said = [subject_of(letter), body_of(letter, BASE), short_of(letter, BASE)]
        said.append(payload_of(letter, BASE).decode())
        assert "CG-2027-" in said[1] and "HY-" not in "".join(said)
    calendar = feed(app, session, agencies.officer)
    assert asked.number in calendar and "HY-" not in calendar


def test_the_sender_reads_to_whom_it_went_and_what_for_but_a_mail_has_the_number_only(
    browser: Browser, session: Session, agencies: Agencies, asked: Referral
) -> None:
    agencies.worker.email = "canbo@example.vn"
    wants_mail(session, agencies.worker)
    session.get_one(Referral, asked.id).sent_stage = SentStage.ACT
    session.commit()
    letters = [one for one in (*a_pass(), *a_pass(24)) if one.user_id == agencies.worker.id]
    browser.sign_in(agencies.worker)
    one = due(session, "referral_act")
    unit, service = "Bệnh viện thử", "tâm lý"
    listed = browser.get("reminders.index")
    line = next(row.text for row in listed.select(".rows > li") if "cần bạn xử lý" in row.text)
    shown = browser.get("reminders.show", obligation_id=one.id).text
    today = browser.get("home.index")
    row = next(row.text for row in today.select(".rows > li") if asked.number in row.text)
    for text in (line, shown, row):
        assert asked.number in text and unit in text and service in text.lower()
    mailed = [body_of(one, BASE) for one in letters]
    assert any(asked.number in body for body in mailed)
    assert not any(unit in body or service in body.lower() for body in mailed)
