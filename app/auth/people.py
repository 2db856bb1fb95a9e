"""The Actor of a person for work that goes on without a request of theirs."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import is_guest
from app.auth.models import Unit, User
from app.core import clock


def actor_of_user(session: Session, user_id: uuid.UUID) -> Actor | None:
    """As they are now; None for an account that is closed."""
    row = session.execute(
        select(
            *(User.username, User.name, User.role),
            is_guest(User.id, clock.now()).label("is_guest"),
            *(Unit.id, Unit.name.label("unit_name"), Unit.kind, Unit.level, Unit.commune_code),
        )
        .join(Unit, Unit.id == User.unit_id)
        .where(User.id == user_id, User.is_active)
    ).one_or_none()
    if row is None:
        return None
    return Actor(
        id=user_id,
        username=row.username,
        name=row.name,
        role=row.role,
        unit_id=row.id,
        unit_name=row.unit_name,
        unit_kind=row.kind,
        unit_level=row.level,
        commune_code=row.commune_code,
        is_guest=row.is_guest,
    )
