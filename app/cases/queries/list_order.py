"""In which order a list shows cases: what presses first, then by risk, then by days of silence."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, Select, case, select, tuple_, union_all
from sqlalchemy.orm import aliased

from app.auth.permissions import Section
from app.cases.models import Case, Report
from app.deadlines.models import Deadline

SOON = timedelta(hours=24)
# The ranks of cases with a clock that is missed or runs out within SOON; below them LATER + risk.
LATE, IN_DANGER, PRESSING, RUNNING_OUT, LATER = range(5)
_EARLIER = aliased(Deadline)
Key = tuple[int, datetime, uuid.UUID]  # (rank, clock or last entry, case): where a page begins


def places(
    cases: Select[*tuple[Any, ...]],
    *,
    sections: frozenset[Section],
    unit_id: uuid.UUID | None,
    after: Key | None,
    most: int,
    now: datetime,
) -> CTE:
    """The first `most` of these open cases with their keys (id, rank, moment), those after `after`.

    Two short lists, each by an index, and never the whole: few cases press at any time. `unit_id`
    narrows the clocks to a unit's.
    """
    calm = _by_risk(cases.where(~_presses(now)), after, most)
    if after and after[0] >= LATER:
        return calm.cte("places")
    pressing = _some(_pressing(cases, sections, unit_id, now), after, most)
    return union_all(*(select(part.subquery()) for part in (pressing, calm))).cte("places")


def ended_places(cases: Select[*tuple[Any, ...]], *, after: Key | None, most: int) -> CTE:
    """As `places`, for cases without clocks."""
    return _by_risk(cases, after, most).cte("places")


def _by_risk(
    cases: Select[*tuple[Any, ...]], after: Key | None, most: int
) -> Select[*tuple[Any, ...]]:
    rank = (Case.risk_rank + LATER).label("rank")
    rows = cases.with_only_columns(Case.id, rank, Case.last_event_at.label("moment"))
    place = (Case.risk_rank, Case.last_event_at, Case.id)
    if after and after[0] >= LATER:
        rows = rows.where(tuple_(*place) > (after[0] - LATER, *after[1:]))
    return rows.order_by(*place).limit(most)


def _pressing(
    cases: Select[*tuple[Any, ...]],
    sections: frozenset[Section],
    unit_id: uuid.UUID | None,
    now: datetime,
) -> Select[*tuple[Any, ...]]:
    due = Deadline.effective_due_at
    is_first = ~(
        select(_EARLIER.id)
        .where(
            _EARLIER.subject_id == Case.id,
            _EARLIER.closed_at.is_(None),
            tuple_(_EARLIER.effective_due_at, _EARLIER.id) < tuple_(due, Deadline.id),
        )
        .exists()
    )
    grades: list[tuple[Any, int]] = [(due < now, LATE)]
    if Section.EVENT in sections:
        danger = select(Report.is_present_danger).where(Report.id == Case.report_id)
        grades.append((danger.scalar_subquery(), IN_DANGER))
    grades.append((Case.first_opened_at.is_(None), PRESSING))
    rows = (
        cases.join(Deadline, Deadline.subject_id == Case.id)
        .where(Deadline.closed_at.is_(None), due <= now + SOON, is_first)
        .with_only_columns(
            Case.id, case(*grades, else_=RUNNING_OUT).label("rank"), due.label("moment")
        )
    )
    return rows.where(Deadline.unit_id == unit_id) if unit_id else rows


def _presses(now: datetime) -> Any:
    return (
        select(Deadline.id)
        .where(
            Deadline.subject_id == Case.id,
            Deadline.closed_at.is_(None),
            Deadline.effective_due_at <= now + SOON,
        )
        .exists()
    )


def _some(rows: Select[*tuple[Any, ...]], after: Key | None, most: int) -> Select[*tuple[Any, ...]]:
    place = rows.subquery("pressing")
    key = tuple_(place.c.rank, place.c.moment, place.c.id)
    some = select(place).order_by(place.c.rank, place.c.moment, place.c.id).limit(most)
    return some.where(key > after) if after else some
