"""The order of both lists of referrals: what has a time first, by it; then the rest."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import CTE, Select, cast, func, literal, null, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.core.db import UtcDateTime
from app.referrals.models import Referral

R = TypeVar("R")
Key = tuple[datetime, uuid.UUID]  # (due_at, id) behind which a page begins
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # in a key: of a referral without a due time
MOST = 99  # a count says no more than "99+"


def places(rows: Select[Referral], *, newest: bool, after: Key | None, most: int) -> CTE:
    """The first `most` of these (id, moment), each part read from an index and no further.

    Those without a due time come last, with `newest` the newest of them first.
    """
    undated = _undated(rows, newest, after, most)
    if after and after[0] == NO_TIME:
        return undated.cte("places")
    dated = _dated(rows, after, most)
    return union_all(*(select(part.subquery()) for part in (dated, undated))).cte("places")


def _dated(rows: Select[Referral], after: Key | None, most: int) -> Select[*tuple[Any, ...]]:
    due = Referral.due_at
    wanted = rows.with_only_columns(Referral.id, due.label("moment")).where(due.is_not(None))
    if after:
        wanted = wanted.where(tuple_(due, Referral.id) > after)
    return wanted.order_by(due, Referral.id).limit(most)


def _undated(
    rows: Select[Referral], newest: bool, after: Key | None, most: int
) -> Select[*tuple[Any, ...]]:
    moment = cast(null(), UtcDateTime).label("moment")
    wanted = rows.with_only_columns(Referral.id, moment).where(Referral.due_at.is_(None))
    if after and after[0] == NO_TIME:
        wanted = wanted.where(Referral.id < after[1] if newest else Referral.id > after[1])
    due, row_id = Referral.due_at, Referral.id  # as the index has them, though all are without one
    order = (due.desc(), row_id.desc()) if newest else (due, row_id)
    return wanted.order_by(*order).limit(most)


def in_order(rows: Iterable[R], key: Any, *, newest: bool) -> list[R]:
    """`key` gives the (due_at, id) of a row."""

    def place(row: R) -> tuple[bool, datetime, int]:
        due, row_id = key(row)
        return due is None, due or NO_TIME, -row_id.int if newest and due is None else row_id.int

    return sorted(rows, key=place)


def bounded_counts(session: Session, lists: Iterable[Select[Referral]]) -> list[int]:
    """How many rows each has, at most MOST + 1; one statement."""
    counts = [
        select(func.count())
        .select_from(rows.with_only_columns(literal(1).label("one")).limit(MOST + 1).subquery())
        .scalar_subquery()
        for rows in lists
    ]
    return list(session.execute(select(*counts)).one())
