"""Signed checkpoints: a rewritten log no longer matches what was signed."""

import json
import stat
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.audit.anchors import file_in, read_anchors, sign_and_keep
from app.audit.checkpoints import export, statement_of, take_checkpoint
from app.audit.jobs import CHECKPOINT
from app.audit.verify import event_hash, verify
from app.core.crypto import keyring
from app.jobs import runner
from config import Settings
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
    assert verify(session, [anchor]).problem is not None


def test_a_false_anchor_is_refused(session: Session) -> None:
    write(session)
    anchor = json.loads(checkpoint(session))
    anchor["size"] = 99
    result = verify(session, [json.dumps(anchor)])
    assert result.problem is not None
    assert "line 1 of the anchors" in result.problem.what


@pytest.mark.parametrize("line", ["", "x", "[]", "{}", '{"signature": "x"}', '{"signature": 7}'])
def test_what_is_no_anchor_is_said(session: Session, line: str) -> None:
    result = verify(session, [line])
    assert result.problem is not None and "line 1 of the anchors" in result.problem.what


@pytest.mark.parametrize("removed", [1, 2])
def test_a_removed_checkpoint_is_missed_also_with_its_events_resigned(
    session: Session, superuser: Engine, removed: int
) -> None:
    for _ in range(3):
        write(session)
        checkpoint(session)
    tamper(superuser, "DELETE FROM audit_checkpoints WHERE number = :n", n=removed)
    result = verify(session)
    assert result.problem is not None and "checkpoint" in result.problem.what


def test_a_log_of_which_nothing_was_ever_signed_is_a_problem_after_an_hour(
    session: Session, superuser: Engine
) -> None:
    write(session)
    assert verify(session, now=NOW + timedelta(minutes=59)).is_intact
    assert not verify(session, now=NOW + timedelta(minutes=61)).is_intact
    checkpoint(session)
    assert verify(session, now=NOW + timedelta(days=9)).is_intact
    tamper(superuser, "DELETE FROM audit_checkpoints")
    assert not verify(session, now=NOW + timedelta(days=9)).is_intact


def test_checkpoints_of_before_the_numbers_still_count(session: Session, superuser: Engine) -> None:
    write(session)
    old = take_checkpoint(session, NOW)
    assert old is not None
    unnumbered = replace(statement_of(old), number=None)
    session.commit()
    tamper(
        superuser,
        "UPDATE audit_checkpoints SET number = NULL, signature = :s",
        s=keyring().sign(unnumbered.message()),
    )
    session.expire_all()
    write(session)
    checkpoint(session)
    result = verify(session)
    assert (result.problem, result.checkpoints) == (None, 2)
    tamper(superuser, "DELETE FROM audit_checkpoints WHERE number IS NULL")
    assert verify(session).problem is not None


def run_the_job(app: Flask) -> None:
    assert runner.run(app, replace(CHECKPOINT, rest=timedelta(0)))


def test_what_the_job_signs_stands_in_a_file_that_only_its_owner_reads(
    app: Flask, session: Session, settings: Settings
) -> None:
    write(session)
    run_the_job(app)
    run_the_job(app)  # nothing new
    write(session)
    run_the_job(app)
    path = file_in(settings.instance_dir)
    assert [json.loads(line)["number"] for line in read_anchors(path)] == [1, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert verify(session, read_anchors(path)).is_intact


def test_what_was_signed_and_not_written_down_is_written_later(
    app: Flask, session: Session, settings: Settings
) -> None:
    write(session)
    checkpoint(session)  # as a process that died right after its commit
    write(session)
    run_the_job(app)
    lines = read_anchors(file_in(settings.instance_dir))
    assert [json.loads(line)["number"] for line in lines] == [1, 2]


def test_a_checkpoint_that_was_rolled_back_is_not_written_down(
    session: Session, settings: Settings
) -> None:
    write(session)
    path = file_in(settings.instance_dir)
    assert sign_and_keep(session, NOW, path) is not None
    assert read_anchors(path) == []
    session.rollback()
    assert read_anchors(path) == []


def test_a_log_written_anew_and_signed_anew_contradicts_the_file(
    app: Flask, session: Session, superuser: Engine, cli: FlaskCliRunner
) -> None:
    """Who owns the database removes an event with every trace and lets the job sign the rest."""
    write(session, 3)
    run_the_job(app)
    victim = events(session)[2]
    tamper(superuser, "DELETE FROM audit_events WHERE id = :i", i=victim.id)
    tamper(superuser, "DELETE FROM audit_heads WHERE chain_id = :c", c=victim.chain_id)
    tamper(superuser, "DELETE FROM audit_checkpoints")
    run_the_job(app)
    session.expire_all()
    assert verify(session).is_intact, "inside the database nothing shows it"
    done = cli.invoke(args=["audit", "verify"])
    assert done.exit_code == 1 and "line 1 of the anchors" in done.output


def test_another_file_of_anchors_is_compared_too(
    session: Session, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    write(session)
    line = cli.invoke(args=["audit", "checkpoint"]).output
    kept = tmp_path / "kept.jsonl"
    kept.write_text(line, encoding="utf-8")
    done = cli.invoke(args=["audit", "verify", "--json", "--anchor", str(kept)])
    assert (done.exit_code, json.loads(done.output)["anchors"]) == (0, 2)
    kept.write_text(line.replace('"size": 1', '"size": 2'), encoding="utf-8")
    assert cli.invoke(args=["audit", "verify", "--anchor", str(kept)]).exit_code == 1


@pytest.fixture
def cli(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_the_command_says_what_was_verified(session: Session, cli: FlaskCliRunner) -> None:
    write(session, 2)
    signed = cli.invoke(args=["audit", "checkpoint"])
    assert "signature" in json.loads(signed.output)
    done = cli.invoke(args=["audit", "verify", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output) == {
        "intact": True,
        "events": 2,
        "chains": 2,
        "checkpoints": 1,
        "anchors": 1,
    }
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
