"""`flask --app wsgi reminders run [--now ISO]`."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.core import clock
from app.core.db import db
from app.reminders.jobs import remind

cli = AppGroup("reminders", help="What is due, and who is told of it.")


@cli.command("run")
@click.option("--now", help="ISO 8601, as if it were that time; without a zone it is Vietnam's.")
def run_command(now: str | None) -> None:
    """One pass of the job, now."""
    passed = remind(db.session, _moment(now))
    click.echo(
        f"{passed.opened} opened or changed, {passed.ended} ended, {passed.told} told,"
        f" {passed.gathered} messages made, {passed.handled} handled"
    )


def _moment(text: str | None) -> datetime:
    if text is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("not a time in ISO 8601", param_hint="--now") from None
    return moment.replace(tzinfo=moment.tzinfo or clock.LOCAL).astimezone(UTC)
