"""The log: one event per action, in the transaction, chained, and impossible to change quietly."""

import threading
import uuid
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy import event as hooks
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit import services
from app.audit.actions import AuditAction, allowed_keys
from app.audit.checkpoints import take_checkpoint
from app.audit.models import AuditEvent, AuditHead
from app.audit.services import record
from app.audit.verify import event_hash, verify
from app.core.db import NIL, db

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


class Someone:
    def __init__(self) -> None:
        self.id = uuid.uuid4()
        self.session_id: uuid.UUID | None = None
        self.request_id: str | None = None


def write(session: Session, count: int = 1, case_id: uuid.UUID | None = None) -> None:
    for _ in range(count):
        record(session, Someone(), AuditAction.CASE_READ, at=NOW, case_id=case_id or uuid.uuid4())
        session.commit()


def events(session: Session) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def test_an_event_is_appended_with_the_transaction_it_tells_of(session: Session) -> None:
    case = uuid.uuid4()
    record(session, Someone(), AuditAction.CASE_READ, at=NOW, case_id=case, sections=["identity"])
    assert events(session) == []
    session.commit()
    (event,) = events(session)
    assert (event.chain_id, event.seq, event.action) == (case, 1, "case.read")
    assert event.at == NOW
    assert '"sections":["identity"]' in event.body


def test_a_rolled_back_action_leaves_no_event(session: Session) -> None:
    record(session, Someone(), AuditAction.CASE_READ, at=NOW, case_id=uuid.uuid4())
    session.rollback()
    session.commit()
    assert events(session) == []


def test_a_failed_savepoint_keeps_the_events_of_the_outer_transaction(session: Session) -> None:
    record(session, Someone(), AuditAction.CASE_READ, at=NOW, case_id=uuid.uuid4())
    nested = session.begin_nested()
    session.execute(text("SELECT 1"))
    nested.rollback()
    session.commit()
    assert len(events(session)) == 1


def test_the_chain_is_the_cases_else_the_actors_else_the_systems(session: Session) -> None:
    case, who = uuid.uuid4(), Someone()
    record(session, who, AuditAction.CASE_READ, at=NOW, case_id=case)
    record(session, who, AuditAction.SIGNED_IN, at=NOW)
    record(session, None, AuditAction.SIGN_IN_FAILED, at=NOW)
    session.commit()
    assert {e.chain_id for e in events(session)} == {case, who.id, NIL}


def test_undeclared_keys_are_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="child_name"):
        record(session, None, AuditAction.CASE_READ, at=NOW, data={"child_name": "An"})


def test_no_action_may_hold_a_name_or_a_text() -> None:
    personal = {
        "name",
        "child_name",
        "full_name",
        "phone",
        "address",
        "reason",
        "note",
        "term",
        "q",
    }
    for action in AuditAction:
        assert not allowed_keys(action) & (personal - ({"reason"} if "failed" in action else set()))


def test_python_and_the_database_hash_alike(session: Session) -> None:
    write(session, 3, case_id=(case := uuid.uuid4()))
    previous = b"\x00" * 32
    for event in events(session):
        assert event.hash == event_hash(previous, event.seq, case, event.body)
        previous = event.hash


def test_text_beyond_ascii_keeps_its_hash(session: Session) -> None:
    record(
        session,
        None,
        AuditAction.REFERENCE_CHANGED,
        at=NOW,
        data={"list": "Đặc biệt", "day": "Tết"},
    )
    session.commit()
    assert verify(session).is_intact


def test_an_untouched_log_is_intact(session: Session) -> None:
    write(session, 5)
    result = verify(session)
    assert (result.is_intact, result.events, result.chains) == (True, 5, 5)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET body = body",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "INSERT INTO audit_events (chain_id, seq, at, action, outcome, body, hash)"
        " VALUES (gen_random_uuid(), 1, now(), 'x', 'ok', '{}', '')",
        "UPDATE audit_heads SET seq = 9",
        "DELETE FROM audit_checkpoints",
    ],
)
def test_the_applications_role_cannot_change_the_log(session: Session, statement: str) -> None:
    write(session)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text(statement))
    session.rollback()


@pytest.mark.parametrize(
    "verb",
    ["UPDATE audit_events SET body = ''", "DELETE FROM audit_events", "TRUNCATE audit_events"],
)
def test_even_the_superuser_is_stopped_by_the_triggers(
    session: Session, superuser: Engine, verb: str
) -> None:
    write(session)
    with superuser.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(verb))


def tamper(superuser: Engine, statement: str, **values: object) -> None:
    """What only an administrator of the database can do: triggers off, then change."""
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement), values)


