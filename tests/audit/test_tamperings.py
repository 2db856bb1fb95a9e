"""A log changed by chance, as only an administrator of the database can: found each time, and at
the first event that is not what it was."""

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from app.audit.checkpoints import take_checkpoint
from app.audit.verify import Result, event_hash, verify
from tests.audit.test_log import NOW, events, write
from tests.evidence import Evidence
from tests.tiers import wide

EVENTS, CHAINS = 40, 5
COLUMNS = (
    "at = at + interval '1 second'", "actor_id = gen_random_uuid()", "outcome = 'denied'",
    "subject_id = gen_random_uuid()", "action = 'case.opened'", "seq = seq + 70",
    "chain_id = gen_random_uuid()", "hash = sha256(hash)",
)  # fmt: skip


class Entry(NamedTuple):
    id: int
    chain: uuid.UUID
    seq: int
    body: str


class Log(NamedTuple):
    """What the tamperer has before them: the entries in their order."""

    connection: Connection
    entries: list[Entry]
    dice: random.Random

    def run(self, statement: str, **values: object) -> None:
        assert self.connection.execute(text(statement), values).rowcount > 0

    def victim(self) -> Entry:
        return self.dice.choice(self.entries)

    def after(self, entry: Entry) -> Entry | None:
        """The next one of its chain."""
        of_chain = (one for one in self.entries if one.chain == entry.chain)
        return next((one for one in of_chain if one.seq > entry.seq), None)


# Each changes the log and returns the event that must be named, None where none is left to name.
def a_byte(log: Log) -> int | None:
    it = log.victim()
    place = log.dice.randrange(len(it.body))
    other = "x" if it.body[place] != "x" else "y"
    body = it.body[:place] + other + it.body[place + 1 :]
    log.run("UPDATE audit_events SET body = :body WHERE id = :id", body=body, id=it.id)
    return it.id


def a_column(log: Log) -> int | None:
    it = log.victim()
    log.run(f"UPDATE audit_events SET {log.dice.choice(COLUMNS)} WHERE id = :id", id=it.id)
    return it.id


def a_removal(log: Log) -> int | None:
    it = log.victim()
    log.run("DELETE FROM audit_events WHERE id = :id", id=it.id)
    following = log.after(it)
    return following.id if following else None


def a_tail(log: Log) -> int | None:
    last = log.entries[-log.dice.randint(1, 10) :]
    log.run("DELETE FROM audit_events WHERE id = ANY(:ids)", ids=[one.id for one in last])
    return None


def two_bodies(log: Log) -> int | None:
    one, two = log.dice.sample(log.entries, 2)
    for it, body in ((one, two.body), (two, one.body)):
        log.run("UPDATE audit_events SET body = :body WHERE id = :id", body=body, id=it.id)
    return min(one.id, two.id)


def two_places(log: Log) -> int | None:
    one = log.dice.choice([it for it in log.entries if log.after(it)])
    two = log.after(one)
    assert two is not None
    both = {"one": one.id, "two": two.id}
    log.run(
        "CREATE TEMP TABLE moved AS SELECT * FROM audit_events WHERE id IN (:one, :two)", **both
    )
    log.run("DELETE FROM audit_events WHERE id IN (:one, :two)", **both)
    log.run("UPDATE moved SET id = CASE id WHEN :one THEN :two ELSE :one END", **both)
    log.run("INSERT INTO audit_events OVERRIDING SYSTEM VALUE SELECT * FROM moved")
    return one.id


def an_insertion(log: Log) -> int | None:
    """A copy under the next number of its chain, or beyond: the database takes none twice."""
    it = log.victim()
    new = log.entries[-1].id + 1
    last = max(one.seq for one in log.entries if one.chain == it.chain)
    log.run(
        "INSERT INTO audit_events (id, chain_id, seq, at, actor_id, subject_id, action, outcome,"
        " body, hash) OVERRIDING SYSTEM VALUE"
        " SELECT :new, chain_id, :seq, at, actor_id, subject_id, action, outcome,"
        " body, sha256(hash) FROM audit_events WHERE id = :id",
        new=new, seq=last + log.dice.choice((1, 1, 4)), id=it.id,
    )  # fmt: skip
    return new


def a_head(log: Log) -> int | None:
    change = log.dice.choice(("seq = seq + 1", "seq = seq - 1", "hash = sha256(hash)"))
    log.run(f"UPDATE audit_heads SET {change} WHERE chain_id = :it", it=log.victim().chain)
    return None


def a_signature(log: Log) -> int | None:
    change = log.dice.choice(
        ("signature = sha256(signature)", "root = sha256(root)", "event_count = event_count - 1")
    )
    log.run(f"UPDATE audit_checkpoints SET {change}")
    return None


def a_chain_written_anew(log: Log) -> int | None:
    """All hashes after the change and the head are those of the changed chain."""
    it, hash_ = log.victim(), b"\x00" * 32
    for one in (one for one in log.entries if one.chain == it.chain):
        body = one.body.replace('"ok"', '"no"') if one.seq >= it.seq else one.body
        hash_ = event_hash(hash_, one.seq, one.chain, body)
        changed = ", outcome = 'no'" if body != one.body else ""
        log.run(
            f"UPDATE audit_events SET body = :body, hash = :hash{changed} WHERE id = :id",
            body=body, hash=hash_, id=one.id,
        )  # fmt: skip
    log.run("UPDATE audit_heads SET hash = :hash WHERE chain_id = :it", hash=hash_, it=it.chain)
    return None


KINDS: tuple[Callable[[Log], int | None], ...] = (
    a_byte, a_column, a_removal, a_tail, two_bodies, two_places, an_insertion, a_head, a_signature,
    a_chain_written_anew,
)  # fmt: skip


@pytest.fixture
def entries(session: Session) -> list[Entry]:
    """Some chains through each other, all of them signed."""
    dice, chains = random.Random(1), [uuid.uuid4() for _ in range(CHAINS)]
    for _ in range(EVENTS):
        write(session, case_id=dice.choice(chains))
    assert take_checkpoint(session, NOW) is not None
    session.commit()
    return [Entry(one.id, one.chain_id, one.seq, one.body) for one in events(session)]


@contextmanager
def tampered(superuser: Engine) -> Iterator[Connection]:
    """Undone at the end: the next one finds the log whole."""
    with superuser.connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()


def looked_at(connection: Connection) -> Result:
    with Session(connection) as own:
        return verify(own)


@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=wide)])
def test_every_tampering_is_found_at_its_first_event(
    session: Session, superuser: Engine, entries: list[Entry], evidence: Evidence, count: int
) -> None:
    dice, found = random.Random(count), 0
    session.commit()
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        with tampered(superuser) as connection:
            expected = kind(Log(connection, entries, dice))
            problem = looked_at(connection).problem
        assert problem is not None, f"{number}: {kind.__name__} is not found"
        assert problem.event_id == expected, f"{number}: {kind.__name__}: {problem}"
        found += 1
    evidence("tamperings", "{found:,} of {made:,} found", found=found, made=count)


def test_a_log_that_nobody_touched_is_whole_each_time(
    session: Session, superuser: Engine, entries: list[Entry]
) -> None:
    """The control: what is found above is the change."""
    session.commit()
    for _ in range(3):
        with tampered(superuser) as connection:
            assert looked_at(connection).is_intact
