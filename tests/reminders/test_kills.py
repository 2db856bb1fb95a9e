"""Four schedulers, 3,000 things due, killed at any moment: nothing is lost, nothing comes twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Message,
    Obligation,
    PersonalReminder,
)
from config import Settings
from tests.factories import CaseFactory, UnitFactory

ROOT = Path(__file__).parent.parent.parent
PEOPLE, EACH, SCHEDULERS, KILLS = 300, 10, 4, 8
PATIENCE = 120


@contextmanager
def scheduler(url: str, box: Path, now: datetime) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "tests.reminders.scheduler", url, str(box), now.isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate(timeout=10)


def due_for_many(session: Session) -> None:
    """EACH personal reminders for every one of PEOPLE, all due an hour ago."""
    unit, now = UnitFactory(), clock.now()
    case = CaseFactory(worked_by=unit)
    key = DataKey.new()
    session.add(key)
    session.flush()
    users = [
        {
            "id": new_id(), "key_id": key.id, "username": f"people{n}", "name": f"Người {n}",
            "role": Role.CP_WORKER, "unit_id": unit.id, "email": f"people{n}@example.vn",
            "is_active": True, "created_at": now, "version": 1,
        }
        for n in range(PEOPLE)
    ]  # fmt: skip
    session.execute(insert(User), users)
    session.execute(
        insert(PersonalReminder),
        [
            {
                "id": new_id(), "key_id": key.id, "case_id": case.id, "user_id": user["id"],
                "created_at": now - timedelta(days=2), "version": 1,
                "due_at": now - timedelta(hours=1, minutes=n),
            }
            for user in users
            for n in range(EACH)
        ],
    )  # fmt: skip
    session.commit()


def is_done(session: Session) -> bool:
    told = session.scalar(
        select(func.count()).select_from(Delivery).where(Delivery.channel == Channel.APP)
    )
    mailed = session.scalar(select(func.count()).where(Delivery.state == DeliveryState.WAITING))
    session.rollback()  # the next look sees what the others have written
    return told == PEOPLE * EACH and mailed == 0


@pytest.mark.real_time
def test_schedulers_that_are_killed_lose_nothing_and_tell_nothing_twice(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    due_for_many(session)
    box, dice, now = tmp_path / "mail", random.Random(7), clock.now() + timedelta(days=1)
    running = [scheduler(str(settings.database_url), box, now) for _ in range(SCHEDULERS)]
    processes = [one.__enter__() for one in running]
    try:
        killed, until = 0, time.monotonic() + PATIENCE
        while not is_done(session) or killed < KILLS:
            assert time.monotonic() < until, "the schedulers do not come to an end"
            if killed < KILLS:
                place = killed % SCHEDULERS
                _wait_until_ready(processes[place])
                time.sleep(dice.uniform(0, 0.4))  # in the middle of whatever it does
                running[place].__exit__(None, None, None)
                running[place] = scheduler(str(settings.database_url), box, now)
                processes[place] = running[place].__enter__()
                killed += 1
            else:
                time.sleep(0.2)
    finally:
        for one in running:
            one.__exit__(None, None, None)
    _check(session, box, killed)


def _wait_until_ready(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"


def _check(session: Session, box: Path, killed: int) -> None:
    assert session.scalar(select(func.count()).select_from(Obligation)) == PEOPLE * EACH
    pairs = session.execute(
        select(Delivery.obligation_id, func.count())
        .where(Delivery.channel == Channel.APP)
        .group_by(Delivery.obligation_id)
    ).all()
    assert len(pairs) == PEOPLE * EACH and {count for _, count in pairs} == {1}
    sent = Counter(line.split()[0] for line in box.read_text().splitlines())
    known = {str(one) for one in session.scalars(select(Message.id))}
    assert sent.keys() == known
    assert sum(sent.values()) - len(known) <= killed
    carried = sum(int(line.split()[1]) for line in {*box.read_text().splitlines()})
    assert carried == PEOPLE * EACH
