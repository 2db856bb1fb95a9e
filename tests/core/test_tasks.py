"""Long work: in order, watched, stopped, begun again when its process was lost."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.core.tasks import (
    KINDS,
    MAX_ATTEMPTS,
    Task,
    TaskEnded,
    TaskKind,
    TaskRun,
    TaskState,
    ask,
    run_waiting,
)
from tests.browser import Browser
from tests.factories import UserFactory

Seen = list[Any]


@pytest.fixture
def seen(app: Flask) -> Iterator[Seen]:
    """A kind of work that notes what it was given, and does as the payload says."""
    noted: Seen = []

    def work(run: TaskRun) -> None:
        noted.append(run.payload.get("n"))
        if run.payload.get("stop"):
            _change(run.id, state=TaskState.CANCELLED, ended_at=clock.now())
        run.progress(1, 2)
        if run.payload.get("fail"):
            raise LookupError("Nguyễn Văn A")
        run.outcome = {"rows": 2}

    KINDS["known"] = TaskKind("Việc thử", work)
    yield noted
    del KINDS["known"]


def _change(task_id: UUID, **values: Any) -> None:
    with db.sessionmaker.begin() as session:
        session.execute(update(Task).where(Task.id == task_id).values(**values))


def asked(session: Session, user_id: UUID | None = None, **payload: Any) -> Task:
    task = ask(session, "known", user_id=user_id or uuid4(), payload=payload, now=clock.now())
    session.commit()
    return task


def run(session: Session) -> None:
    run_waiting(session, clock.now())
    session.expire_all()


def test_all_that_waits_is_done_in_order(session: Session, seen: Seen) -> None:
    tasks = [asked(session, n=n) for n in range(3)]
    run(session)
    assert seen == [0, 1, 2]
    assert [task.state for task in tasks] == [TaskState.DONE] * 3
    assert (tasks[0].done, tasks[0].total, tasks[0].outcome) == (1, 2, {"rows": 2})


def test_one_that_fails_says_only_how_and_holds_up_nothing(session: Session, seen: Seen) -> None:
    bad, good = asked(session, fail=True), asked(session)
    run(session)
    assert (bad.state, bad.error) == (TaskState.FAILED, "LookupError")
    assert good.state is TaskState.DONE


def test_one_that_is_stopped_ends_at_its_next_step(session: Session, seen: Seen) -> None:
    task = asked(session, stop=True)
    run(session)
    assert (task.state, task.outcome) == (TaskState.CANCELLED, None)
    with pytest.raises(TaskEnded):
        task.cancel(now=clock.now())


def test_one_whose_process_was_lost_begins_again_but_not_for_ever(
    session: Session, seen: Seen
) -> None:
    lost, hopeless = asked(session, n=1), asked(session, n=2)
    _change(lost.id, state=TaskState.RUNNING, attempts=1)
    _change(hopeless.id, state=TaskState.RUNNING, attempts=MAX_ATTEMPTS)
    run(session)
    assert seen == [1]
    assert (lost.state, lost.attempts) == (TaskState.DONE, 2)
    assert (hopeless.state, hopeless.error) == (TaskState.FAILED, "Lost")


def test_its_page_shows_how_far_it_is_and_stops_it(
    browser: Browser, session: Session, seen: Seen
) -> None:
    worker = UserFactory()
    task = asked(session, worker.id)
    page = browser.sign_in(worker).get("tasks.show", task_id=task.id)
    assert "Đang chờ đến lượt" in page.text
    browser.submit_page(page, {}, form="#task-cancel")
    session.expire_all()
    assert session.scalars(select(Task.state)).one() is TaskState.CANCELLED
    assert "Đã dừng theo yêu cầu" in browser.get("tasks.show", task_id=task.id).text
    assert seen == []
    run(session)
    assert seen == []
