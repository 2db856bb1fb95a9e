"""Two records of one child: their memberships become one list, and come apart again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.core import clock
from app.people.merging import merge_children, separate_children
from app.people.models import Child
from app.register.models import GroupMembership
from app.register.queries.stock import stock_on
from tests.actors import actor_of
from tests.register.people import another_case, in_group, make_place, today


def child_of(session: Session, case: Case) -> Child:
    return session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()


def test_memberships_go_along_and_come_back(session: Session) -> None:
    place = make_place()
    other = another_case(place.unit)
    in_group(session, place.case, place.worker, "DISABILITY.2")
    alone = in_group(session, other, place.worker, "ORPHAN")
    twice = in_group(session, other, place.worker, "DISABILITY.2")
    actor = actor_of(place.chair)
    kept, merged = child_of(session, place.case), child_of(session, other)

    merge = merge_children(
        session, actor=actor, kept=kept, merged_id=merged.id, reason="Một trẻ.", now=clock.now()
    )
    session.flush()
    session.expire_all()
    assert (alone.child_id, twice.child_id) == (kept.id, merged.id)
    stock = stock_on(session, actor, today())
    assert (stock.total, stock.groups) == (1, {"DISABILITY": 1, "ORPHAN": 1})

    separate_children(session, actor=actor, kept=kept, merge_id=merge.id, now=clock.now())
    session.flush()
    session.expire_all()
    assert alone.child_id == merged.id
    assert stock_on(session, actor, today()).total == 2
    assert session.scalars(
        select(GroupMembership.child_id).order_by(GroupMembership.child_id)
    ).all() == sorted([kept.id, merged.id, merged.id])
