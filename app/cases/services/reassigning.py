"""All open cases of one person to a colleague, in one go; and how many are in a person's hands."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.auth.accounts import IN_HAND, OF_UNIT
from app.auth.actor import Actor
from app.auth.grants import CaseDenial
from app.cases.models import Case
from app.cases.services.owner import give, name_of_worker
from app.core.errors import InvalidInput

MOST_AT_ONCE = 500


def reassign_all(
    session: Session, *, actor: Actor, from_id: uuid.UUID, to_id: uuid.UUID, now: datetime
) -> int:
    """The Chair gives all open cases of one person to a colleague; returns how many.

    Raises InvalidInput.
    """
    name = name_of_worker(session, actor.unit_id, to_id)
    if name is None or to_id == from_id:
        raise InvalidInput("to_id", _l("Chọn một đồng nghiệp khác của đơn vị."))
    cases = session.scalars(
        select(Case)
        .where(Case.unit_id == actor.unit_id, Case.owner_id == from_id, Case.is_ended.is_(False))
        .options(joinedload(Case.child, innerjoin=True))
        .order_by(Case.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Case)
    ).all()
    _require_open_to(session, cases, to_id)
    give(session, actor=actor, cases=cases, owner_id=to_id, name=name, now=now)
    return len(cases)


def _require_open_to(session: Session, cases: Sequence[Case], to_id: uuid.UUID) -> None:
    """Raises InvalidInput("to_id") where the person is kept out of some of them."""
    denied = select(CaseDenial.child_id).where(
        CaseDenial.user_id == to_id,
        CaseDenial.until.is_(None),
        CaseDenial.child_id.in_([case.child_id for case in cases]),
    )
    closed = set(session.scalars(denied))
    count = sum(case.child_id in closed for case in cases)
    if count:
        raise InvalidInput(
            "to_id",
            _l(
                "Người này bị chặn khỏi %(n)s hồ sơ trong số đó: giao riêng các hồ sơ ấy cho người"
                " khác trước.",
                n=count,
            ),
        )


def cases_in_hand(session: Session, user_id: uuid.UUID) -> int:
    """How many open cases this person answers for."""
    held = select(func.count()).where(Case.owner_id == user_id, Case.is_ended.is_(False))
    return session.scalar(held) or 0


def cases_of_unit(session: Session, unit_id: uuid.UUID) -> int:
    """How many open cases this unit answers for."""
    held = select(func.count()).where(Case.unit_id == unit_id, Case.is_ended.is_(False))
    return session.scalar(held) or 0


IN_HAND.append(cases_in_hand)
OF_UNIT.append(cases_of_unit)
