"""What the application takes from this package."""

from functools import partial

from flask import Flask

from app.auth import (
    absence_routes,
    access,
    login,
    navigation,
    profile_routes,
    step_up_routes,
    task_routes,
    unit_routes,
)
from app.auth.cli import cli
from app.auth.invitations import send_invitation
from app.core.outbox import HANDLERS
from config import Settings

ROUTES = (absence_routes, step_up_routes)  # put their views on the blueprint of profile_routes
PAGES = (profile_routes, task_routes, unit_routes)


def init_app(app: Flask, settings: Settings) -> None:
    for module in (login, access, navigation):
        module.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    app.cli.add_command(cli)
    HANDLERS["invitation"] = partial(send_invitation, settings)
