"""Two records of one child became one: what is in the register goes along (people.merging)."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.people.merging import MOVERS
from app.register.models import GroupMembership, YearlyReview

M = GroupMembership


def move_memberships(
    session: Session,
    actor: Actor,
    from_id: uuid.UUID,
    to_id: uuid.UUID,
    ids: Sequence[uuid.UUID] | None,
    now: datetime,
) -> list[uuid.UUID]:
    """The memberships of one record under another, with their reviews; all of them, or just these.

    Where both records are in the same part of a group, the other's stays behind and is not counted.
    """
    wanted = select(M.id).where(M.child_id == from_id)
    if ids is not None:
        wanted = wanted.where(M.id.in_(ids))
    has = aliased(M)
    is_twice = exists().where(
        has.child_id == to_id,
        has.until.is_(None),
        has.group_code == M.group_code,
        has.sub_code.is_not_distinct_from(M.sub_code),
    )
    moved = list(session.scalars(wanted.where(or_(M.until.is_not(None), ~is_twice))))
    for table, at in ((M, M.id), (YearlyReview, YearlyReview.membership_id)):
        session.execute(
            update(table)
            .where(at.in_(moved))
            .values(child_id=to_id)
            .execution_options(synchronize_session="fetch")
        )
    return moved


MOVERS["memberships"] = move_memberships
