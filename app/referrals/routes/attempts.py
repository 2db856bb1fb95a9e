"""An attempt that the rules refused stands on the log, though its transaction is undone."""

from collections.abc import Callable
from functools import partial

from flask import current_app, g, request
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.login import maybe_actor
from app.core import clock
from app.core.db import KEPT_OF_REFUSALS

BLUEPRINT, TOO_LATE = "referrals", 409


def note_attempt() -> None:
    """A form comes back because a rule of the work refused it, and not because of its typing."""
    g.refused_attempt = True


def attempt_is_noted() -> None:
    """The view has written it to the log itself, with the state that it met."""
    g.is_attempt_noted = True


def keep_attempts(_session: Session, status: int) -> Callable[[Session], None] | None:
    """For what was posted to the referrals: answered, sent, taken back too late, or not allowed."""
    actor = maybe_actor()
    is_ours = request.method == "POST" and request.blueprint == BLUEPRINT
    if (
        g.get("is_attempt_noted")
        or actor is None
        or not is_ours
        or not (status == TOO_LATE or g.get("refused_attempt"))
    ):
        return None
    view = current_app.view_functions[str(request.endpoint)]
    return partial(
        record,
        who=actor,
        action=AuditAction.DENIED,
        at=clock.now(),
        subject_id=next(iter((request.view_args or {}).values()), None),
        outcome="denied",
        data={
            "endpoint": request.endpoint,
            "permission": getattr(view, "permission", None),
            "status": status,
        },
    )


KEPT_OF_REFUSALS.append(keep_attempts)
