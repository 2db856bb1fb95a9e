"""One's own views of the list of cases."""

import uuid
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.models import SavedView
from app.cases.policy import views_of


class KeptView(NamedTuple):
    id: uuid.UUID
    name: str
    query: str


def kept_views(session: Session, actor: Actor) -> list[KeptView]:
    """In the order in which they were kept; one statement."""
    views = session.scalars(views_of(actor).order_by(SavedView.position, SavedView.id))
    return [KeptView(view.id, view.name or "", view.query) for view in views.unique()]
