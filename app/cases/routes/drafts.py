"""Where forms save themselves. `key` is the form's name, or name and record: assessment-<uuid>."""

import re
import uuid
from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.auth.access import authorized
from app.auth.login import current_actor, maybe_actor
from app.auth.permissions import Permission
from app.cases.pages.waiting_drafts import DraftLine, draft_lines
from app.cases.queries.waiting_drafts import waiting_drafts
from app.cases.services.drafts import (
    MAX_BYTES,
    drop_draft,
    keeps_drafts,
    may_keep,
    save_draft,
)
from app.core import clock
from app.core.db import KEPT_OF_REFUSALS, db
from app.web.form_bodies import anything_cut
from app.web.responses import redirect_to_url, safe_next

bp = Blueprint("drafts", __name__, url_prefix="/drafts")

_KEY = re.compile(
    r"(?P<form>[a-z][a-z_]{0,39})(?:-(?P<subject>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?"
)
_NOT_KEPT = frozenset({"csrf_token", "idempotency_key", "draft_key"})
_SHOWN_AGAIN = frozenset({409, 422})


@bp.post("/<key>")
@authorized(Permission.SIGNED_IN)
def save(key: str) -> ResponseReturnValue:
    form, subject_id = place_of(key)
    fields = _typed()
    if _is_too_large(fields):
        abort(413)
    save_draft(
        db.session,
        actor=current_actor(),
        form=form,
        subject_id=subject_id,
        fields=fields,
        now=clock.now(),
    )
    return "", 204


@bp.post("/<key>/discard")
@authorized(Permission.SIGNED_IN)
def discard(key: str) -> ResponseReturnValue:
    drop_draft(db.session, current_actor(), *place_of(key))
    flash(_("Đã bỏ bản nháp."), "success")
    return redirect_to_url(safe_next(request.form.get("next")))


@bp.app_context_processor
def _waiting() -> dict[str, object]:
    """For home pages: asked only where a template asks."""
    return {"waiting_drafts": _lines}


def _lines(form: str | None = None) -> list[DraftLine]:
    actor = current_actor()
    return draft_lines(waiting_drafts(db.session, actor, form)) if keeps_drafts(actor) else []


def key_of_page(form: str) -> str:
    """The draft of a form that belongs to no record: the one that the address asks for, the one of
    the page that was sent, else a new one. Two pages side by side have two drafts."""
    key = request.form.get("draft_key") or request.args.get("draft", "")
    found = _KEY.fullmatch(key)
    return key if found and found["form"] == form else f"{form}-{uuid.uuid4()}"


def keep_refused(_session: Session, status: int) -> Callable[[Session], None] | None:
    """What was typed into a form that is shown again is its draft, even if its page is closed now
    and no script runs; a form without drafts sends no `draft_key`."""
    return keep_typed() if status in _SHOWN_AGAIN else None


def keep_typed() -> Callable[[Session], None] | None:
    """How to save the form of this request as its draft; None where it has none, or is too large
    for one."""
    actor, place = maybe_actor(), _KEY.fullmatch(request.form.get("draft_key", ""))
    if actor is None or place is None or not may_keep(actor, place["form"]):
        return None
    fields = _typed()
    if _is_too_large(fields):
        return None
    form, subject_id = place_of(place.string)
    at = clock.now()
    return partial(save_draft, actor=actor, form=form, subject_id=subject_id, fields=fields, now=at)


def _typed() -> list[tuple[str, str]]:
    return [pair for pair in request.form.items(multi=True) if pair[0] not in _NOT_KEPT]


def _is_too_large(fields: list[tuple[str, str]]) -> bool:
    """Half a text must not pass for the draft of it."""
    size = sum(len(name.encode()) + len(value.encode()) for name, value in fields)
    return anything_cut() or size > MAX_BYTES


def place_of(key: str) -> tuple[str, uuid.UUID | None]:
    """The form's name and the record's id. Anything else is no place for a draft: 404."""
    found = _KEY.fullmatch(key)
    if found is None or not may_keep(current_actor(), found["form"]):
        abort(404)
    subject = found["subject"]
    return found["form"], uuid.UUID(subject) if subject else None


KEPT_OF_REFUSALS.append(keep_refused)
