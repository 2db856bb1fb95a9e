"""After a rotation every data key is wrapped again under the new primary key, in the background.

Each batch is a transaction of its own and takes what nobody else has locked: it may be killed
anywhere and begun again, by several processes at once. A data key that was destroyed stays so.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import LargeBinary, Table, bindparam, func, literal_column, select, update
from sqlalchemy.orm import Session

from app.core.crypto import keyring
from app.core.db import db
from app.core.jobs import Job
from app.core.sealed import DataKey

BATCH = 200
_AT_MOST = 600.0  # seconds of one run; the next one goes on
# the id of the key, as Tink writes it; spelled as in the index
_UNDER = literal_column("substr(data_keys.wrapped, 2, 4)", LargeBinary)
# on the table rather than the class: what a session has in memory may be older than the lock
_keys = cast(Table, DataKey.__table__)
_WRAP_AGAIN = (
    update(_keys).where(_keys.c.id == bindparam("of_key")).values(wrapped=bindparam("again"))
)


def wrapped_counts(session: Session) -> Mapping[int, int]:
    """How many data keys are wrapped under each key of the keyset, by its id."""
    rows = session.execute(
        select(_UNDER, func.count()).where(_keys.c.wrapped.is_not(None)).group_by(_UNDER)
    )
    return {int.from_bytes(under, "big"): count for under, count in rows}


def rewrap_batch(session: Session, *, limit: int = BATCH) -> int:
    """Wrap up to `limit` data keys under the primary key; returns how many were.

    What is wrapped under a key that this machine's file does not hold is left alone.
    """
    ring = keyring()
    primary = ring.primary
    earlier = [number.to_bytes(4, "big") for number in ring.numbers - {primary}]
    if not earlier:
        return 0
    rows = session.execute(
        select(_keys.c.id, _keys.c.wrapped)
        .where(_keys.c.wrapped.is_not(None), _UNDER.in_(earlier))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        again = [{"of_key": r.id, "again": ring.wrap_again(r.id, r.wrapped)} for r in rows]
        session.execute(_WRAP_AGAIN, again)
    return len(rows)


def rewrap(_session: Session, _now: datetime) -> None:
    """All that is wrapped under an earlier key, batch by batch, as far as the time goes."""
    until = time.monotonic() + _AT_MOST
    while time.monotonic() < until:
        with db.sessionmaker.begin() as session:
            if rewrap_batch(session) < BATCH:
                return


REWRAP = Job("keys-rewrap", IntervalTrigger(minutes=1), rewrap, lease=timedelta(minutes=20))
