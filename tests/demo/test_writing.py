"""What is written beside the telling: in order, and a failure is the teller's."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.auth.models import Unit
from app.cases.models import Case
from app.demo import load as loading
from app.demo.load import Size, load
from app.demo.writing import writing

UNTIL = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def fail() -> None:
    raise ValueError("no room")


def test_work_is_done_in_order_and_to_the_end() -> None:
    done: list[int] = []
    with writing() as writer:
        for number in range(20):
            writer.do(lambda number=number: done.append(number))  # type: ignore[misc]
    assert done == list(range(20))


@pytest.mark.parametrize("many", [1, 2])
def test_what_failed_is_raised_to_whoever_told_it(many: int) -> None:
    """When the next is handed over, or at the end."""
    done: list[str] = []
    with pytest.raises(ValueError, match="no room"):
        tell([fail, lambda: done.append("after it")][:many])
    assert done == []


def tell(told: list[Callable[[], None]], then: Callable[[], None] = lambda: None) -> None:
    with writing() as writer:
        for work in told:
            writer.do(work)
        then()


def test_where_the_telling_fails_no_thread_goes_on() -> None:
    with pytest.raises(ValueError, match="no room"):
        tell([lambda: time.sleep(0.1)], then=fail)
    assert not [one for one in threading.enumerate() if one.name.startswith("demo-writer")]


def test_a_batch_that_the_database_refuses_leaves_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the second batch; the first was written in the same transaction."""
    real, batches = loading.append_bodies, []

    def refused(session: Session, events: Any) -> None:
        batches.append(1)
        real(session, events if len(batches) == 1 else [("no uuid", "{}")])

    monkeypatch.setattr(loading, "BATCH", 8)
    monkeypatch.setattr(loading, "append_bodies", refused)
    with pytest.raises(DBAPIError):
        load(session, size=Size(1, 30, 1, reporting=0), seed=5, until=UNTIL, password_hash="x")
    session.rollback()
    assert len(batches) == 2
    assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert session.scalar(select(func.count()).select_from(Unit)) == 0
