"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.cases.exporting import LISTS
from app.register import rules
from app.register.pages import exported
from app.register.routes import lists, of_case
from app.register.routes.blueprint import bp
from app.register.services import moving

HOOKS = (moving,)  # importing it registers what moves with a child's record
ROUTES = (lists, of_case)  # put their views on the blueprint


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    LISTS[exported.KIND] = exported.CHILDREN
    app.register_blueprint(bp)
