"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.reminders import models, rules

HOOKS = (models,)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
