"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.reminders import models, rules
from app.reminders.cli import cli
from app.reminders.routes import board, calendar, use
from app.reminders.routes import rules as rule_pages
from app.reminders.services import escalation

PAGES = (board, calendar, use, rule_pages)
HOOKS = (models, escalation)  # importing them registers tables and what goes on timelines


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    app.cli.add_command(cli)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
