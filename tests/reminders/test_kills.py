"""Four schedulers, 3,000 things due, killed at any moment: nothing is lost, nothing comes twice."""

import multiprocessing
import os
import random
import time
import traceback
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import QueryCanceled
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.core import clock
from app.core.db import engine_options
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Message,
    Obligation,
)
from app.reminders.services.messages import Letter
from app.reminders.services.passes import run_pass
from config import Settings
from tests.evidence import Evidence
from tests.reminders.story import many_people
from tests.tiers import wide

FORK = multiprocessing.get_context("fork")
EACH, SCHEDULERS = 10, 4
PATIENCE = 100  # seconds without any progress: a machine that is busy is slow, but comes on


def passes_without_end(url: str, box: Path, now: datetime, ready: Any) -> None:
    """What a scheduler does, with mail into a file; in a process of its own. What goes wrong there
    ends it, and stands in a file beside."""
    try:
        _passes(url, box, now, ready)
    except Exception:
        box.with_suffix(f".{os.getpid()}").write_text(traceback.format_exc())
        raise


def _passes(url: str, box: Path, now: datetime, ready: Any) -> None:
    options = engine_options(url)
    make: sessionmaker[Session] = sessionmaker(create_engine(options.pop("url"), **options))
    with box.open("ab", buffering=0) as file:

        def post(_session: Session, letter: Letter) -> None:
            file.write(f"{letter.message_id} {len(letter.lines)}\n".encode())

        ready.set()
        while True:
            # each second a day: what is told in one pass leaves in a morning after it
            moment = now + timedelta(days=time.time() - now.timestamp())
            try:
                run_pass(make, {Channel.MAIL: post}, moment)
            except OperationalError as error:  # a busy database cancelled it: as the job does,
                if not isinstance(error.orig, QueryCanceled):  # the next pass makes it good
                    raise
            time.sleep(0.05)


class Scheduler:
    """One process, forked: it has all modules already and connections of its own."""

    def __init__(self, url: str, box: Path, now: datetime) -> None:
        self.ready = FORK.Event()
        self.process = FORK.Process(target=passes_without_end, args=(url, box, now, self.ready))
        self.process.start()

    def require_alive(self, box: Path) -> None:
        assert self.ready.wait(PATIENCE), "a scheduler does not begin"
        if not self.process.is_alive():
            said = box.with_suffix(f".{self.process.pid}")
            pytest.fail(said.read_text() if said.exists() else f"exit {self.process.exitcode}")

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)


def due_for_many(session: Session, people: int) -> None:
    """EACH personal reminders for every one of the people, all due an hour ago."""
    now = clock.now()
    due = [now - timedelta(hours=1, minutes=n) for n in range(EACH)]
    many_people(session, "people", people, since=now - timedelta(days=2), due=due)


def progress(session: Session) -> tuple[int, int, int]:
    """(told, not yet mailed, messages sent)."""
    told = select(func.count()).select_from(Delivery).where(Delivery.channel == Channel.APP)
    waiting = select(func.count()).where(Delivery.state == DeliveryState.WAITING)
    sent = select(func.count()).where(Message.state == DeliveryState.SENT)
    found = tuple(session.scalar(one) or 0 for one in (told, waiting, sent))
    session.rollback()  # the next look sees what the others have written
    return found[0], found[1], found[2]


@pytest.mark.timeout(900)
@pytest.mark.real_time
@pytest.mark.parametrize(("people", "kills"), [(30, 4), pytest.param(300, 16, marks=wide)])
def test_schedulers_that_are_killed_lose_nothing_and_tell_nothing_twice(
    session: Session,
    settings: Settings,
    tmp_path: Path,
    evidence: Evidence,
    people: int,
    kills: int,
) -> None:
    due_for_many(session, people)
    box, dice, now = tmp_path / "mail", random.Random(7), clock.now()
    url = str(settings.database_url)
    running = [Scheduler(url, box, now) for _ in range(SCHEDULERS)]
    killed, seen, until = 0, progress(session), time.monotonic() + PATIENCE
    try:
        while seen[:2] != (people * EACH, 0) or killed < kills:
            assert time.monotonic() < until, f"the schedulers come to a standstill at {seen}"
            place = killed % SCHEDULERS
            for one in running:
                one.require_alive(box)
            time.sleep(dice.uniform(0, 0.4))  # in the middle of whatever it does
            if killed < kills:
                running[place].kill()
                running[place] = Scheduler(url, box, now)
                killed += 1
            before, seen = seen, progress(session)
            if seen != before:
                until = time.monotonic() + PATIENCE
    finally:
        for one in running:
            one.kill()
    _wait_for_what_the_killed_left(session)
    _check(session, box, people * EACH, killed)
    evidence(
        "reminders",
        "{lost} of {due:,} lost, {twice} told twice, {kills} kills of {schedulers} schedulers",
        lost=0,
        twice=0,
        due=people * EACH,
        kills=killed,
        schedulers=SCHEDULERS,
    )


def _wait_for_what_the_killed_left(session: Session) -> None:
    """The database goes on with the last statement of who was killed."""
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    until = time.monotonic() + PATIENCE
    while session.scalar(busy):
        assert time.monotonic() < until
        session.rollback()
        time.sleep(0.1)


def _check(session: Session, box: Path, due: int, killed: int) -> None:
    assert session.scalar(select(func.count()).select_from(Obligation)) == due
    pairs = session.execute(
        select(Delivery.obligation_id, func.count())
        .where(Delivery.channel == Channel.APP)
        .group_by(Delivery.obligation_id)
    ).all()
    assert len(pairs) == due and {count for _, count in pairs} == {1}
    sent = Counter(line.split()[0] for line in box.read_text().splitlines())
    known = {str(one) for one in session.scalars(select(Message.id))}
    assert sent.keys() == known
    assert sum(sent.values()) - len(known) <= killed
    carried = sum(int(line.split()[1]) for line in {*box.read_text().splitlines()})
    assert carried == due
