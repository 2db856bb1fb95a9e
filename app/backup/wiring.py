"""What the application takes from this package."""

from flask import Flask

from app.backup import routes
from app.cases.routes.home import ADMINISTRATOR_PARTS
from app.core.commands import LaterGroup

HELP = "Encrypted backups: make one, prove one, bring one back."


def init_app(app: Flask) -> None:
    app.register_blueprint(routes.bp)
    app.cli.add_command(LaterGroup("backup", "app.backup.cli:cli", HELP))
    if routes.alarm not in ADMINISTRATOR_PARTS:  # once, however many applications a process makes
        ADMINISTRATOR_PARTS.append(routes.alarm)
