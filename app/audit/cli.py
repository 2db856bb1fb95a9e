"""`flask audit verify` and `flask audit checkpoint`."""

import json
import sys
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup

from app.audit import anchors
from app.audit.checkpoints import export
from app.audit.proof import proof_of, read_proof, verify_proof
from app.audit.verify import Result, verify
from app.core import clock
from app.core.crypto import keyring, verifier_of
from app.core.db import db
from config import Settings

cli = AppGroup("audit")


@cli.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Checkpoints that were exported earlier and kept elsewhere, one a line.",
)
@click.option(
    "--proof",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A court record (PDF) or the file attached to it: nothing else is read.",
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --proof: what `flask audit public-key` printed; else the key of this installation.",
)
@click.option("--password", default="", help="With --proof: of the PDF, where it has one.")
def verify_command(
    as_json: bool, anchor: Path | None, proof: Path | None, key: Path | None, password: str
) -> None:
    """Read the whole log; exit 0 when it is intact, 1 with the first broken event otherwise.

    It must contain what stands in the anchors of this installation, and in those of --anchor.
    """
    if proof is not None:
        _verify_proof(proof, key, password)
    kept = [*anchors.read_anchors(_own_file()), *(anchors.read_anchors(anchor) if anchor else ())]
    with db.sessionmaker() as session:
        # one snapshot: what is appended meanwhile is neither read nor missed
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        result = verify(session, kept, now=clock.now())
    click.echo(json.dumps(_as_dict(result)) if as_json else _sentence(result))
    sys.exit(0 if result.is_intact else 1)


def _verify_proof(path: Path, key: Path | None, password: str) -> NoReturn:
    verify_with = verifier_of(key.read_text()) if key else keyring().verify
    found = verify_proof(read_proof(path.read_bytes(), password), verify_with)
    if found.problem is None:
        click.echo(f"Intact: {found.events} events of the case, the first {found.signed} signed.")
        sys.exit(0)
    where = f"Event {found.problem.event_id} of the case" if found.problem.event_id else "The proof"
    click.echo(f"BROKEN. {where}: {found.problem.what}.")
    sys.exit(1)


@cli.command("proof")
@click.argument("chain", type=click.UUID)
def proof_command(chain: UUID) -> None:
    """Print the proof that goes with the court record of a case: every event of its chain. It shows
    the closed ones too, and so is for the court, never for a user of the program."""
    with db.sessionmaker() as session:
        click.echo(proof_of(session, chain))


@cli.command("public-key")
def public_key_command() -> None:
    """Print the key with which anybody verifies the checkpoints; it is no secret."""
    click.echo(keyring().public_key())


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
