"""A form sent twice answers twice with the same redirect and does its work once.

    @bp.post("/new")
    @authorized(Permission.REPORT_CREATE)
    @once
    def create() -> ResponseReturnValue: ...

The form carries `<input type="hidden" name="idempotency_key" value="{{ new_key() }}">`.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.auth.login import current_actor
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.idempotency import body_hash, claim, settle
from app.web.responses import redirect_to_url

View = Callable[..., ResponseReturnValue]
FIELD = "idempotency_key"
NOT_OF_THE_FORM = frozenset(
    {"csrf_token"}
    | {f"step_up_{name}" for name in ("password", "code", "credential", "next", "again")}
)


class MissingKey(InvalidInput):
    """The form came without its idempotency key, or with one that is none."""

    status = 400

    def __init__(self) -> None:
        super().__init__(FIELD, self.message)

    message = _l("Biểu mẫu gửi lên không đầy đủ. Hãy tải lại trang rồi gửi lại.")


def once(view: View) -> View:
    """Run the view for the first sending of a form; later ones go where the first one led.

    Place it below @authorized. A sending that led nowhere (errors to correct) is forgotten, so that
    the corrected form may come with the same key. Raises MissingKey, RepeatedKey.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if request.method != "POST":
            return view(*args, **kwargs)
        return once_of(current_actor().id, lambda: view(*args, **kwargs))

    return guarded


def once_of(holder_id: uuid.UUID, answer: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """As `once`, for a form that this holder sent: a user, or who came by a one-time link."""
    key = sent_key()
    known = claim(
        db.session,
        user_id=holder_id,
        key=key,
        route=f"{request.endpoint} {request.path}",
        body=_sent_body(),
        now=clock.now(),
    )
    if known is not None:
        return redirect_to_url(known)
    response = make_response(answer())
    if response.status_code >= 400:
        return response  # undone as a whole, and the key with it
    settle(db.session, user_id=holder_id, key=key, location=_led_to(response))
    return response


def sent_key() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get(FIELD, ""))
    except ValueError:
        raise MissingKey from None


def _sent_body() -> bytes:
    fields = request.form.items(multi=True)
    typed = [(name, value) for name, value in fields if name not in NOT_OF_THE_FORM]
    return body_hash([*typed, *_sent_files()])


def _sent_files() -> Iterator[tuple[str, str]]:
    """Another file is another form: it must not be taken for the first one sent again."""
    for name, file in request.files.items(multi=True):
        digest = hashlib.file_digest(file.stream, "sha256")  # type: ignore[arg-type]
        file.stream.seek(0)
        yield name, digest.hexdigest()


def _led_to(response: Response) -> str | None:
    """The address of a redirect, by HTTP or by htmx; None for a page shown instead."""
    if 300 <= response.status_code < 400:
        return response.location
    return response.headers.get("HX-Redirect")
