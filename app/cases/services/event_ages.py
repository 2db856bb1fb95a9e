"""The age at the event stands in clear beside that at the report: the day of birth is sealed, and
who was a child when it happened is counted as one, however late that was told."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from app.cases.models import Case, Report
from app.core import clock
from app.people.ages import Born, exact_age_at
from app.people.models import Child

AT_ONCE = 1_000
_CASES = cast(Table, Case.__table__)


def age_at_event(child: Born, happened_at: datetime | None) -> int | None:
    """None where either day is not known exactly."""
    return exact_age_at(child, clock.local(happened_at).date() if happened_at else None)


def note_event_ages(session: Session, child: Child, cases: Sequence[Case]) -> None:
    """These are cases of `child` now, or its day of birth is another."""
    reports = {case.report_id for case in cases}
    told = select(Report.id, Report.event_at).where(Report.id.in_(reports))
    happened_at = {row.id: row.event_at for row in session.execute(told)}
    for case in cases:
        case.age_at_event = age_at_event(child, happened_at[case.report_id])


def fill_event_ages(session: Session) -> int:
    """Note the age of every case that has none yet; returns how many have one now. No version of a
    case is taken: nobody who is writing in it is in the way."""
    wanted = (
        select(Case.id, Report.event_at, Child)
        .join(Report, Report.id == Case.report_id)
        .join(Child, Child.id == Case.child_id)
        .where(Case.age_at_event.is_(None), Report.event_at.is_not(None))
        .execution_options(yield_per=AT_ONCE)
    )
    fill = update(_CASES).where(_CASES.c.id == bindparam("case"))
    filled = 0
    for part in session.execute(wanted).partitions():
        ages = [
            {"case": case, "age_at_event": age}
            for case, happened_at, child in part
            if (age := age_at_event(child, happened_at)) is not None
        ]
        filled += len(ages)
        if ages:
            session.execute(fill, ages)
    return filled
