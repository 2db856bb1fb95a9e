"""Jobs of the indicators."""

from datetime import datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app.core.jobs import Job

_PUBLISH = "app.indicators.services.publishing:work_off"


def publish(session: Session, now: datetime) -> None:
    """Loads the solver when it is needed: web workers list the jobs and never run them."""
    import_string(_PUBLISH)(session, now)


PROTECT_FIGURES = Job(
    "protect-figures",
    IntervalTrigger(minutes=1),
    publish,
    lease=timedelta(minutes=30),
    run_at_start=True,
)
