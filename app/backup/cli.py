"""`flask --app wsgi backup create|verify|restore FILE`."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.audit.actions import AuditAction
from app.audit.services import record
from app.backup.access import access_of, owner_of
from app.backup.create import create_backup
from app.backup.faults import BackupFault, Fault
from app.backup.members import Manifest
from app.backup.restore import Restored, has_tables, require_idle, restore_backup
from app.backup.verify import Verified, read_whole, verify_backup
from app.core import clock, destroyed
from app.core.db import db
from config import Settings

cli = AppGroup("backup")
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@cli.command("create")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def create_command(file: Path) -> None:
    """Write the database and the files of this installation into FILE, encrypted.

    KEYSET_FILE and SECRET_KEY are not in it: keep copies of them elsewhere.
    """
    settings, now, began = _settings(), clock.now(), time.monotonic()
    with _faults_told(file, "NOT WRITTEN."):
        with db.sessionmaker() as session:
            destroyed.keep_destroyed(session, destroyed.file_in(settings.instance_dir))
        reader = access_of(settings).reader
        manifest = create_backup(file, settings=settings, reader=reader, now=now)
    size = file.stat().st_size
    with db.sessionmaker.begin() as session:
        data = {"count": manifest.events, "bytes": size}
        record(session, None, AuditAction.BACKUP_MADE, at=now, data=data)
    seconds = time.monotonic() - began
    click.echo(f"Wrote {file}: {_contents(manifest)}, {size:,} bytes, in {seconds:.1f} s.")
    click.echo(f"Prove it: flask --app wsgi backup verify {file}")


@cli.command("verify")
@click.argument("file", type=EXISTING)
@click.option("--anchor", type=EXISTING, help="Checkpoints that were kept elsewhere, one a line.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verify_command(file: Path, anchor: Path | None, as_json: bool) -> None:
    """Restore FILE into a scratch database and compare everything; exit 1 where it is not good.

    The real database is not touched. That a backup is older than the log is told, and no fault.
    """
    settings, began = _settings(), time.monotonic()
    with _faults_told(file, "BAD.", as_json=as_json):
        reader = access_of(settings).reader
        found = verify_backup(file, settings=settings, reader=reader, anchor=anchor)
    click.echo(json.dumps(_as_dict(found)) if as_json else _said(found, time.monotonic() - began))
    sys.exit(1 if found.problems else 0)


@cli.command("restore")
@click.argument("file", type=EXISTING)
@click.option("--replace", is_flag=True, help="Put it in the place of the data there are.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore_command(file: Path, replace: bool, yes: bool) -> None:
    """Bring FILE back into an empty database; with --replace, in the place of what is there.

    Stop the web server and the scheduler first. The file is read whole before anything changes.
    """
    settings, began = _settings(), time.monotonic()
    with _faults_told(file, "NOT RESTORED."):
        owner = owner_of(settings)
        manifest = read_whole(file)
        require_idle(settings, owner)
        if has_tables(owner):
            _require_consent(manifest, replace=replace, is_given=yes)
        now = clock.now()
        restored = restore_backup(file, manifest, settings=settings, owner=owner, now=now)
    click.echo(f"Restored {_contents(manifest)} in {time.monotonic() - began:.1f} s.")
    click.echo("\n".join(_next_steps(manifest, restored)))


def _require_consent(manifest: Manifest, *, replace: bool, is_given: bool) -> None:
    if not replace:
        raise click.ClickException(
            "The database is not empty; nothing was changed. --replace puts the backup in its place"
            " (make a backup of it first)."
        )
    if not is_given:
        made = f"{clock.local(manifest.made_at):%Y-%m-%d %H:%M}"
        click.confirm(
            f"Everything in the database is replaced by what it was on {made}. Go on?", abort=True
        )


@contextmanager
def _faults_told(file: Path, verdict: str, *, as_json: bool = False) -> Iterator[None]:
    """A fault is one sentence and exit status 1."""
    try:
        yield
    except BackupFault as error:
        fault = error
    except (psycopg.Error, DBAPIError) as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        fault = BackupFault(Fault.NO_ACCESS, f"the database refuses: {reason[:200]}")
    else:
        return
    if as_json:
        click.echo(json.dumps({"good": False, "fault": fault.fault, "problem": fault.what}))
    else:
        click.echo(f"{verdict} {file}: {fault.what}.")
    sys.exit(1)


def _contents(manifest: Manifest) -> str:
    rows, tables = sum(manifest.tables.values()), len(manifest.tables)
    made = f"{clock.local(manifest.made_at):%Y-%m-%d %H:%M:%S}"
    files = len(manifest.members) - 1
    return (
        f"{rows:,} rows in {tables} tables, {manifest.events:,} events, {files} files of the"
        f" installation, as of {made} (Vietnam), schema {manifest.revision}"
    )


def _said(found: Verified, seconds: float) -> str:
    lines = [f"BAD. {problem.what}." for problem in found.problems]
    if not lines:
        lines = [
            f"Good: {_contents(found.manifest)}. Restored into a scratch database, the audit log is"
            f" intact, {found.fields} sealed fields and {found.files} files opened,"
            f" {seconds:.1f} s."
        ]
    return "\n".join([*lines, *(f"Note. {note}" for note in found.notes)])


def _as_dict(found: Verified) -> dict[str, object]:
    return {
        "good": not found.problems,
        "problems": [{"fault": one.fault, "problem": one.what} for one in found.problems],
        "notes": found.notes,
        "made_at": found.manifest.made_at.isoformat(),
        "events": found.manifest.events,
        "fields": found.fields,
        "files": found.files,
    }


def _next_steps(manifest: Manifest, restored: Restored) -> Iterator[str]:
    made = f"{clock.local(manifest.made_at):%Y-%m-%d %H:%M}"
    if restored.erased_again:
        yield f"Erased again: {restored.erased_again} keys that were destroyed since the backup."
    for path in restored.put_aside:
        yield f"What stood there before is kept as {path}."
    yield "Next:"
    yield "  1. flask --app wsgi audit verify"
    yield "  2. start the web server and the scheduler, then ask /readyz"
    yield f"  3. tell everybody: what was recorded after {made} is lost and must be typed again;"
    yield "     all are signed out; passwords, accounts and factors are those of that time"
    yield "  4. disable again who was disabled since; write down why the log went back"


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
