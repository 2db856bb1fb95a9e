"""Long work that the worker of each place asked for."""

from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.core.tasks import ask

FORM_FIELDS = {"tasks.cancel": ("idempotency_key",)}
WRITTEN = ("tasks",)


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker = users[Role.CP_WORKER].id
    return {"task_id": ask(session, "known", user_id=worker, payload={}, now=clock.now()).id}
