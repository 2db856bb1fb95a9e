"""The settings that these pages need."""

from typing import cast

from flask import current_app

from config import Settings


def settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def base_url() -> str:
    return settings().base_url


def can_mail() -> bool:
    return settings().mail_url is not None
