"""`flask audit verify` and `flask audit checkpoint`."""

import json
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.audit import anchors
from app.audit.checkpoints import export
from app.audit.verify import Result, verify
from app.core import clock
from app.core.db import db
from config import Settings

cli = AppGroup("audit", help="The append-only log: verify it, sign it.")


@cli.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Checkpoints that were exported earlier and kept elsewhere, one a line.",
)
def verify_command(as_json: bool, anchor: Path | None) -> None:
    """Read the whole log; exit 0 when it is intact, 1 with the first broken event otherwise.

    It must contain what stands in the anchors of this installation, and in those of --anchor.
    """
    kept = [*anchors.read_anchors(_own_file()), *(anchors.read_anchors(anchor) if anchor else ())]
    with db.sessionmaker() as session:
        # one snapshot: what is appended meanwhile is neither read nor missed
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        result = verify(session, kept, now=clock.now())
    click.echo(json.dumps(_as_dict(result)) if as_json else _sentence(result))
    sys.exit(0 if result.is_intact else 1)


@cli.command("checkpoint")
def checkpoint_command() -> None:
    """Sign all events so far and print the checkpoint, to be kept on another machine or paper."""
    with db.sessionmaker.begin() as session:
        checkpoint = anchors.sign_and_keep(session, clock.now(), _own_file())
        line = export(checkpoint) if checkpoint else "Nothing new since the last checkpoint."
    click.echo(line)


def _own_file() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return anchors.file_in(settings.instance_dir)


def _as_dict(result: Result) -> dict[str, object]:
    found: dict[str, object] = {
        "intact": result.is_intact,
        "events": result.events,
        "chains": result.chains,
        "checkpoints": result.checkpoints,
        "anchors": result.anchors,
    }
    if result.problem:
        found |= {"event": result.problem.event_id, "problem": result.problem.what}
    return found


def _sentence(result: Result) -> str:
    if result.problem is None:
        return (
            f"Intact: {result.events} events in {result.chains} chains,"
            f" {result.checkpoints} checkpoints, {result.anchors} anchors."
        )
    where = f"Event {result.problem.event_id}" if result.problem.event_id else "The log"
    return f"BROKEN. {where}: {result.problem.what}."
