"""The state of the house for monitoring: is the scheduler alive, what waits, what failed, is the
log signed. Numbers only, read from small tables and by index."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditCheckpoint
from app.core.jobs import is_scheduler_silent, job_states
from app.jobs.registry import jobs
from app.reminders.models import DeliveryState, Message

MOST = 10_000  # a count of messages says no more


class House(Collector):
    """What is read when monitoring asks."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now

    def collect(self) -> Iterator[Metric]:
        silent = is_scheduler_silent(self._session, self._now)
        yield GaugeMetricFamily("vongtay_scheduler_silent", "No sign of life", int(silent))
        yield from self._jobs()
        yield self._messages()
        signed = self._session.scalar(select(func.max(AuditCheckpoint.at)))
        if signed is not None:
            age = (self._now - signed).total_seconds()
            yield GaugeMetricFamily("vongtay_log_signed_age_seconds", "Since the last seal", age)

    def _jobs(self) -> Iterator[Metric]:
        ok = GaugeMetricFamily("vongtay_job_ok_age_seconds", "Since it ended well", labels=["job"])
        failures = GaugeMetricFamily("vongtay_job_failures", "In a row", labels=["job"])
        for state in job_states(self._session):
            failures.add_metric([state.name], state.failures)
            if state.last_ok_at is not None:
                ok.add_metric([state.name], (self._now - state.last_ok_at).total_seconds())
        backlog = GaugeMetricFamily("vongtay_job_backlog", "What waits for it", labels=["job"])
        for job in jobs():
            if job.backlog is not None:
                backlog.add_metric([job.name], job.backlog(self._session, self._now))
        yield from (ok, failures, backlog)

    def _messages(self) -> Metric:
        found = GaugeMetricFamily("vongtay_messages", "Of reminders", labels=["state"])
        for state in (DeliveryState.WAITING, DeliveryState.DEAD):
            some = select(Message.id).where(Message.state == state).limit(MOST).subquery()
            count = self._session.scalar(select(func.count()).select_from(some))
            found.add_metric([state.value], count or 0)
        return found
