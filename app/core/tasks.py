"""Long work that a person asked for: in the background, watched on a page, begun again when lost.

    KINDS["export"] = TaskKind(_l("Xuất ra tệp"), make_export, result="exports.of_task")
    task = ask(session, "export", user_id=actor.id, payload={"export_id": str(id)}, now=now)

The work gets a `TaskRun`: it opens transactions of its own, in steps that may be repeated, because
a killed process begins again from the start. `payload` and `outcome` hold ids, codes and counts.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from apscheduler.triggers.interval import IntervalTrigger
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, SmallInteger, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, db
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.jobs import Job

log = logging.getLogger("vongtay.tasks")
MAX_ATTEMPTS = 3


class TaskState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskEnded(DomainError):
    message = _l("Việc này đã kết thúc, không dừng được nữa.")


class TaskCancelled(Exception):  # errors state the fact
    """The person who asked for the work stopped it: the step under way is undone."""


class Task(Base):
    """One piece of work. `done` of `total` steps; `error` is the class of the error only."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_open", "created_at", postgresql_where="ended_at IS NULL"),
        Index("ix_tasks_user", "user_id", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    user_id: Mapped[uuid.UUID]
    payload: Mapped[dict[str, Any]]
    state: Mapped[TaskState] = mapped_column(default=TaskState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.state in (TaskState.WAITING, TaskState.RUNNING)

    def cancel(self, *, now: datetime) -> None:
        """Raises TaskEnded."""
        if not self.is_open:
            raise TaskEnded
        self.state, self.ended_at = TaskState.CANCELLED, now


class TaskRun:
    """What the work of a task may do."""

    def __init__(self, task: Task) -> None:
        self.id, self.user_id, self.payload = task.id, task.user_id, dict(task.payload)
        self.outcome: dict[str, Any] = {}

    @contextmanager
    def step(self) -> Iterator[Session]:
        """One transaction of the work."""
        with db.sessionmaker.begin() as session:
            yield session

    def progress(self, done: int, total: int) -> None:
        """Shown at once. Raises TaskCancelled where the work was stopped."""
        running = (Task.id == self.id) & (Task.state == TaskState.RUNNING)
        with db.sessionmaker.begin() as session:
            moved = session.execute(
                update(Task).where(running).values(done=done, total=total).returning(Task.id)
            ).first()
        if moved is None:
            raise TaskCancelled


@dataclass(frozen=True, slots=True)
class TaskKind:
    """`result` is the endpoint (with `task_id`) of what came out, "" where there is nothing."""

    label: LazyString | str
    work: Callable[[TaskRun], None]
    result: str = ""


KINDS: dict[str, TaskKind] = {}


def ask(
    session: Session, kind: str, *, user_id: uuid.UUID, payload: dict[str, Any], now: datetime
) -> Task:
    """Ask for work; it begins only if the caller's transaction commits."""
    task = Task(kind=kind, user_id=user_id, payload=payload, created_at=now)
    session.add(task)
    session.flush()
    return task


def is_waited_for(session: Session) -> bool:
    """Whether somebody waits for work to begin or to end."""
    is_open = (Task.ended_at.is_(None), Task.state.in_((TaskState.WAITING, TaskState.RUNNING)))
    found = select(Task.id).where(*is_open, Task.kind.in_(KINDS)).limit(1)
    return session.scalar(found) is not None


def run_waiting(_session: Session, _now: datetime) -> None:
    """Do all that waits, the oldest first. Whoever runs this holds the lease of the job: what is
    still marked as running was lost with its process."""
    _begin_lost_again()
    while (task := _claim()) is not None:
        _run(task)


def _begin_lost_again() -> None:
    with db.sessionmaker.begin() as session:
        lost = (Task.state == TaskState.RUNNING) & Task.kind.in_(KINDS)
        session.execute(
            update(Task)
            .where(lost, Task.attempts >= MAX_ATTEMPTS)
            .values(state=TaskState.FAILED, error="Lost", ended_at=clock.now())
        )
        session.execute(update(Task).where(lost).values(state=TaskState.WAITING))


def _claim() -> Task | None:
    oldest = (
        select(Task)
        .where(Task.state == TaskState.WAITING, Task.ended_at.is_(None), Task.kind.in_(KINDS))
        .order_by(Task.created_at, Task.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with db.sessionmaker(expire_on_commit=False) as session, session.begin():
        task = session.scalars(oldest).one_or_none()
        if task is not None:
            task.state, task.started_at = TaskState.RUNNING, clock.now()
            task.attempts += 1
        return task


def _run(task: Task) -> None:
    run = TaskRun(task)
    try:
        KINDS[task.kind].work(run)
    except TaskCancelled:
        log.info("task.cancelled", extra={"kind": task.kind})
    except Exception as error:
        log.exception("task.failed", extra={"kind": task.kind})
        _end(run, TaskState.FAILED, type(error).__name__)
    else:
        _end(run, TaskState.DONE, None)


def _end(run: TaskRun, state: TaskState, error: str | None) -> None:
    with db.sessionmaker.begin() as session:
        session.execute(
            update(Task)
            .where(Task.id == run.id, Task.state == TaskState.RUNNING)
            .values(state=state, error=error, outcome=run.outcome, ended_at=clock.now())
        )


RUN_TASKS = Job(
    "tasks",
    IntervalTrigger(seconds=2),
    run_waiting,
    lease=timedelta(minutes=30),
    rest=timedelta(seconds=1),
)
