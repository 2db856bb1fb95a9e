"""What the browser of a body without an account keeps: by what it is known, and the open link.

Signed, bound to this host. Half an hour without a step, and the code is asked again; the browser
stays known for as long as a link lasts.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from flask import Request, Response, current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core import clock
from app.referrals.rules import rules

IDLE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Held:
    """`browser` is a secret of this browser, "" for an unknown one; `link_id` while it is open."""

    browser: str = ""
    link_id: uuid.UUID | None = None


def held_by(request: Request) -> Held:
    try:
        held, at = _signer().loads(
            request.cookies.get(_name(), ""), max_age=_lasts(), return_timestamp=True
        )
        link_id = uuid.UUID(held["link"]) if held["link"] else None
    except (BadSignature, KeyError, TypeError, ValueError):
        return Held()
    is_fresh = clock.now() - at < IDLE
    return Held(str(held["browser"]), link_id if is_fresh else None)


def keep(response: Response, browser: str, link_id: uuid.UUID | None) -> Response:
    """The half hour begins anew. Without a link only the browser is remembered."""
    held = {"browser": browser, "link": link_id.hex if link_id else ""}
    response.set_cookie(
        _name(),
        str(_signer().dumps(held)),
        max_age=_lasts(),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


def _lasts() -> int:
    return rules().access.link_days * 86400


def _name() -> str:
    return "__Host-vt-outside" if current_app.config["SESSION_COOKIE_SECURE"] else "vt-outside"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="outside-link")
