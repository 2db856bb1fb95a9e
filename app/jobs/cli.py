"""`flask --app wsgi jobs serve` and `flask --app wsgi jobs run NAME`."""

import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.jobs import runner
from app.jobs.registry import jobs

cli = AppGroup("jobs", help="The scheduler.")


@cli.command("serve")
def serve_command() -> None:
    """Run all jobs at their times until told to stop."""
    app = _application()
    runner.serve(app, jobs(), app.config["BABEL_DEFAULT_TIMEZONE"])


@cli.command("run")
@click.argument("name", type=click.Choice([job.name for job in jobs()]))
def run_command(name: str) -> None:
    """Run one job now. Exit status 1 where it failed or another process has it."""
    job = next(job for job in jobs() if job.name == name)
    if not runner.run(_application(), job):
        sys.exit(1)


def _application() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
