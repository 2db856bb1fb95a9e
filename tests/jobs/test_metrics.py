"""What monitoring is told: numbers, to who knows the token, and nothing about anybody."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.audit.checkpoints import take_checkpoint
from app.core import clock
from app.reminders.models import Channel, DeliveryState, Message
from tests.factories import UserFactory
from tests.jobs.test_health import ran

TOKEN = "a-token-that-monitoring-knows"


@dataclass
class Asked:
    status: int
    lines: list[str]


@pytest.fixture
def token(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    settings = app.extensions["settings"].model_copy(update={"metrics_token": SecretStr(TOKEN)})
    monkeypatch.setitem(app.extensions, "settings", settings)
    return TOKEN


def ask(app: Flask, header: str | None) -> Asked:
    headers = {} if header is None else {"Authorization": header}
    answer = app.test_client().get("/metrics", headers=headers)
    return Asked(answer.status_code, answer.text.splitlines())


def test_nothing_is_there_without_a_token(app: Flask, session: Session) -> None:
    assert ask(app, f"Bearer {TOKEN}").status == 404


@pytest.mark.parametrize("header", [None, "", "Bearer ", TOKEN, f"Bearer {TOKEN}x", "Bearer \xff"])
def test_who_does_not_know_it_is_refused(
    app: Flask, session: Session, token: str, header: str | None
) -> None:
    asked = ask(app, header)
    assert asked.status == 403
    assert not [line for line in asked.lines if "vongtay_" in line]


def test_it_counts_answers_by_page(app: Flask, session: Session, token: str) -> None:
    page = 'vongtay_requests_total{method="GET",route="health.healthz",status="200"}'

    def seen() -> float:
        found = [line for line in ask(app, f"Bearer {token}").lines if line.startswith(page)]
        return float(found[0].split()[-1]) if found else 0

    before = seen()
    for _ in range(3):
        app.test_client().get("/healthz?name=Canary")
    assert seen() == before + 3
    assert "Canary" not in "".join(ask(app, f"Bearer {token}").lines)


def test_invented_methods_and_addresses_make_no_new_lines(
    app: Flask, session: Session, token: str
) -> None:
    for number in range(5):
        app.test_client().open(f"/nothing-{number}", method=f"INVENTED{number}")
    text = "\n".join(ask(app, f"Bearer {token}").lines)
    assert "INVENTED" not in text
    assert "nothing-" not in text
    assert 'method="other",route="none"' in text


def test_it_tells_of_jobs_messages_and_the_seal(app: Flask, session: Session, token: str) -> None:
    now, user = clock.now(), UserFactory(name="Canary Người Dùng")
    for state in (DeliveryState.DEAD, DeliveryState.DEAD, DeliveryState.WAITING):
        row = Message(user_id=user.id, channel=Channel.MAIL, is_urgent=False, state=state)
        row.created_at = row.try_at = now
        session.add(row)
    ran(session)
    ran(session, "outbox", ago=3, failures=4)
    take_checkpoint(session, now)
    session.commit()
    lines = ask(app, f"Bearer {token}").lines
    assert "vongtay_scheduler_silent 0.0" in lines
    assert 'vongtay_job_failures{job="outbox"} 4.0' in lines
    assert 'vongtay_messages{state="dead"} 2.0' in lines
    assert 'vongtay_messages{state="waiting"} 1.0' in lines
    assert 'vongtay_job_backlog{job="outbox"} 0.0' in lines
    assert not [line for line in lines if "Canary" in line or user.username in line]
    ages = [line for line in lines if line.startswith('vongtay_job_ok_age_seconds{job="outbox"}')]
    assert 180 <= float(ages[0].split()[-1]) < 240
