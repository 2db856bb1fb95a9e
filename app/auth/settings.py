"""The settings that these pages need."""

from datetime import timedelta
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from flask import current_app

from config import Settings, is_number


class Site(NamedTuple):
    """What a passkey is bound to: the name of this site, and the whole origin of its pages."""

    name: str
    origin: str


def settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def base_url() -> str:
    return settings().base_url


def can_mail() -> bool:
    return settings().mail_url is not None


def is_demo() -> bool:
    return bool(current_app.config["DEMO"])


def lock_after() -> timedelta:
    return timedelta(minutes=settings().lock_minutes)


def passkey_site() -> Site | None:
    """From BASE_URL, never from the request. None where it names a number: a passkey needs a name.

    A demonstration, which answers this machine only, has the name localhost as well.
    """
    parts = urlsplit(base_url())
    name, port = str(parts.hostname), f":{parts.port}" if parts.port else ""
    if is_number(name):
        return Site("localhost", f"http://localhost{port}") if is_demo() else None
    return Site(name, f"{parts.scheme}://{name}{port}")
