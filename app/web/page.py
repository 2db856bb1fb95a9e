"""What every page template needs; packages above give the real values in context processors."""

from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

from flask import Flask, current_app, request
from flask_babel import get_locale

from app.web.forms import form_errors
from app.web.headers import request_id
from app.web.responses import NEUTRAL_PAGE


class NavItem(NamedTuple):
    """One entry of the bar on top; `waiting` is None where nothing is counted."""

    label: str
    url: str
    waiting: int | None = None
    active: bool = False


def page_defaults() -> dict[str, object]:
    """Signed out, no navigation, no bell. A later context processor overrides these by name.

    `current_actor` needs the attributes name, unit_name and role_label.
    """
    return {
        "page_nav": (),
        "current_actor": None,
        "demo": getattr(current_app.extensions.get("settings"), "demo", False),
        "can_search": True,
        "searches_names": True,
        "bell_url": "",
        "lock_seconds": 0,  # without input until the screen locks; 0: it does not
        "quick_exit_url": "/auth/quick-exit",
    }


def locale_code() -> str:
    return str(get_locale() or "vi")


def current_path() -> str:
    """Where the language switch returns to: this page if it can be shown again by GET."""
    return request.path if request.method in {"GET", "HEAD"} else "/"


def new_key() -> str:
    """A fresh idempotency key for a form."""
    return str(uuid4())


def draft_url(key: str) -> str:
    """Where a form saves its draft; `key` names the form and the record, ids only."""
    return f"/drafts/{quote(key, safe='')}"


def init_app(app: Flask) -> None:
    app.context_processor(page_defaults)
    app.jinja_env.globals.update(
        locale_code=locale_code,
        current_path=current_path,
        new_key=new_key,
        draft_url=draft_url,
        form_errors=form_errors,
        request_id=request_id,
        neutral_page=NEUTRAL_PAGE,
    )
