"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.referrals import models, rules
from app.referrals.routes import agreements, consents, directory
from app.referrals.services import case_hooks

HOOKS = (models, case_hooks)  # importing them registers what referrals add to a case
PAGES = (
    directory,
    agreements,
    consents,
)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
