"""What the browser keeps: the session's token, a wait for the second step, a known device."""

import uuid

from flask import Request, Response, current_app, session
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.exceptions import HTTPException

from app.auth.browsers import is_known
from app.auth.login import cookie_name
from app.auth.passkeys import CHALLENGE_FOR
from app.auth.services import PENDING_FOR
from app.core.crypto import keyring
from app.core.db import db
from app.web.responses import safe_next

_DEVICE_DAYS = 180
_ACCOUNTS = 12  # as many people may share a computer and each be known there
_SECRET, _OWNER = "csrf_token", "owner"  # in the page session; Flask-WTF names the first


def _name(name: str) -> str:
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def _put(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def put_session(response: Response, token: str, user_id: uuid.UUID) -> Response:
    """The session's token; gone when the browser closes. The page session starts anew."""
    _put(response, cookie_name(), token)
    _drop(response, _name("vt-pending"))
    renew_page_session(user_id)
    return response


def renew_token(response: Response, token: str) -> Response:
    """The same session of the same person under a new token: notices on their way stay."""
    _put(response, cookie_name(), token)
    return response


def put_pending(response: Response, token: str) -> Response:
    _put(response, _name("vt-pending"), token, int(PENDING_FOR.total_seconds()))
    return response


def pending_token(request: Request) -> str:
    return request.cookies.get(_name("vt-pending"), "")


def put_asked(response: Response, token: str) -> Response:
    """Names this browser while it signs in with a passkey: the challenge is this one's only."""
    _put(response, _name("vt-asked"), token, int(CHALLENGE_FOR.total_seconds()))
    return response


def asked_token(request: Request) -> str:
    return request.cookies.get(_name("vt-asked"), "")


def drop_session(response: Response) -> Response:
    """Forget everything of the sign-in but the language and that this device is known."""
    _drop(response, cookie_name())
    _drop(response, _name("vt-pending"))
    renew_page_session()
    response.headers["Clear-Site-Data"] = '"cache"'  # not cookies: the language stays
    return response


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(
        name,
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def renew_page_session(user_id: uuid.UUID | None = None) -> None:
    """No notices of the person before; the language stays.

    The secret of the CSRF tokens goes when another person signs in. For the same person it stays,
    also over a sign-out: a page that was left open is accepted again, with what was typed there.
    """
    kept = {name: session[name] for name in ("locale", _SECRET, _OWNER) if name in session}
    session.clear()
    if user_id is not None:
        owner = keyring().lookup("page session", str(user_id)).hex()
        if kept.get(_OWNER) != owner:
            kept.pop(_SECRET, None)
        kept[_OWNER] = owner
    session.update(kept)


def put_device(response: Response, request: Request, username: str, device: str) -> Response:
    """Remember that this browser has signed in to this account: its failures count apart. A shared
    computer remembers several accounts."""
    devices = _devices(request)
    devices.pop(_account(username), None)
    kept = dict([*devices.items(), (_account(username), device)][-_ACCOUNTS:])
    _put(response, _name("vt-device"), str(_signer().dumps(kept)), _DEVICE_DAYS * 86400)
    return response


def device_of(request: Request, username: str) -> str:
    """The number that this browser was given for this account, or nothing."""
    return _devices(request).get(_account(username), "")


def known_device(request: Request, username: str) -> str:
    """The same, if the account's owner has not told us to forget this browser."""
    device = device_of(request, username)
    return device if is_known(db.session, username, device) else ""


def _devices(request: Request) -> dict[str, str]:
    try:
        devices = _signer().loads(request.cookies.get(_name("vt-device"), ""))
    except BadSignature:
        return {}
    return {str(account): str(device) for account, device in devices.items()}


def _account(username: str) -> str:
    return keyring().lookup("known device", username).hex()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known-devices")


def takes_forms(url: str | None) -> bool:
    """Is it the address of a page of ours that a form is sent to?"""
    path = safe_next(url, "")
    try:
        current_app.url_map.bind("").match(path, method="POST")
    except HTTPException:
        return False
    return bool(path)


def destination(url: str | None) -> str:
    """`url` if it is the address of a page of ours that GET opens, else the home page."""
    path = safe_next(url)
    adapter = current_app.url_map.bind("")
    try:
        adapter.match(path.partition("?")[0], method="GET")
    except HTTPException:
        return "/"
    return path
