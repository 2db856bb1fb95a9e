"""What monitoring may count: answers by page, method and status, and how long they took.

Codes only: no address, no person. Each worker process writes what it counts to files of its own
(scripts/gunicorn.conf.py says where); whichever of them is asked adds all of them up.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST"})  # others are of no page: anybody may invent one
_ANSWERS = Counter("vongtay_requests", "Answers", ("route", "method", "status"))
_SECONDS = Histogram(
    "vongtay_request_seconds",
    "Time until the answer was ready",
    ("method",),
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.5, 3.0, 8.0),
)


def count(*, route: str | None, method: str, status: int, seconds: float) -> None:
    """`route` is the name of a page of ours, None where there is none."""
    known = method if method in _METHODS else "other"
    _ANSWERS.labels(route or "none", known, str(status)).inc()
    _SECONDS.labels(known).observe(seconds)


def exposition(state: Collector) -> bytes:
    """All counts and `state`, in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(state)
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # one process
        registry.register(_ANSWERS)
        registry.register(_SECONDS)
    return generate_latest(registry)
