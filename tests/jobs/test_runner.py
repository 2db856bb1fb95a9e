"""A job runs once, in one transaction; a lost run cannot commit."""

import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.core.jobs import (
    HEARTBEAT,
    SILENT_AFTER,
    Job,
    JobLease,
    JobOutcome,
    is_scheduler_silent,
    job_states,
)
from app.core.outbox import OutboxMessage, enqueue
from app.jobs.registry import jobs
from app.jobs.runner import plan_anew, run
from config import Settings

ROOT = Path(__file__).parent.parent.parent
HOURLY = IntervalTrigger(hours=1)


def writes(session: Session, now: datetime) -> None:
    enqueue(session, "test", {}, now=now)


def fails(session: Session, now: datetime) -> None:
    writes(session, now)
    raise ZeroDivisionError


def lease(session: Session, name: str) -> JobLease:
    session.expire_all()
    return session.get_one(JobLease, name)


def written(session: Session) -> int:
    return len(session.scalars(select(OutboxMessage)).all())


def test_a_job_that_just_ran_rests(app: Flask, session: Session) -> None:
    job = Job("count", HOURLY, writes)
    assert run(app, job) is True
    assert run(app, job) is False
    assert written(session) == 1


def test_a_job_runs_again_after_its_rest(app: Flask, session: Session) -> None:
    job = Job("count", HOURLY, writes, rest=timedelta(0))
    assert run(app, job) is True
    assert run(app, job) is True
    assert written(session) == 2


def test_what_the_administrator_sees_of_a_run(app: Flask, session: Session) -> None:
    run(app, Job("count", HOURLY, writes))
    (state,) = job_states(session)
    assert (state.name, state.outcome, state.failures) == ("count", JobOutcome.OK, 0)
    assert state.started_at <= state.last_ok_at == state.ended_at
    assert state.duration_ms is not None


def test_a_failed_job_leaves_nothing_and_may_be_tried_again_at_once(
    app: Flask, session: Session
) -> None:
    job = Job("count", HOURLY, fails)
    assert run(app, job) is False
    assert run(app, job) is False
    state = lease(session, "count")
    assert (state.outcome, state.error, state.failures) == (
        JobOutcome.FAILED,
        "ZeroDivisionError",
        2,
    )
    assert written(session) == 0
    assert run(app, Job("count", HOURLY, writes)) is True
    assert lease(session, "count").failures == 0


def test_schedulers_at_the_same_moment_run_a_job_once(app: Flask, session: Session) -> None:
    job = Job("count", HOURLY, writes)
    gate = threading.Barrier(8)
    results: list[bool] = []

    def scheduler() -> None:
        gate.wait()
        results.append(run(app, job))

    threads = [threading.Thread(target=scheduler) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]
    assert written(session) == 1


def test_a_run_that_outlived_its_lease_and_was_taken_over_cannot_commit(
    app: Flask, session: Session
) -> None:
    other = Job("count", HOURLY, writes)

    def is_overtaken(own: Session, now: datetime) -> None:
        writes(own, now)
        with db.sessionmaker.begin() as outside:
            outside.execute(update(JobLease).values(until=clock.now()))
        assert run(app, other) is True

    assert run(app, Job("count", HOURLY, is_overtaken)) is False
    assert written(session) == 1
    assert lease(session, "count").outcome == JobOutcome.OK


def test_the_scheduler_is_silent_until_it_shows_life(app: Flask, session: Session) -> None:
    assert is_scheduler_silent(session, clock.now())
    assert run(app, next(job for job in jobs() if job.name == HEARTBEAT))
    now = clock.now()
    assert not is_scheduler_silent(session, now)
    assert is_scheduler_silent(session, now + SILENT_AFTER + timedelta(seconds=1))


JUMPS = [timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_was_ahead_holds_nothing_up(
    app: Flask, session: Session, jump: timedelta
) -> None:
    beat = next(job for job in jobs() if job.name == HEARTBEAT)
    right = clock.now()
    with time_machine.travel(right + jump, tick=False):
        assert run(app, beat)
    with time_machine.travel(right + timedelta(minutes=1), tick=False):
        assert is_scheduler_silent(session, clock.now())
        assert run(app, beat)
        assert not is_scheduler_silent(session, clock.now())


def test_a_run_that_ended_while_the_clock_was_ahead_holds_nothing_up(
    app: Flask, session: Session
) -> None:
    job, right = Job("count", HOURLY, writes), clock.now()
    assert run(app, job)
    session.execute(update(JobLease).values(until=right + timedelta(days=1)))
    session.commit()
    with time_machine.travel(right + timedelta(minutes=1), tick=False):
        assert run(app, job)


def test_a_scheduler_whose_clock_is_half_a_minute_late_takes_nothing_away(
    app: Flask, session: Session
) -> None:
    late = clock.now() - timedelta(seconds=30)
    taken: list[bool] = []

    def is_looked_at(own: Session, now: datetime) -> None:
        with time_machine.travel(late, tick=False):
            taken.append(run(app, Job("count", HOURLY, writes)))

    assert run(app, Job("count", HOURLY, is_looked_at))
    assert taken == [False]


@pytest.mark.parametrize("trigger", [IntervalTrigger(minutes=1), CronTrigger(hour=3)])
def test_what_was_planned_while_the_clock_was_ahead_is_planned_anew(trigger: BaseTrigger) -> None:
    scheduler, right = BackgroundScheduler(timezone="Asia/Ho_Chi_Minh"), clock.now()
    scheduler.start(paused=True)
    try:
        job = scheduler.add_job(print, trigger)
        plan_anew(scheduler, right)
        planned = job.next_run_time
        plan_anew(scheduler, right)
        assert job.next_run_time == planned  # a clock that is right changes nothing
        job.modify(next_run_time=right + timedelta(days=30))
        plan_anew(scheduler, right)
        assert right < job.next_run_time <= right + timedelta(days=1)
    finally:
        scheduler.shutdown()


def test_names_are_unique() -> None:
    names = [job.name for job in jobs()]
    assert len(names) == len(set(names))


def test_the_command_runs_one_job(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(args=["jobs", "run", HEARTBEAT])
    assert result.exit_code == 0
    assert lease(session, HEARTBEAT).outcome == JobOutcome.OK
    assert app.test_cli_runner().invoke(args=["jobs", "run", HEARTBEAT]).exit_code == 1


@pytest.mark.wide
@pytest.mark.real_time
@pytest.mark.usefixtures("clean")
def test_the_scheduler_process_works_and_stops_when_told(
    session: Session, settings: Settings
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "serve"],
        cwd=ROOT,
        env={
            "DATABASE_URL": str(settings.database_url),
            "INSTANCE_DIR": str(settings.instance_dir),
            "KEYSET_FILE": str(settings.keyset_file),
            "DEMO": "1",
        },
        stderr=subprocess.PIPE,
    )
    waiting = threading.Event()
    for _ in range(900):  # a machine may be busy
        session.rollback()
        if not is_scheduler_silent(session, clock.now()):
            break
        waiting.wait(0.1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)  # a job under way ends first
    assert process.returncode == 0, said.decode()
    session.expire_all()
    assert lease(session, HEARTBEAT).outcome == JobOutcome.OK
