"""The work of counting a report's figures. It loads a solver: web workers do not import it."""

import json
import uuid
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.auth.actor import Actor
from app.auth.people import actor_of_user
from app.core import clock
from app.core.tasks import TaskRun
from app.indicators.models import PeriodicReport, PeriodicState
from app.indicators.queries.reports import newest_version
from app.indicators.services.report_figures import Figures, count_figures, protect_figures
from app.indicators.services.reporting import lock, tell


def work(run: TaskRun) -> None:
    """Count, then keep it with the draft; a version that was sent meanwhile stays as it is."""
    report_id, now = uuid.UUID(run.payload["report_id"]), clock.now()
    with run.step() as session:
        counted = count_figures(session, session.get_one(PeriodicReport, report_id), now)
    figures = protect_figures(counted)
    with run.step() as session:
        actor = actor_of_user(session, run.user_id)
        report = session.get_one(PeriodicReport, report_id)
        if actor is not None:
            keep_figures(session, actor=actor, report=report, figures=figures, now=now)
    run.outcome = {"report_id": str(report_id)}


def keep_figures(
    session: Session, *, actor: Actor, report: PeriodicReport, figures: Figures, now: datetime
) -> None:
    """With the draft."""
    lock(session, report)
    draft = newest_version(session, report)
    if draft is None or draft.state is not PeriodicState.DRAFTED:
        return
    draft.tables, draft.counts = figures.sent, json.dumps(figures.own)
    draft.counted_at = now
    flag_modified(report, "number")  # whoever is about to send has to look again
    session.flush()
    tell(session, actor, report, "counted", now)
