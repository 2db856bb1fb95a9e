"""Writing to the log: events are gathered during the request and appended just before its
commit."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import event, text
from sqlalchemy.orm import Session, SessionTransaction

from app.audit.actions import READINGS, AuditAction, allowed_keys
from app.core.db import KEPT_OF_REFUSALS, NIL

_PENDING = "audit_pending"
REFUSED = "refused"  # the outcome of what was tried and came too late
_marks: WeakKeyDictionary[SessionTransaction, int] = WeakKeyDictionary()
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_APPEND = text("SELECT audit_append_all(CAST(:events AS jsonb))")


class Who(Protocol):
    """Who acts: the signed-in user with the session and the request."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def session_id(self) -> uuid.UUID | None: ...
    @property
    def request_id(self) -> str | None: ...


def record(
    session: Session,
    who: Who | None,
    action: AuditAction,
    *,
    at: datetime,
    case_id: uuid.UUID | None = None,
    subject_id: uuid.UUID | None = None,
    sections: Iterable[str] = (),
    outcome: str = "ok",
    data: Mapping[str, object] | None = None,
) -> None:
    """Add one event to the transaction of `session`; without it the transaction cannot commit.

    The chain is the case's, else the actor's, else the system's. `data` takes the declared keys of
    the action only (ids, codes, field names). Raises ValueError for an undeclared key.
    """
    session.connection()  # the events belong to a transaction, begun here at the latest
    chain = case_id or (who.id if who else NIL)
    body = event_body(who, action, at, subject_id, sections, outcome, data)
    session.info.setdefault(_PENDING, []).append((str(chain), body))


def event_body(
    who: Who | None,
    action: AuditAction,
    at: datetime,
    subject_id: uuid.UUID | None = None,
    sections: Iterable[str] = (),
    outcome: str = "ok",
    data: Mapping[str, object] | None = None,
) -> str:
    """The canonical body of an event. Raises ValueError for a key that the action does not
    declare."""
    extra = set(data or ()) - allowed_keys(action)
    if extra:
        raise ValueError(f"undeclared audit keys for {action}: {sorted(extra)}")
    return canonical(
        {
            "at": at.isoformat(),
            "actor": who and str(who.id),
            "session": who and who.session_id and str(who.session_id),
            "request": who and who.request_id,
            "action": action.value,
            "subject": subject_id and str(subject_id),
            "sections": sorted(sections),
            "outcome": outcome,
            "data": {key: _plain(value) for key, value in (data or {}).items()},
        }
    )


def canonical(body: Mapping[str, Any]) -> str:
    """The one spelling of a body that the hash covers: sorted keys, no spaces, UTF-8 as it is."""
    return _ENCODER.encode(body)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if isinstance(value, int | str | None) else str(value)


def append_pending(session: Session) -> None:
    """Append the gathered events in one statement, chains in one order so that two requests never
    wait for each other in a ring. The locks on the chain heads are the last ones taken."""
    pending = session.info.pop(_PENDING, [])
    if pending:
        session.flush()
        append_bodies(session, pending)


def append_bodies(session: Session, events: Iterable[tuple[str, str]]) -> None:
    """Append (chain, canonical body) pairs; within a chain in the order given."""
    ordered = sorted(events, key=lambda row: row[0])  # stable
    session.execute(_APPEND, {"events": json.dumps(ordered, ensure_ascii=False)})


def _before_commit(session: Session) -> None:
    if not session.in_nested_transaction():  # a savepoint that is released is not the end yet
        append_pending(session)


def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _marks[transaction] = len(session.info.get(_PENDING, []))


def _after_rollback(session: Session, undone: SessionTransaction) -> None:
    """Forget the events of what was undone: all of them, or those since the savepoint."""
    if undone.nested:
        del session.info.get(_PENDING, [])[_marks.pop(undone, 0) :]
    else:
        session.info.pop(_PENDING, None)


def keep_readings(session: Session, _status: int) -> Callable[[Session], None] | None:
    """What a refused request showed (the file around a form that came back) stays on the log, and
    that it was refused, where the view says so."""
    kept = [
        (chain, body)
        for chain, body in session.info.get(_PENDING, [])
        if _outlives_refusal(json.loads(body))
    ]
    return partial(append_bodies, events=kept) if kept else None


def _outlives_refusal(body: Mapping[str, Any]) -> bool:
    return body["action"] in READINGS or body["outcome"] == REFUSED


KEPT_OF_REFUSALS.append(keep_readings)
event.listen(Session, "before_commit", _before_commit)
event.listen(Session, "after_transaction_create", _mark_savepoint)
event.listen(Session, "after_soft_rollback", _after_rollback)
