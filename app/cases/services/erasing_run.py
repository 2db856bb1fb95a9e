"""Carrying out what two people decided, once its day has come."""

import logging
import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.people import actor_of_user
from app.cases.enums import EventKind
from app.cases.erasing import FORGET, ChildIds, Destroyed, against
from app.cases.models import Case, ErasureRequest
from app.cases.models.erasures import ErasureState
from app.cases.services.erasures import locked_cases, open_erasure, people_stand, stop, tell
from app.cases.services.forgetting import destroy_keys
from app.core.crypto import keyring
from app.core.db import db
from app.people.models import Child

log = logging.getLogger("vongtay.erasure")
_AT_ONCE = 50


class ErasureFailed(Exception):  # errors state the fact
    """At least one child could not be erased; each of the others was."""


def erase_due(_session: Session, now: datetime) -> None:
    """Each child in a transaction of its own (the job's holds the lease only). Raises
    ErasureFailed, so that the job is seen to fail."""
    due = (
        select(ErasureRequest.child_id)
        .where(ErasureRequest.state == ErasureState.AGREED, ErasureRequest.due_at <= now)
        .order_by(ErasureRequest.due_at)
        .limit(_AT_ONCE)
    )
    with db.sessionmaker() as session:
        children = session.scalars(due).all()
    failed = [one for one in children if not _erased(one, now)]
    if failed:
        raise ErasureFailed(len(failed))


def _erased(child_id: uuid.UUID, now: datetime) -> bool:
    try:
        with db.sessionmaker.begin() as session:
            erase_child(session, child_id, now)
    except Exception:
        log.exception("erasure.failed")
        return False
    keyring().forget_ciphers()
    return True


def erase_child(session: Session, child_id: uuid.UUID, now: datetime) -> bool:
    """Erase the child whose request is due; False where it is not (any more), or where something
    stands against it: then the request is stopped."""
    ids, cases = locked_cases(session, child_id)
    request = open_erasure(session, child_id)
    if request is None or request.state is not ErasureState.AGREED:
        return False
    if request.due_at is None or request.due_at > now:
        return False
    why = [one.code for one in against(session, ids)]
    if not people_stand(session, request):
        why.append("people")
    if why:
        stop(session, None, cases, request, why, now)
        return False
    gone = _destroy(session, ids, now)
    request.finish(now=now)
    decider = actor_of_user(session, request.decided_by_id) if request.decided_by_id else None
    asked = request.asked_at.isoformat()
    decided = request.decided_at.isoformat() if request.decided_at else None
    tell(session, decider, cases, EventKind.CHILD_ERASED, now, {"asked": asked, "decided": decided})
    _note(session, decider, cases, request, gone, now)
    session.flush()
    return True


def _destroy(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    gone = Destroyed()
    for forget in FORGET:
        gone += forget(session, ids, now)
    child_keys = session.scalars(select(Child.key_id).where(Child.id.in_(ids.children))).all()
    return gone + destroy_keys(session, child_keys, now)


def _note(
    session: Session,
    decider: Actor | None,
    cases: list[Case],
    request: ErasureRequest,
    gone: Destroyed,
    now: datetime,
) -> None:
    for case in cases:
        record(
            session,
            decider,
            AuditAction.CHILD_ERASED,
            at=now,
            case_id=case.id,
            subject_id=request.child_id,
            data={
                "request": request.id,
                "keys": gone.keys,
                "files": gone.files,
                "cases": [one.id for one in cases],
            },
        )
