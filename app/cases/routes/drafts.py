"""Where forms save themselves. `key` is the form's name, or name and record: assessment-<uuid>."""

import re
import uuid

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.cases.services.drafts import MAX_BYTES, drop_draft, may_keep, save_draft
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to_url, safe_next

bp = Blueprint("drafts", __name__, url_prefix="/drafts")

_KEY = re.compile(
    r"(?P<form>[a-z][a-z_]{0,39})(?:-(?P<subject>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?"
)
_NOT_KEPT = frozenset({"csrf_token", "idempotency_key"})


@bp.post("/<key>")
@authorized(Permission.SIGNED_IN)
def save(key: str) -> ResponseReturnValue:
    form, subject_id = _place(key)
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in _NOT_KEPT]
    if sum(len(name.encode()) + len(value.encode()) for name, value in fields) > MAX_BYTES:
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
    drop_draft(db.session, current_actor(), *_place(key))
    flash(_("Đã bỏ bản nháp."), "success")
    return redirect_to_url(safe_next(request.form.get("next")))


def _place(key: str) -> tuple[str, uuid.UUID | None]:
    """The form's name and the record's id. Anything else is no place for a draft: 404."""
    found = _KEY.fullmatch(key)
    if found is None or not may_keep(current_actor(), found["form"]):
        abort(404)
    subject = found["subject"]
    return found["form"], uuid.UUID(subject) if subject else None
