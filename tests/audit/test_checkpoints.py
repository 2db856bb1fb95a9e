"""Signed checkpoints: a rewritten log no longer matches what was signed."""

import json
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.audit.checkpoints import export, take_checkpoint
from app.audit.verify import event_hash, verify
from tests.audit.test_log import NOW, events, tamper, write


def checkpoint(session: Session) -> str:
    taken = take_checkpoint(session, NOW)
    assert taken is not None
    line = export(taken)
    session.commit()
    return line


def rewrite_everything(superuser: Engine, session: Session) -> None:
    """A database administrator changes an event and forges all hashes after it, heads included."""
    heads: dict[uuid.UUID, tuple[int, bytes]] = {}
    for event in events(session):
        _, previous = heads.get(event.chain_id, (0, b"\x00" * 32))
        body = event.body.replace('"ok"', '"no"')
        forged = event_hash(previous, event.seq, event.chain_id, body)
        tamper(
            superuser,
            "UPDATE audit_events SET body = :b, outcome = 'no', hash = :h WHERE id = :i",
            b=body,
            h=forged,
            i=event.id,
        )
        heads[event.chain_id] = (event.seq, forged)
        tamper(
            superuser,
            "UPDATE audit_heads SET hash = :h WHERE chain_id = :c",
            h=forged,
            c=event.chain_id,
        )
    session.expire_all()


def test_checkpoints_follow_each_other(session: Session) -> None:
    write(session, 3)
    checkpoint(session)
    write(session, 2)
    checkpoint(session)
    result = verify(session)
    assert (result.is_intact, result.events, result.checkpoints) == (True, 5, 2)


def test_nothing_new_needs_no_checkpoint(session: Session) -> None:
    write(session)
    checkpoint(session)
    assert take_checkpoint(session, NOW) is None


def test_a_forged_log_passes_without_a_checkpoint_and_fails_with_one(
    session: Session, superuser: Engine
) -> None:
    write(session, 3)
    rewrite_everything(superuser, session)
    assert verify(session).is_intact, "the chain alone cannot tell"


def test_a_forged_log_fails_against_its_checkpoint(session: Session, superuser: Engine) -> None:
    write(session, 3)
    checkpoint(session)
    rewrite_everything(superuser, session)
    result = verify(session)
    assert result.problem is not None
    assert "checkpoint" in result.problem.what


def test_a_forged_checkpoint_fails_by_its_signature(session: Session, superuser: Engine) -> None:
    write(session, 3)
    checkpoint(session)
    tamper(
        superuser, "UPDATE audit_checkpoints SET event_count = 2, last_event_id = last_event_id - 1"
    )
    result = verify(session)
    assert result.problem is not None
    assert "signature" in result.problem.what


def test_a_log_rolled_back_to_an_old_backup_fails_against_the_anchor(
    session: Session, superuser: Engine
) -> None:
    write(session, 2)
    checkpoint(session)
    write(session, 2)
    anchor = checkpoint(session)
    last_two = [event.id for event in events(session)[2:]]
    chains = [event.chain_id for event in events(session)[2:]]
    tamper(superuser, "DELETE FROM audit_events WHERE id = ANY(:ids)", ids=last_two)
    tamper(superuser, "DELETE FROM audit_heads WHERE chain_id = ANY(:ids)", ids=chains)
    tamper(superuser, "DELETE FROM audit_checkpoints WHERE last_event_id = :id", id=last_two[-1])
    assert verify(session).is_intact, "inside the database nothing shows it"
    assert verify(session, anchor).problem is not None


def test_a_false_anchor_is_refused(session: Session) -> None:
    write(session)
    anchor = json.loads(checkpoint(session))
    anchor["size"] = 99
    result = verify(session, json.dumps(anchor))
    assert result.problem is not None
    assert "anchor" in result.problem.what


@pytest.fixture
def cli(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_the_command_says_what_was_verified(session: Session, cli: FlaskCliRunner) -> None:
    write(session, 2)
    signed = cli.invoke(args=["audit", "checkpoint"])
    assert "signature" in json.loads(signed.output)
    done = cli.invoke(args=["audit", "verify", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output) == {"intact": True, "events": 2, "chains": 2, "checkpoints": 1}
    assert "Intact: 2 events" in cli.invoke(args=["audit", "verify"]).output


def test_the_command_names_the_first_broken_event(
    session: Session, superuser: Engine, cli: FlaskCliRunner
) -> None:
    write(session, 3)
    victim = events(session)[1].id
    tamper(superuser, "UPDATE audit_events SET body = body || ' ' WHERE id = :id", id=victim)
    done = cli.invoke(args=["audit", "verify", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.output)["event"] == victim
    assert f"Event {victim}" in cli.invoke(args=["audit", "verify"]).output


def test_a_checkpoint_with_nothing_to_sign_says_so(session: Session, cli: FlaskCliRunner) -> None:
    session.execute(text("SELECT 1"))
    assert "Nothing new" in cli.invoke(args=["audit", "checkpoint"]).output
