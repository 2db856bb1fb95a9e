"""Every endpoint declares its permission; an undeclared one is refused."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial, wraps
from math import ceil
from typing import Any, NamedTuple, NoReturn, Protocol

from flask import Flask, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.locked import locked_answer
from app.auth.login import act_as, current_actor, maybe_actor
from app.auth.permissions import Permission, has_permission, is_allowed, works
from app.auth.settings import lock_after, passkey_site
from app.core import clock
from app.core.db import KEPT_OF_REFUSALS, db
from app.core.errors import DomainError
from app.core.row_scope import as_house
from app.web.responses import redirect_to

READING = frozenset({"GET", "HEAD"})
WHILE_LOCKED = frozenset({"auth.unlock", "auth.lock", "auth.passkey_options"})
# open to who has yet to set up a second factor
WITHOUT_FACTOR = WHILE_LOCKED | {"auth.enrol", "auth.enrol_passkey", "auth.confirm"}
View = Callable[..., ResponseReturnValue]
Loader = Callable[[Actor], Select[Any]]


class Pace(Protocol):
    """How fast one person may open record after record; an upper package gives it to PACES.

    What it must know is asked for along with the record, in the same statement, which also counts
    the opening: of a page that is read and of a form that is sent, for either shows the file.
    """

    def beside(
        self, visible: Select[Any], actor: Actor, subject_id: uuid.UUID, now: datetime
    ) -> Select[Any] | None:
        """The statement with one more column, NULL where nothing waits and nothing need be counted
        again; None for records that it lets pass."""

    def wait(
        self, session: Session, actor: Actor, subject: object, found: Any, now: datetime
    ) -> timedelta:
        """How long this person waits, by what the column held; zero for go on."""

    def count(
        self, session: Session, *, actor: Actor, subject_id: uuid.UUID, now: datetime
    ) -> None:
        """Once more, in a transaction that survives the refusal of a request that showed it."""

    def tell(self, session: Session, actor: Actor, now: datetime) -> None:
        """Somebody was made to wait: in a transaction that survives the refusal."""


PACES: list[Pace] = []  # one at most


class TooFast(DomainError):
    """One file after another, faster than anybody reads."""

    status = 429
    message = _l("Bạn đã mở rất nhiều hồ sơ trong thời gian ngắn")

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.retry_after = wait
        self.advice = _l(
            "Chờ %(n)s phút rồi mở tiếp. Hồ sơ bạn phụ trách, hồ sơ chờ bạn quyết định và gói"
            " chuyển gửi khẩn vẫn mở được; tin báo mới và mọi việc đang ghi vẫn gửi được. Giám sát"
            " đã được báo.",
            n=ceil(wait / timedelta(minutes=1)),
        )


def authorized(
    permission: Permission,
    *,
    load: Loader | None = None,
    key: str = "id",
    only_reads: bool = False,
) -> Callable[[View], View]:
    """Declare what a view needs, and load its object from what the actor may see.

    With `load`, the URL value `key` names the object; the view receives it as its first argument.
    Not visible: 404, so that the existence of a file does not leak. Visible but not allowed: 403.
    Both are written to the log in a transaction of their own. `only_reads`: what is sent is
    a question; the answer is made in the reader's name, as a page is.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**kwargs: Any) -> ResponseReturnValue:
            if permission is Permission.PUBLIC:
                return view(**kwargs)
            if not current_user.is_authenticated:
                abort(401)
            actor = current_actor()
            if actor.is_locked and request.endpoint not in WHILE_LOCKED:
                return locked_answer()
            if actor.must_enrol_factor and request.endpoint not in WITHOUT_FACTOR:
                return redirect_to("auth.enrol")
            if not has_permission(actor, permission):
                refuse(actor, permission, 403, _named(kwargs, key))
            if load is None:
                _let_write(only_reads)
                return view(**kwargs)
            subject_id = kwargs.pop(key)
            subject, seen = _find_in_pace(actor, load(actor), subject_id)
            if subject is None:
                refuse(actor, permission, 404, subject_id)
            if not is_allowed(actor, permission, subject):
                refuse(actor, permission, 403, subject_id)
            if actor.is_guest and works(actor, subject):
                act_as(replace(actor, is_guest=False))  # in an own file, for this request
            if seen is not None:
                _keep_pace(permission, subject, subject_id, seen)
            _let_write(only_reads)
            return view(subject, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def _let_write(only_reads: bool) -> None:
    """What a form sends off is done by the house: it must find whatever hangs together."""
    if request.method not in READING and not only_reads:
        as_house(db.session)


class _Seen(NamedTuple):
    """What the pace found beside a record, and when."""

    found: Any
    at: datetime


def _find_in_pace(
    actor: Actor, visible: Select[Any], subject_id: uuid.UUID
) -> tuple[Any | None, _Seen | None]:
    """The record, and what the pace wants to know of its reader."""
    now = clock.now()
    paced = PACES[0].beside(visible, actor, subject_id, now) if PACES else None
    g.beside = ()
    subject = find(db.session, visible if paced is None else paced, subject_id)
    return subject, _Seen(g.beside[0], now) if g.beside else None


def _keep_pace(permission: Permission, subject: object, subject_id: uuid.UUID, seen: _Seen) -> None:
    """Only reading waits: what is sent may be what helps a child. Raises TooFast."""
    actor, now, is_read = current_actor(), seen.at, request.method in READING
    wait = PACES[0].wait(db.session, actor, subject, seen.found, now)
    if wait:
        with db.sessionmaker.begin() as session:
            if is_read:
                _note_refusal(session, actor, permission, 429, subject_id)
            PACES[0].tell(session, actor, now)
        if is_read:
            raise TooFast(wait)
    if seen.found is not None:
        g.opened = partial(PACES[0].count, actor=actor, subject_id=subject_id, now=now)


def keep_opening(_session: Session, _status: int) -> Callable[[Session], None] | None:
    """A form that comes back shows the file around it: it was opened all the same."""
    count: Callable[[Session], None] | None = g.pop("opened", None)
    return count


KEPT_OF_REFUSALS.append(keep_opening)


def find(session: Session, visible: Select[Any], subject_id: uuid.UUID) -> Any | None:
    """The row with this id among the visible ones; what the statement has beside it is kept in
    `g.beside`."""
    rows = session.execute(visible.filter_by(id=subject_id)).unique(lambda row: id(row[0]))
    row = rows.one_or_none()
    if row is None:
        return None
    g.beside = row[1:]
    return row[0]


def _named(values: Mapping[str, Any], key: str) -> uuid.UUID | None:
    """The record that the address names, so that its own log tells who tried: a case, a child (the
    log of its cases shows it), a report."""
    ids = [values.get(key), *values.values()]
    return next((value for value in ids if isinstance(value, uuid.UUID)), None)


def refuse(
    actor: Actor, permission: Permission, status: int, subject_id: uuid.UUID | None = None
) -> NoReturn:
    """Log the attempt in a transaction that survives the refusal, then answer with `status`."""
    with db.sessionmaker.begin() as session:
        _note_refusal(session, actor, permission, status, subject_id)
    abort(status)


def _note_refusal(
    session: Session,
    actor: Actor,
    permission: Permission,
    status: int,
    subject_id: uuid.UUID | None,
) -> None:
    record(
        session,
        actor,
        AuditAction.DENIED,
        at=clock.now(),
        subject_id=subject_id,
        outcome="denied",
        data={"endpoint": request.endpoint, "permission": permission, "status": status},
    )


def init_app(app: Flask) -> None:
    app.before_request(_refuse_undeclared)
    app.context_processor(_template_context)
    app.jinja_env.globals["passkey_site"] = passkey_site  # for macros, which see no context


def _refuse_undeclared() -> None:
    if request.endpoint in (None, "static"):
        return
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "permission") and not getattr(view, "is_public", False):
        abort(403)


def _template_context() -> dict[str, object]:
    return {
        "current_actor": maybe_actor(),
        "Permission": Permission,
        "may": _may,
        "lock_seconds": int(lock_after().total_seconds()),
    }


def _may(permission: Permission, subject: object | None = None) -> bool:
    """For templates: would the signed-in actor be allowed?"""
    actor = maybe_actor()
    if actor is None:
        return False
    if subject is None:
        return has_permission(actor, permission)
    return is_allowed(actor, permission, subject)
