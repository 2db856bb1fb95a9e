"""Side effects: only after the commit, once, and never lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, outbox
from app.core.db import db
from app.core.outbox import MAX_ATTEMPTS, OutboxMessage, dispatch, enqueue


@pytest.fixture
def done() -> Iterator[list[str]]:
    """What the handler `note` carried out; the kind `fail` always fails."""
    seen: list[str] = []

    def fail(session: Session, message: OutboxMessage) -> None:
        raise ConnectionError("0912 345 678 is unreachable")

    outbox.HANDLERS["note"] = lambda session, message: seen.append(message.payload["id"])
    outbox.HANDLERS["fail"] = fail
    yield seen
    del outbox.HANDLERS["note"], outbox.HANDLERS["fail"]


def put(session: Session, kind: str = "note", name: str = "a") -> None:
    enqueue(session, kind, {"id": name}, now=clock.now())


def test_a_rolled_back_action_has_no_effect(session: Session, done: list[str]) -> None:
    put(session)
    session.rollback()
    assert dispatch(session, clock.now()) == 0
    assert done == []


def test_each_message_is_carried_out_once(session: Session, done: list[str]) -> None:
    put(session, name="a")
    put(session, name="b")
    session.commit()
    assert dispatch(session, clock.now()) == 2
    session.commit()
    assert dispatch(session, clock.now()) == 0
    assert done == ["a", "b"]


def test_two_workers_share_the_queue(session: Session, done: list[str]) -> None:
    put(session)
    session.commit()
    with db.sessionmaker() as other:
        assert dispatch(other, clock.now()) == 1  # holds the row until it commits
        assert dispatch(session, clock.now()) == 0
        other.commit()
    assert done == ["a"]


def test_a_failure_waits_longer_and_keeps_no_text(session: Session, done: list[str]) -> None:
    put(session, kind="fail")
    session.commit()
    now = clock.now()
    assert dispatch(session, now) == 0
    session.commit()
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.attempts, message.last_error) == (1, "ConnectionError")
    assert message.available_at >= now + timedelta(seconds=60)
    assert dispatch(session, now) == 0
    assert message.attempts == 1


def test_a_failure_does_not_stop_the_others(session: Session, done: list[str]) -> None:
    put(session, kind="fail")
    put(session, name="b")
    session.commit()
    assert dispatch(session, clock.now()) == 1
    assert done == ["b"]


def test_after_many_failures_it_is_given_up(session: Session, done: list[str]) -> None:
    put(session, kind="fail")
    session.commit()
    now = clock.now()
    for _ in range(MAX_ATTEMPTS + 3):
        now += timedelta(days=30)
        dispatch(session, now)
    assert session.scalars(select(OutboxMessage)).one().attempts == MAX_ATTEMPTS


def test_an_unknown_kind_waits_for_a_newer_program(session: Session, done: list[str]) -> None:
    put(session, kind="from_the_future")
    session.commit()
    assert dispatch(session, clock.now()) == 0
    assert session.scalars(select(OutboxMessage)).one().attempts == 0
