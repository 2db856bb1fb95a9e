"""What the application takes from this package."""

from flask import Flask

from app.backup import routes
from app.backup.cli import cli
from app.cases.routes.home import ADMINISTRATOR_PARTS


def init_app(app: Flask) -> None:
    app.register_blueprint(routes.bp)
    app.cli.add_command(cli)
    if routes.alarm not in ADMINISTRATOR_PARTS:  # once, however many applications a process makes
        ADMINISTRATOR_PARTS.append(routes.alarm)
