"""People at work on the real server (bench/load.py): nothing fails; long, and the goals are met."""

from collections.abc import Iterator

import pytest

from app.core import embedded
from bench.load import GOALS, Seen, names, percentile, run
from bench.server import BIG, CACHE, SMALL
from tests.evidence import Evidence

MEASURED = (
    "{users} users, {minutes} min: reads p95 {p95:.0f} ms, p99 {p99:.0f} ms,"
    " writes p99 {writes:.0f} ms, {errors} errors in {requests:,} requests"
)


@pytest.fixture
def left() -> Iterator[None]:
    """The server of the bench stops with the test."""
    yield
    embedded.leave(CACHE)


def measured(seen: Seen) -> dict[str, float]:
    found = {name: 1000 * value for name, value in seen.figures().items()}
    return {
        "p95": found["read p95"], "p99": found["read p99"], "writes": found["write p99"],
        "errors": sum(seen.wrong.values()), "requests": len(seen.reads) + len(seen.writes),
    }  # fmt: skip


@pytest.mark.wide
@pytest.mark.real_time
@pytest.mark.usefixtures("left")
def test_a_few_at_work_fail_in_nothing(evidence: Evidence) -> None:
    """Not a measure of speed: whatever else this machine does slows them."""
    seen = run(SMALL, 10, 20)
    assert seen.wrong == {}
    assert seen.reads and seen.writes
    evidence("load", MEASURED, users=10, minutes=0.3, **measured(seen))


@pytest.mark.long
@pytest.mark.real_time
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("left")
def test_fifty_at_work_for_ten_minutes(evidence: Evidence) -> None:
    seen = run(BIG, 50, 600)
    assert seen.missed() == []
    evidence("load", MEASURED, users=50, minutes=10, **measured(seen))


def test_what_is_slow_or_wrong_is_said() -> None:
    """The control."""
    assert Seen(reads=[0.01] * 100, writes=[0.1] * 100).missed() == []
    slow = Seen(reads=[0.01] * 90 + [0.4] * 10, writes=[0.1] * 98 + [0.9] * 2)
    slow.wrong["500 GET /"] += 1
    assert slow.missed() == ["read p95 0.400 s", "write p99 0.900 s", "1 times 500 GET /"]
    assert set(GOALS) <= set(slow.figures())
    assert percentile([], 99) == 0 and percentile([1, 2, 3], 99) == 3


def test_seven_of_ten_work_cases() -> None:
    found = names(BIG, 50)
    assert len(found) == 50
    assert sum(name.startswith(("worker", "canbo")) for name in found) == 35
    assert {"chair", "intake", "hospital", "supervisor"} <= set(found)
