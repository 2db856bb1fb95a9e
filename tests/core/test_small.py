"""Identifiers, the clock and the log's allow-list."""

import json
import logging
import sys
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import months_after
from app.core.db import UtcDateTime
from app.core.ids import new_id
from app.core.logs import JsonFormatter
from tests.factories import ChildFactory


def test_identifiers_sort_by_time_and_are_version_7() -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        early = new_id()
    late = new_id()
    assert early < late
    assert (late.version, late.variant) == (7, "specified in RFC 4122")
    assert len({new_id() for _ in range(2_000)}) == 2_000


def test_midnight_in_vietnam_is_the_next_day() -> None:
    with time_machine.travel(datetime(2026, 2, 28, 17, 30, tzinfo=UTC), tick=False):
        assert clock.today().isoformat() == "2026-03-01"


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(Exception, match="naive datetime"):
        ChildFactory(created_at=datetime(2026, 1, 1))
    session.rollback()


def test_moments_come_back_in_utc() -> None:
    local = datetime(2026, 1, 1, 7, tzinfo=clock.LOCAL)
    assert UtcDateTime().process_bind_param(local, None) == datetime(2026, 1, 1, tzinfo=UTC)  # type: ignore[arg-type]


def entry(**extra: object) -> dict[str, object]:
    record = logging.LogRecord("vongtay", logging.INFO, "x.py", 1, "request.done", None, None)
    record.__dict__.update(extra)
    return dict(json.loads(JsonFormatter().format(record)))


def test_the_log_takes_declared_keys_only() -> None:
    written = entry(status=200, child_name="Nguyễn Minh Anh", q="An")
    assert written["status"] == 200
    assert "Minh Anh" not in json.dumps(written, ensure_ascii=False)
    assert "q" not in written


def test_the_text_of_an_exception_stays_out_of_the_log() -> None:
    try:
        raise ValueError("Nguyễn Minh Anh, 0912 345 678")
    except ValueError:
        record = logging.LogRecord("v", 40, "x.py", 1, "failed", None, sys.exc_info())
    written = JsonFormatter().format(record)
    assert "ValueError" in written
    assert "test_small.py" in written
    assert "0912" not in written


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 23), 3, date(2027, 2, 23)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2027, 9, 15), 3, date(2027, 12, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(
    day: date, months: int, later: date
) -> None:
    assert months_after(day, months) == later
