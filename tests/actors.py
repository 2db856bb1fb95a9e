"""The Actor of a user, for tests that call services directly."""

from sqlalchemy.orm import object_session

from app.auth.actor import Actor
from app.auth.models import Unit, User


def actor_of(user: User) -> Actor:
    session = object_session(user)
    assert session is not None
    unit = session.get_one(Unit, user.unit_id)
    return Actor(
        id=user.id,
        username=user.username,
        name=user.name,
        role=user.role,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        unit_level=unit.level,
        commune_code=unit.commune_code,
    )
