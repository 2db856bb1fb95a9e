"""Vòng Tay. Who imports one part of it (the migrations, the embedded database) loads that part and
what stands below it, not the whole."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: "Settings") -> "Flask":
    """The application; see app.factory, the only module that knows every package."""
    app: Flask = import_module("app.factory").create_app(settings)
    return app
