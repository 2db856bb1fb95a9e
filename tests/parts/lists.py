"""A view of the list that the worker of each place keeps."""

from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case, SavedView
from app.core import clock

WRITTEN = ("saved_views",)
VALID = {"views.new": {"name": "Quá hạn của tôi"}}
FORM_FIELDS = {"views.delete": ("idempotency_key",)}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker = users[Role.CP_WORKER]
    view = SavedView(
        key=worker.key,
        user_id=worker.id,
        name="Nguy cơ cao",
        query="risk=HIGH",
        position=1,
        created_at=clock.now(),
    )
    session.add(view)
    session.flush()
    return {"view_id": view.id}
