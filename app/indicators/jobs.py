"""Jobs of the indicators: facts follow what changed within a minute, protected tables the facts;
contradictions are looked for each hour."""

from datetime import datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app.core.jobs import Job
from app.indicators.services.deriving import waiting, work_off
from app.indicators.services.quality import refresh_quality

_PUBLISH = "app.indicators.services.publishing:work_off"


def publish(session: Session, now: datetime) -> None:
    """Loads the solver when it is needed: web workers list the jobs and never run them."""
    import_string(_PUBLISH)(session, now)


DERIVE_FACTS = Job(
    "derive-facts",
    IntervalTrigger(seconds=30),
    work_off,
    rest=timedelta(seconds=5),
    run_at_start=True,
    backlog=waiting,
)
CHECK_QUALITY = Job("check-quality", IntervalTrigger(hours=1), refresh_quality, run_at_start=True)
PROTECT_FIGURES = Job(
    "protect-figures",
    IntervalTrigger(minutes=1),
    publish,
    lease=timedelta(minutes=30),
    run_at_start=True,
)