def test_changing_one_byte_names_the_event(session: Session, superuser: Engine) -> None:
    write(session, 4)
    victim = events(session)[2]
    tamper(
        superuser,
        "UPDATE audit_events SET body = overlay(body placing 'X' from 5 for 1) WHERE id = :id",
        id=victim.id,
    )
    result = verify(session)
    assert result.problem is not None
    assert result.problem.event_id == victim.id


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 second'",
        "actor_id = gen_random_uuid()",
        "subject_id = gen_random_uuid()",
        "action = 'case.opened'",
        "outcome = 'denied'",
        "hash = sha256('x')",
        "seq = seq + 7",
        "chain_id = gen_random_uuid()",
    ],
)
def test_a_changed_column_is_found(session: Session, superuser: Engine, change: str) -> None:
    write(session, 3)
    victim = events(session)[1]
    tamper(superuser, f"UPDATE audit_events SET {change} WHERE id = :id", id=victim.id)
    assert verify(session).problem is not None


def test_a_removed_event_is_found(session: Session, superuser: Engine) -> None:
    write(session, 5, case_id=uuid.uuid4())
    _, second, *_ = events(session)
    tamper(superuser, "DELETE FROM audit_events WHERE id = :id", id=second.id)
    result = verify(session)
    assert result.problem is not None
    assert result.problem.event_id == second.id + 1


def test_a_cut_off_tail_is_found(session: Session, superuser: Engine) -> None:
    write(session, 3, case_id=uuid.uuid4())
    tamper(superuser, "DELETE FROM audit_events WHERE id = :id", id=events(session)[-1].id)
    result = verify(session)
    assert result.problem is not None
    assert "cut off" in result.problem.what


def test_swapped_bodies_are_found(session: Session, superuser: Engine) -> None:
    case = uuid.uuid4()
    record(session, Someone(), AuditAction.CASE_READ, at=NOW, case_id=case)
    record(session, Someone(), AuditAction.CASE_OPENED, at=NOW, case_id=case)
    session.commit()
    one, two = events(session)
    tamper(superuser, "UPDATE audit_events SET body = :b WHERE id = :id", b=two.body, id=one.id)
    assert verify(session).problem is not None


def test_what_is_told_of_two_cases_by_turns_stands_in_each_chain_as_it_was_told(
    session: Session,
) -> None:
    cases = [uuid.uuid4(), uuid.uuid4()]
    for turn in range(6):
        sections = ["identity"] * (turn + 1)
        record(
            session, None, AuditAction.CASE_READ, at=NOW, case_id=cases[turn % 2], sections=sections
        )
    session.commit()
    record(session, None, AuditAction.CASE_READ, at=NOW, case_id=cases[0])
    session.commit()
    assert verify(session).is_intact
    for case, told in zip(cases, ([1, 3, 5, 0], [2, 4, 6]), strict=True):
        chain = select(AuditEvent).where(AuditEvent.chain_id == case).order_by(AuditEvent.seq)
        found = list(session.scalars(chain))
        assert [event.seq for event in found] == list(range(1, len(told) + 1))
        assert [event.body.count("identity") for event in found] == told
        assert session.get_one(AuditHead, case).hash == found[-1].hash


def test_events_of_parallel_requests_form_one_unbroken_chain(session: Session) -> None:
    case = uuid.uuid4()

    def append() -> None:
        for _ in range(10):
            with db.sessionmaker.begin() as own:
                record(own, Someone(), AuditAction.CASE_READ, at=NOW, case_id=case)

    with_app = [threading.Thread(target=_in_app(append)) for _ in range(6)]
    for thread in with_app:
        thread.start()
    for thread in with_app:
        thread.join()
    assert verify(session).is_intact
    assert session.scalar(select(AuditHead.seq).where(AuditHead.chain_id == case)) == 60


def test_what_is_appended_while_the_log_is_verified_is_no_alarm(
    app: Flask, session: Session
) -> None:
    case = uuid.uuid4()
    write(session, 3, case_id=case)
    take_checkpoint(session, NOW)
    session.commit()
    appended: list[int] = []

    def append(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM audit_heads" in statement and not appended:
            appended.append(1)
            with db.sessionmaker.begin() as own:
                record(own, Someone(), AuditAction.CASE_READ, at=NOW, case_id=case)

    hooks.listen(db.engine, "before_cursor_execute", append)
    try:
        result = app.test_cli_runner().invoke(args=["audit", "verify"])
    finally:
        hooks.remove(db.engine, "before_cursor_execute", append)
    assert appended
    assert (result.exit_code, result.output.split(":")[0]) == (0, "Intact")


def _in_app(work):
    from flask import current_app  # noqa: PLC0415

    app = current_app._get_current_object()

    def run() -> None:
        with app.app_context():
            work()

    return run


def test_a_log_that_cannot_be_written_stops_the_transaction(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_APPEND", text("SELECT no_such_function(:events)"))
    record(session, Someone(), AuditAction.CASE_READ, at=NOW, case_id=uuid.uuid4())
    with pytest.raises(DBAPIError):
        session.commit()
    session.rollback()
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0
