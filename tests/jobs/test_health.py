"""Ready or not, and the administrator's page of the scheduler."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.core import clock
from app.core.jobs import HEARTBEAT, JobLease, JobOutcome
from app.jobs import routes
from app.jobs.labels import JOB_LABELS
from app.jobs.registry import jobs
from tests.browser import Browser
from tests.factories import UserFactory


def ran(session: Session, name: str = HEARTBEAT, ago: int = 0, **values: object) -> None:
    at = clock.now() - timedelta(minutes=ago)
    row = JobLease(
        name=name, holder="x", until=at, started_at=at, ended_at=at, duration_ms=12,
        outcome=JobOutcome.OK, last_ok_at=at, failures=0,
    )  # fmt: skip
    for key, value in values.items():
        setattr(row, key, value)
    session.add(row)
    session.commit()


def test_ready_with_a_living_scheduler(app: Flask, session: Session) -> None:
    ran(session)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok", "database": True, "migrations": True, "row_security": True,
        "scheduler": True,
    }  # fmt: skip


def test_a_role_that_the_database_does_not_restrict_is_reported(
    app: Flask, session: Session, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the program migrates and works as one role, which owns the tables."""
    ran(session)
    with superuser.connect() as owner:
        assert owner.scalar(routes.WALL) is False
        monkeypatch.setattr(routes, "WALL", text(f"SELECT {owner.scalar(routes.WALL)}"))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None and answer.json["row_security"] is False


@pytest.mark.parametrize("ago", [None, 6, 600])
def test_a_silent_scheduler_is_reported(app: Flask, session: Session, ago: int | None) -> None:
    if ago is not None:
        ran(session, ago=ago)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert (answer.json["status"], answer.json["scheduler"]) == ("degraded", False)


def test_the_administrator_sees_every_job(browser: Browser, session: Session) -> None:
    ran(session)
    name = next(job.name for job in jobs() if job.name != HEARTBEAT)
    ran(session, name=name, outcome=JobOutcome.FAILED, error="OperationalError", failures=3)
    page = browser.sign_in(UserFactory(role=Role.ADMINISTRATOR)).get("jobs.index")
    shown = [code.text for code in page.select("main code")]
    assert shown == [job.name for job in jobs()]
    assert {job.name for job in jobs()} == set(JOB_LABELS), "each job says what it does"
    assert "lỗi 3 lần liền (OperationalError)" in page.text
    assert "không phản hồi" not in page.text


def test_a_silent_scheduler_stands_in_red(browser: Browser, session: Session) -> None:
    page = browser.sign_in(UserFactory(role=Role.ADMINISTRATOR)).get("jobs.index")
    assert page.select_one(".stop") is not None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_sees_it(browser: Browser, session: Session, role: Role) -> None:
    browser.sign_in(UserFactory(role=role)).get("jobs.index", expect=403)
