"""What the application takes from this package."""

from functools import partial

from flask import Flask

from app.auth import (
    absence_routes,
    access,
    factor_routes,
    lock_routes,
    login,
    navigation,
    notices,
    profile_routes,
    reset_routes,
    sign_in_routes,
    step_up_routes,
    task_routes,
    unit_routes,
)
from app.auth.cli import cli
from app.auth.invitations import send_invitation
from app.core.outbox import HANDLERS
from config import Settings

# put their views on the blueprints of profile_routes and unit_routes
ROUTES = (
    absence_routes, factor_routes, lock_routes, reset_routes, sign_in_routes, step_up_routes,
)  # fmt: skip
PAGES = (profile_routes, task_routes, unit_routes)


def init_app(app: Flask, settings: Settings) -> None:
    for module in (login, access, navigation):
        module.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    app.cli.add_command(cli)
    HANDLERS["invitation"] = partial(send_invitation, settings)
    HANDLERS[notices.KIND] = partial(notices.send_notice, settings)
