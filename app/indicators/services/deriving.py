"""Facts are derived: of the children that changed, by a job, or of all, by hand. Both run the same
statements (fact_sql), one process at a time, in the caller's transaction."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.core import clock
from app.indicators.models import (
    FactCase,
    FactChange,
    FactClock,
    FactMembership,
    FactReferral,
    FactResidence,
    FactSubject,
    FactSupport,
)
from app.indicators.services.fact_sql import DERIVED, EVENTS, SAME_CHILDREN
from app.indicators.services.subjects import event_of, subject_of
from app.people.models import Child

AT_ONCE = 5_000  # children in one statement
CHANGES_A_RUN = 20_000
_LOCK = 0x66616374  # "fact"
TABLES = (
    FactSubject,
    FactResidence,
    FactMembership,
    FactSupport,
    FactCase,
    FactClock,
    FactReferral,
)


def work_off(session: Session, now: datetime) -> int:
    """Derive anew what changed since; returns how many changes that were."""
    _lock(session)
    taken = (
        select(FactChange.id)
        .order_by(FactChange.id)
        .limit(CHANGES_A_RUN)
        .with_for_update(skip_locked=True)
    )
    gone = delete(FactChange).where(FactChange.id.in_(taken)).returning(FactChange.child_id)
    changed = session.scalars(gone.execution_options(synchronize_session=False)).all()
    for ids in _in_parts(sorted(set(changed))):
        derive(session, ids)
    return len(changed)


def waiting(session: Session, now: datetime) -> int:
    """How many changes no fact tells of yet."""
    return session.scalars(select(func.count()).select_from(FactChange)).one()


def rebuild(session: Session) -> int:
    """All facts from scratch; returns of how many children. Readers see the old ones meanwhile."""
    _lock(session)
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # for the tables as they are now, not as they were when few facts followed a change
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    for table in (FactChange, *TABLES):
        session.execute(delete(table).execution_options(synchronize_session=False))
    roots = session.scalars(select(Child.id).where(Child.merged_into_id.is_(None))).all()
    for ids in _in_parts(roots):
        _insert(session, ids)
    return len(roots)


def derive(session: Session, changed: Sequence[uuid.UUID]) -> None:
    """The facts of these children, whatever they were before. A child that became one with another
    has none of its own."""
    given = {"ids": list(changed)}
    same = session.execute(SAME_CHILDREN, given).all()
    known = {row.id for row in same} | set(changed)
    subjects = [subject_of(one) for one in sorted(known)]
    for table in TABLES:
        gone = delete(table).where(table.subject.in_(subjects))
        session.execute(gone.execution_options(synchronize_session=False))
    _insert(session, sorted({row.root for row in same}))


def _insert(session: Session, roots: Sequence[uuid.UUID]) -> None:
    given = {"ids": list(roots), "subjects": [subject_of(one) for one in roots]}
    with _in_written_order(session):
        told = session.execute(EVENTS, given).all()
        given |= {
            "cases": [one.case_id for one in told],
            "firsts": [one.first_id for one in told],
            "wholes": [one.whole_id for one in told],
            "events": [event_of(one.whole_id) for one in told],
            "zone": clock.LOCAL.key,
        }
        for statement in DERIVED:
            session.execute(statement, given)


@contextmanager
def _in_written_order(session: Session) -> Iterator[None]:
    """From the children given to their cases, and on to what hangs on these, by key. With the rules
    of its rows every table seems to show next to none, and PostgreSQL would begin with any."""
    session.execute(text("SET LOCAL join_collapse_limit = 1"))
    yield
    session.execute(text("SET LOCAL join_collapse_limit = DEFAULT"))


def _lock(session: Session) -> None:
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _in_parts(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]
