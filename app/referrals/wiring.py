"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.referrals import models, rules
from app.referrals.routes import outside, outside_answers, prosecution, room
from app.referrals.services import closing

HOOKS = (models, closing)  # importing it registers what stands against closing a case
PAGES = (outside, outside_answers, prosecution, room)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    for page in PAGES:
        app.register_blueprint(page.bp)
