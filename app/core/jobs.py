"""What a scheduled job is, and the row by which processes agree who runs it and when it last ran.

Packages name their jobs in their `jobs.py`; `app.jobs` runs them in a process of its own.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base

HEARTBEAT = "heartbeat"  # the job that does nothing but show that the scheduler lives
SILENT_AFTER = timedelta(minutes=4)  # so that the alarm is there within five
FAILING_FROM = 3  # failures in a row
# By how much the clocks of two machines may differ. What was written later than that from now was
# written while a clock was wrong, and says nothing.
CLOCKS_DIFFER = timedelta(minutes=1)
STOPPING = Event()  # this process was told to end: long work goes no further than its next step


@dataclass(frozen=True)
class Job:
    """`work(session, now)` in one transaction, whenever `trigger` says.

    While it runs nobody else runs it, for at most `lease`: then it counts as lost, another process
    may run it, and the lost one cannot commit. After it ended well it rests for `rest`, so that a
    second scheduler whose clock is a little late finds it done. A clock that was ahead holds
    nothing up once it is right again.
    """

    name: str
    trigger: BaseTrigger
    work: Callable[[Session, datetime], object]
    lease: timedelta = timedelta(minutes=5)
    rest: timedelta = timedelta(seconds=20)
    run_at_start: bool = False  # also as soon as the scheduler starts
    backlog: Callable[[Session, datetime], int] | None = None  # how much should have been done

    def next_at(self, state: "JobLease | None", now: datetime) -> datetime | None:
        """When it runs next; a time that has passed where it should have run since."""
        began: datetime | None = self.trigger.get_next_fire_time(
            state.started_at if state else None, now
        )
        return began


class JobOutcome(enum.StrEnum):
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"


class JobLease(Base):
    """One row a job; whoever moves `until` forward may run it."""

    __tablename__ = "job_leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]  # a random name of the run that holds or last held the lease
    until: Mapped[datetime]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    outcome: Mapped[JobOutcome]
    error: Mapped[str | None]  # the class of the error: its text could be personal
    last_ok_at: Mapped[datetime | None]
    failures: Mapped[int]  # in a row


def job_states(session: Session) -> list[JobLease]:
    """Every job that has ever run, by name: for the administrator's page."""
    return list(session.scalars(select(JobLease).order_by(JobLease.name)))


def failing_jobs(session: Session) -> list[str]:
    """Names of those that fail again and again while the scheduler itself lives."""
    return list(
        session.scalars(
            select(JobLease.name).where(JobLease.failures >= FAILING_FROM).order_by(JobLease.name)
        )
    )


def is_scheduler_silent(session: Session, now: datetime) -> bool:
    """Whether no scheduler has given a sign of life for SILENT_AFTER, or ever. One of the time to
    come is none."""
    seen = session.scalar(select(JobLease.last_ok_at).where(JobLease.name == HEARTBEAT))
    return seen is None or not -CLOCKS_DIFFER <= now - seen <= SILENT_AFTER
