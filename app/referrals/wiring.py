"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.referrals import models, rules
from app.referrals.routes import attempts, measures, requests
from app.referrals.routes.blueprint import bp
from app.referrals.services import case_hooks

# importing them registers what referrals add to a case, and what outlives a refusal
HOOKS = (models, case_hooks, attempts)
ROUTES = (requests,)  # on one blueprint
PAGES = (measures,)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    app.register_blueprint(bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
