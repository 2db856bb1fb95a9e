"""`flask keys …`: the keyset of this installation. Each change of it is an event of the log."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.core import clock, keyset
from app.core.db import db
from app.core.keyset import KeyFacts, KeysetError
from app.core.rewrap import wrapped_counts
from config import Settings

cli = AppGroup("keys", help="The keyset: show it, rotate it, retire what is used no more.")
Change = Callable[[Path, datetime, int], int]


@cli.command("show")
def show_command() -> None:
    """Which keys there are, since when, and how many data keys are wrapped under each."""
    content = keyset.read_keyset(_file())
    keys = keyset.keys_in(content)
    with db.sessionmaker() as session:
        counts = wrapped_counts(session)
    click.echo(f"{_file()}, number {content.get('serial', 1)}")
    for key in keys:
        click.echo(_line(key, counts))
    for number in sorted(counts.keys() - {key.number for key in keys}):
        click.echo(f"MISSING  {number:>10}  {counts[number]} data keys: copy the newer file here")


@cli.command("rotate")
def rotate_command() -> None:
    """A new primary key at once: for one machine. What is wrapped is wrapped again by the jobs."""
    _change("rotated", lambda path, now, serial: keyset.rotate_keys(path, now=now, serial=serial))


@cli.command("add")
def add_command() -> None:
    """A new key that is not primary yet: copy the file to all machines, then promote it."""
    _change("added", lambda path, now, serial: keyset.add_keys(path, now=now, serial=serial))


@cli.command("promote")
def promote_command() -> None:
    """The added key becomes primary: copy the file to all machines again."""
    _change("promoted", lambda path, now, serial: keyset.promote_keys(path, now=now, serial=serial))


@cli.command("retire")
@click.argument("number", type=int)
def retire_command(number: int) -> None:
    """Take an earlier key out of the file; refused while a data key is wrapped under it."""

    def retire(path: Path, now: datetime, serial: int) -> int:
        return keyset.retire_key(path, number, now=now, serial=serial)

    _change("retired", retire, retired=number)


def _change(step: str, change: Change, retired: int | None = None) -> None:
    """The event first: without it the file stays as it was."""
    now = clock.now()
    with _refusals(), db.sessionmaker.begin() as session:
        content = keyset.read_keyset(_file())
        serial = int(content.get("serial", 1))
        _require_whole(session, content, retired)
        record(session, None, AuditAction.KEYS_CHANGED, at=now, data=_facts(step, serial, retired))
        session.flush()
        made = change(_file(), now, serial)
    click.echo(f"{step}: the keyset is number {made} now, the earlier one is beside it.")


def _require_whole(session: Session, content: Mapping[str, Any], retired: int | None) -> None:
    """Raises KeysetError where another machine has a newer file, or where the key is in use."""
    counts = wrapped_counts(session)
    held = {key.number for key in keyset.keys_in(content) if key.part == "wrap"}
    if counts.keys() - held:
        raise KeysetError(
            "data keys are wrapped under a key that this file does not hold: copy the newer file"
        )
    if retired is not None and counts.get(retired):
        raise KeysetError(f"{counts[retired]} data keys are still wrapped under {retired}")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (KeysetError, OSError, ValueError) as error:
        click.echo(f"Refused: {error}", err=True)
        sys.exit(1)


def _facts(step: str, serial: int, retired: int | None) -> dict[str, object]:
    return {"step": step, "serial": serial + 1} | ({"key": retired} if retired else {})


def _line(key: KeyFacts, counts: Mapping[int, int]) -> str:
    """`wrap     123456789  primary  since 2026-11-26 08:30   1200 data keys`"""
    state = "primary" if key.is_primary else ("earlier" if key.primary_until else "added")
    since = clock.local(key.made).strftime("%Y-%m-%d %H:%M") if key.made else "not noted"
    under = f"  {counts.get(key.number, 0)} data keys" if key.part == "wrap" else ""
    return f"{key.part:<7}  {key.number:>10}  {state:<7}  since {since}{under}"


def _file() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.keyset_file
