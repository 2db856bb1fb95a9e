"""One pass: what is due is brought up to date, told, gathered, sent. Several may run at once.

Every step is a transaction of its own, so that a killed process loses at most the step under way,
which the next pass makes good. A step that fails does not keep the next ones from their work.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.reminders.models import Channel
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import Limits
from app.reminders.services.fire import fire
from app.reminders.services.messages import Carrier, gather, send_one
from app.reminders.services.scan import scan

log = logging.getLogger("vongtay.reminders")
MOST_ROUNDS = 10_000
MOST_LOST = 3  # messages whose sending lost the database: then it is the database
LONGEST_SENDING = 150.0  # seconds: then what is due is looked at again before more is sent


@dataclass(slots=True)
class Passed:
    """How many: opened or changed, ended, told, gathered for people and channels, handled."""

    opened: int = 0
    ended: int = 0
    told: int = 0
    gathered: int = 0
    handled: int = 0


def run_pass(
    make: sessionmaker[Session], carriers: Mapping[Channel, Carrier], now: datetime
) -> Passed:
    """The whole pass as of `now`; a second one right after it has nothing to do.

    What went wrong in one step is raised once the others have done theirs.
    """
    passed, failures = Passed(), list[Exception]()
    with make.begin() as session:
        rules = rules_in_force(session)
    with _going_on(failures), make.begin() as session:
        passed.opened, passed.ended = scan(session, rules, now)
    with _going_on(failures):
        passed.told = _until_done(make, lambda session: fire(session, rules, now))
    with _going_on(failures):
        passed.gathered = _until_done(make, lambda session: gather(session, now))
    with _going_on(failures):
        passed.handled = _send(make, carriers, rules.limits, now, failures)
    if failures:
        raise failures[0]
    return passed


@contextmanager
def _going_on(failures: list[Exception]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        log.exception("reminder.step_failed")
        failures.append(error)


def _send(
    make: sessionmaker[Session],
    carriers: Mapping[Channel, Carrier],
    limits: Limits,
    now: datetime,
    failures: list[Exception],
) -> int:
    """Until nothing waits, no channel is left that takes anything, or it has taken long enough."""
    working, handled, until = dict(carriers), 0, time.monotonic() + LONGEST_SENDING
    while working and handled < MOST_ROUNDS and time.monotonic() < until:
        try:
            one = send_one(make, working, limits, now)
        except SQLAlchemyError as error:  # the attempt is written down; the others still wait
            failures.append(error)
            if len(failures) > MOST_LOST:
                break
            continue
        if one is None:
            break
        handled += 1
        if one.is_stalled:
            del working[one.channel]
    return handled


def _until_done(make: sessionmaker[Session], step: Callable[[Session], int]) -> int:
    total = 0
    for _ in range(MOST_ROUNDS):
        with make.begin() as session:
            done = step(session)
        if not done:
            break
        total += done
    return total
