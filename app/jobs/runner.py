"""The scheduler process, started by a command of its own. The web processes never start it."""

import logging
import secrets
import signal
import time
from datetime import datetime
from threading import Event, Thread

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.core.jobs import CLOCKS_DIFFER, STOPPING, Job, JobLease, JobOutcome

log = logging.getLogger("vongtay.jobs")
SCHEDULER_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
CLOCK_LOOKED_AT = 15.0  # seconds


class LeaseLost(Exception):  # errors state the fact
    """The run took longer than its lease and another process has begun it: this one is undone."""


def run(app: Flask, job: Job) -> bool:
    """Run one job in one transaction. False where another process has it, or it failed."""
    with app.app_context():
        holder = secrets.token_hex(8)
        if not _take_lease(job, holder, clock.now()):
            return False
        began = time.monotonic()
        try:
            with db.sessionmaker.begin() as session:
                job.work(session, clock.now())
                _record_success(session, job, holder, _elapsed(began))
        except Exception as error:
            log.exception("job.failed", extra={"job": job.name})
            _record_failure(job, holder, _elapsed(began), error)
            return False
        log.debug("job.done", extra={"job": job.name, "duration_ms": _elapsed(began)})
        return True


def serve(app: Flask, jobs: tuple[Job, ...], timezone: str) -> None:
    """Run the jobs until the process is told to stop; a job under way is finished first."""
    scheduler = BlockingScheduler(timezone=timezone, job_defaults=SCHEDULER_DEFAULTS)
    for job in jobs:
        scheduler.add_job(run, job.trigger, args=(app, job), id=job.name)
        if job.run_at_start:
            scheduler.add_job(run, args=(app, job))
    over = Event()
    STOPPING.clear()
    # Not an exception: raised while a job is handed out, the scheduler would take it for its own.
    signal.signal(signal.SIGTERM, lambda _signum, _frame: STOPPING.set())
    stopping = Thread(target=_stop, args=(scheduler,), daemon=True)
    stopping.start()
    Thread(target=_watch_clock, args=(scheduler, over), daemon=True).start()
    try:
        scheduler.start()
    except KeyboardInterrupt:
        log.info("jobs.interrupted")
        STOPPING.set()
    except JobLookupError:  # it ended while it handed that job out
        if not STOPPING.is_set():
            raise
    finally:
        over.set()
    stopping.join()


def _stop(scheduler: BaseScheduler) -> None:
    """Once told to, and no sooner than it runs; waits for the jobs under way."""
    STOPPING.wait()
    while not scheduler.running:
        time.sleep(0.05)
    scheduler.shutdown(wait=True)


def _watch_clock(scheduler: BaseScheduler, over: Event) -> None:
    while not over.wait(CLOCK_LOOKED_AT):
        try:
            plan_anew(scheduler, clock.now())
        except Exception:
            log.exception("jobs.not_planned")


def plan_anew(scheduler: BaseScheduler, now: datetime) -> None:
    """The scheduler plans by the clock on the wall: what it planned while that was ahead would come
    only when that time is reached again."""
    for job in scheduler.get_jobs():
        next_at = job.trigger.get_next_fire_time(now, now)
        if next_at and job.next_run_time and job.next_run_time > next_at + CLOCKS_DIFFER:
            log.warning("jobs.clock_went_back", extra={"job": job.id})
            job.modify(next_run_time=next_at)


def _elapsed(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _take_lease(job: Job, holder: str, now: datetime) -> bool:
    """One statement: make the row, or take it over where its time has passed, or where it was
    written by a clock that was ahead."""
    taken = {
        "holder": holder,
        "until": now + job.lease,
        "started_at": now,
        "ended_at": None,
        "duration_ms": None,
        "outcome": JobOutcome.RUNNING,
        "error": None,
    }
    latest = now + CLOCKS_DIFFER
    is_free = or_(
        JobLease.until <= now, JobLease.started_at > latest, JobLease.until > latest + job.lease
    )
    statement = (
        insert(JobLease)
        .values(name=job.name, failures=0, **taken)
        .on_conflict_do_update(index_elements=["name"], set_=taken, where=is_free)
        .returning(JobLease.name)
    )
    with db.sessionmaker.begin() as session:
        return session.scalar(statement) is not None


def _record_success(session: Session, job: Job, holder: str, duration_ms: int) -> None:
    """In the transaction of the work: who lost the lease meanwhile undoes the work."""
    now = clock.now()
    kept = session.scalar(
        update(JobLease)
        .where(_held(job, holder))
        .values(
            until=now + job.rest,
            ended_at=now,
            duration_ms=duration_ms,
            outcome=JobOutcome.OK,
            last_ok_at=now,
            failures=0,
        )
        .returning(JobLease.name)
    )
    if kept is None:
        raise LeaseLost(job.name)


def _record_failure(job: Job, holder: str, duration_ms: int, error: Exception) -> None:
    """The lease is free at once: the next time the trigger fires, anyone may try again."""
    now = clock.now()
    with db.sessionmaker.begin() as session:
        session.execute(
            update(JobLease)
            .where(_held(job, holder))
            .values(
                until=now,
                ended_at=now,
                duration_ms=duration_ms,
                outcome=JobOutcome.FAILED,
                error=type(error).__name__,
                failures=JobLease.failures + 1,
            )
        )


def _held(job: Job, holder: str) -> ColumnElement[bool]:
    return (JobLease.name == job.name) & (JobLease.holder == holder)
