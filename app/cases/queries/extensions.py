"""Requests for more time, as far as an actor may answer them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import sections_of
from app.deadlines import queries
from app.deadlines.queries import ExtensionView


def pending_extensions(session: Session, actor: Actor) -> Sequence[ExtensionView]:
    """Unanswered requests of the actor's unit, or of a supervisor's area, the oldest first."""
    sections = sections_of(actor)
    if sees_whole_area(actor):
        return queries.pending_extensions(
            session, sections=sections, commune_code=actor.commune_code
        )
    return queries.pending_extensions(session, sections=sections, unit_id=actor.unit_id)
