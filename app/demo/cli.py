"""`flask demo load`."""

import time
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import AppGroup

from app.audit.anchors import file_in, sign_and_keep
from app.auth.passwords import hash_password
from app.core import clock
from app.core.db import db
from app.demo.load import NotEmpty, Size, load
from config import Settings

cli = AppGroup("demo")


@cli.command("load")
@click.option("--children", default=600, show_default=True, type=click.IntRange(1))
@click.option("--cases", default=300, show_default=True, type=click.IntRange(1))
@click.option("--years", default=3, show_default=True, type=click.IntRange(1, 20))
@click.option("--seed", default=7, show_default=True, type=int)
@click.option("--communes", default=104, show_default=True, type=click.IntRange(1, 104))
@click.option("--reporting", default=6, show_default=True, type=click.IntRange(0, 104))
@click.option("--until", help="The present of the province, ISO; now by default.")
def load_command(
    children: int,
    cases: int,
    years: int,
    seed: int,
    communes: int,
    reporting: int,
    until: str | None,
) -> None:
    """Fill an empty database with invented people and years of work on their files."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        raise click.ClickException("Synthetic data is loaded in demo mode only (DEMO=1).")
    present = datetime.fromisoformat(until).astimezone(UTC) if until else clock.now()
    began = time.monotonic()
    try:
        with db.sessionmaker.begin() as session:
            load(
                session,
                size=Size(children, cases, years, communes, reporting),
                seed=seed,
                until=present,
                password_hash=hash_password(settings.demo_password.get_secret_value()),
            )
            sign_and_keep(session, clock.now(), file_in(settings.instance_dir))
    except NotEmpty:
        raise click.ClickException("The database is not empty; nothing was loaded.") from None
    seconds = time.monotonic() - began
    click.echo(f"Loaded {max(children, cases)} children and {cases} cases in {seconds:.1f} s.")
