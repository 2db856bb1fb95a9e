"""What the application takes from this package."""

from functools import partial

from flask import Flask

from app.auth import access, login, navigation, profile_routes, task_routes, unit_routes
from app.auth.cli import cli
from app.auth.invitations import send_invitation
from app.core.outbox import HANDLERS
from config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    for module in (login, access, navigation):
        module.init_app(app)
    for module in (
        profile_routes,
        task_routes,
        unit_routes,
    ):  # they add to the blueprints auth and admin
        app.register_blueprint(module.bp)
    app.cli.add_command(cli)
    HANDLERS["invitation"] = partial(send_invitation, settings)
