"""Vòng Tay. Who imports one part of it (the migrations, the embedded database) loads that part and
what stands below it, not the whole."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: "Settings") -> "Flask":
    """The application; see app.factory, the only module that knows every package."""
    from app import factory  # noqa: PLC0415  # when it is asked for, see above

    return factory.create_app(settings)
