"""Which units know a child, and where they work."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Unit
from app.people.models import Child


def communes_of_cases() -> ColumnElement[list[str] | None]:
    """The communes whose units work or worked for a child of the statement around it: those of its
    cases."""
    return (
        select(func.array_agg(Unit.commune_code))
        .join(CaseAccess, CaseAccess.holder_id == Unit.id)
        .where(
            CaseAccess.child_id == Child.id,
            CaseAccess.reason == AccessReason.UNIT_WORKS,
            Unit.commune_code.is_not(None),
        )
        .correlate(Child)
        .scalar_subquery()
    )


def whom_to_ask(
    session: Session, children: Sequence[uuid.UUID], limit: int
) -> dict[uuid.UUID, list[str]]:
    """The children among these that a unit works with now, with its name; of `limit` units."""
    if not children:
        return {}
    rows = session.execute(
        select(Unit.name, CaseAccess.child_id)
        .join(CaseAccess, CaseAccess.holder_id == Unit.id)
        .where(
            CaseAccess.child_id.in_(children),
            CaseAccess.reason == AccessReason.UNIT_WORKS,
            CaseAccess.until.is_(None),
        )
        .distinct()
        .order_by(Unit.name, CaseAccess.child_id)
    ).all()
    units = list(dict.fromkeys(row.name for row in rows))[:limit]
    found: dict[uuid.UUID, list[str]] = {}
    for name, child_id in rows:
        if name in units:
            found.setdefault(child_id, []).append(name)
    return found
