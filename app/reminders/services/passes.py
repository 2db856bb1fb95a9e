"""One pass: what is due is brought up to date, told, gathered, sent. Several may run at once.

Every step is a transaction of its own, so that a killed process loses at most the step under way,
which the next pass makes good.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from app.reminders.models import Channel
from app.reminders.queries.rules import rules_in_force
from app.reminders.services.fire import fire
from app.reminders.services.messages import Carrier, gather, send_one
from app.reminders.services.scan import scan

MOST_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Passed:
    """How many: opened or changed, ended, told, messages made and handled."""

    opened: int
    ended: int
    told: int
    gathered: int
    handled: int


def run_pass(
    make: sessionmaker[Session], carriers: Mapping[Channel, Carrier], now: datetime
) -> Passed:
    """The whole pass as of `now`; a second one right after it has nothing to do."""
    with make.begin() as session:
        rules = rules_in_force(session)
        opened, ended = scan(session, rules, now)
    told = _until_done(make, lambda session: fire(session, rules, now))
    gathered = _until_done(make, lambda session: gather(session, now))
    handled = _until_done(make, lambda session: send_one(session, carriers, now))
    return Passed(opened, ended, told, gathered, handled)


def _until_done(make: sessionmaker[Session], step: Callable[[Session], int]) -> int:
    total = 0
    for _ in range(MOST_ROUNDS):
        with make.begin() as session:
            done = int(step(session))
        if not done:
            break
        total += done
    return total
