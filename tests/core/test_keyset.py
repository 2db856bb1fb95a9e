"""The keyset is changed while everybody works: nothing becomes unreadable, nobody is stopped."""

import json
import os
import stat
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.core import clock, crypto, keyset
from app.core.crypto import Keyring, keyring, wrapped_under
from app.core.db import db
from app.core.keyset import KeysetError
from app.core.rewrap import rewrap, rewrap_batch, wrapped_counts
from app.core.sealed import DataKey
from app.people.models import Child
from config import Settings
from tests.evidence import Evidence
from tests.factories import ChildFactory

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "keyset.json"
    keyset.create_keyset_file(made, NOW)
    return made


@pytest.fixture
def installed(path: Path, settings: Settings, app: Flask) -> Iterator[Path]:
    """The keyset of this process and of its commands, for one test."""
    before = keyring().path
    app.extensions["settings"] = settings.model_copy(update={"keyset_file": path})
    crypto.install(path)
    yield path
    crypto.install(before)
    app.extensions["settings"] = settings


def numbers(path: Path, part: str = "wrap") -> list[int]:
    return [key.number for key in keyset.keys_in(keyset.read_keyset(path)) if key.part == part]


def keys(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["keys", *arguments])


def test_a_rotation_adds_a_primary_key_and_keeps_the_earlier_ones(path: Path) -> None:
    before = Keyring(path)
    key_id = uuid.uuid4()
    wrapped, signed = before.new_data_key(key_id), before.sign(b"head")
    assert keyset.rotate_keys(path, now=LATER) == 2
    after = Keyring(path)
    assert len(numbers(path)) == len(numbers(path, "sign")) == 2
    assert after.primary == numbers(path)[1] != wrapped_under(wrapped)
    after.fresh_cipher(key_id, wrapped)
    assert after.verify(signed, b"head")
    assert after.verify(after.sign(b"new"), b"new")


def test_numbers_are_found_as_before(path: Path) -> None:
    before = Keyring(path).lookup("phone", "1")
    keyset.rotate_keys(path, now=LATER)
    assert Keyring(path).lookup("phone", "1") == before
    assert len(numbers(path, "lookup")) == 1


def test_the_file_is_replaced_whole_and_the_old_one_stays_beside(path: Path) -> None:
    old = path.read_text()
    keyset.rotate_keys(path, now=LATER)
    keyset.rotate_keys(path, now=LATER)
    copies = [keyset.copy_of(path, number) for number in (1, 2)]
    assert copies[0].read_text() == old
    for one in (path, *copies):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["serial"] == 3
    left = {one.name for one in path.parent.iterdir()}
    assert left == {path.name, *(one.name for one in copies), f".{path.name}.lock"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_changes_stays_the_servers(path: Path) -> None:
    os.chown(path, 12345, 12345)
    keyset.rotate_keys(path, now=LATER)
    for one in (path, keyset.copy_of(path, 1), path.with_name(f".{path.name}.lock")):
        assert (one.stat().st_uid, one.stat().st_gid) == (12345, 12345), one


def test_a_change_that_stopped_half_way_is_made_again(path: Path) -> None:
    keyset.copy_of(path, 1).hardlink_to(path)  # all that an interrupted change leaves
    assert keyset.rotate_keys(path, now=LATER) == 2


def test_a_file_from_before_the_dates_is_rotated_too(path: Path) -> None:
    plain = {part: json.loads(path.read_text())[part] for part in keyset.PARTS}
    path.write_text(json.dumps(plain))
    assert [key.made for key in keyset.keys_in(keyset.read_keyset(path))] == [None] * 3
    assert keyset.rotate_keys(path, now=LATER) == 2
    assert Keyring(path).numbers == set(numbers(path))


def test_of_two_at_once_one_does_it(path: Path) -> None:
    serial = int(keyset.read_keyset(path)["serial"])
    start = threading.Barrier(2)

    def turn() -> str:
        start.wait()
        try:
            return str(keyset.rotate_keys(path, now=LATER, serial=serial))
        except KeysetError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        said = sorted(one.result() for one in [pool.submit(turn) for _ in range(2)])
    assert said[0] == "2"
    assert "somebody else" in said[1]
    assert len(numbers(path)) == 2


def test_a_key_is_added_on_all_machines_before_one_writes_with_it(path: Path) -> None:
    ring = Keyring(path)
    old = ring.primary
    keyset.add_keys(path, now=LATER)
    assert ring.primary == old  # everybody reads the new one, nobody writes with it
    assert len(ring.numbers) == 2
    for change in (keyset.add_keys, keyset.rotate_keys):
        with pytest.raises(KeysetError, match="promote"):
            change(path, now=LATER)
    keyset.promote_keys(path, now=LATER)
    assert ring.primary == numbers(path)[1]
    with pytest.raises(KeysetError, match="no added key"):
        keyset.promote_keys(path, now=LATER)


def test_only_what_is_used_no_more_is_retired(path: Path) -> None:
    first = numbers(path)[0]
    with pytest.raises(KeysetError, match="in use"):
        keyset.retire_key(path, first, now=LATER)
    with pytest.raises(KeysetError, match="no key 7"):
        keyset.retire_key(path, 7, now=LATER)
    keyset.add_keys(path, now=LATER)
    with pytest.raises(KeysetError, match="never primary"):
        keyset.retire_key(path, numbers(path)[1], now=LATER)
    keyset.promote_keys(path, now=LATER)
    with pytest.raises(KeysetError, match="less than an hour"):
        keyset.retire_key(path, first, now=LATER + timedelta(minutes=59))
    keyset.retire_key(path, first, now=LATER + timedelta(minutes=61))
    assert numbers(path) == [Keyring(path).primary]
    assert len(numbers(path, "sign")) == 2  # earlier checkpoints are verified for ever


def test_a_running_process_takes_a_newer_file_over(path: Path) -> None:
    running, key_id = Keyring(path), uuid.uuid4()
    old = running.new_data_key(key_id)
    keyset.rotate_keys(path, now=LATER)
    other = Keyring(path)
    met = other.new_data_key(key_id)
    assert wrapped_under(met) != wrapped_under(old)
    assert running.fresh_cipher(key_id, met)  # a key it did not know when it began
    assert wrapped_under(running.new_data_key(key_id)) == other.primary
    assert running.cipher(key_id, old)
    keyset.rotate_keys(path, now=LATER)
    assert running.verify(Keyring(path).sign(b"head"), b"head")


@pytest.mark.parametrize("junk", ["", "{", "{}", '{"wrap": 1, "lookup": 2, "sign": 3}', "[]"])
def test_a_file_that_is_being_copied_stops_nobody(path: Path, junk: str) -> None:
    ring, key_id, good = Keyring(path), uuid.uuid4(), path.read_text()
    wrapped = ring.new_data_key(key_id)
    path.write_text(junk)
    assert ring.cipher(key_id, ring.new_data_key(key_id))
    path.unlink()
    assert ring.cipher(key_id, wrapped)
    path.write_text(good)
    keyset.rotate_keys(path, now=LATER)
    assert ring.primary == numbers(path)[1]


def test_all_data_keys_are_wrapped_again(session: Session, installed: Path) -> None:
    children = [ChildFactory(full_name=f"Trẻ {n}") for n in range(7)]
    erased = children.pop()
    session.commit()
    erased.key.destroy(now=clock.now())
    session.commit()
    old = keyring().primary
    keyset.rotate_keys(installed, now=LATER)
    with db.sessionmaker.begin() as other:
        assert rewrap_batch(other, limit=4) == 4
    with db.sessionmaker() as other:
        assert wrapped_counts(other) == {old: 2, keyring().primary: 4}
    rewrap(session, clock.now())
    rewrap(session, clock.now())  # a second time changes nothing
    session.expire_all()
    assert wrapped_counts(session) == {keyring().primary: 6}
    names = {session.get_one(Child, child.id).full_name for child in children}
    assert names == {f"Trẻ {n}" for n in range(6)}
    assert session.get_one(DataKey, erased.key_id).wrapped is None


def test_what_another_holds_is_left_for_the_next_run(session: Session, installed: Path) -> None:
    held, free = ChildFactory(), ChildFactory()
    session.commit()
    keyset.rotate_keys(installed, now=LATER)
    with db.sessionmaker.begin() as holder:
        holder.scalars(select(DataKey).where(DataKey.id == held.key_id).with_for_update()).one()
        rewrap(session, clock.now())
    session.expire_all()
    under = {one.id: wrapped_under(one.wrapped or b"") for one in session.scalars(select(DataKey))}
    assert under[free.key_id] == keyring().primary != under[held.key_id]
    rewrap(session, clock.now())
    session.rollback()
    assert wrapped_counts(session) == {keyring().primary: 2}


def test_a_rotation_under_load_stops_nobody(
    session: Session, installed: Path, app: Flask, evidence: Evidence
) -> None:
    """Readers, writers and two who wrap again, while the keyset is rotated three times."""
    ids = [ChildFactory(full_name="Nguyễn Văn An").id for _ in range(20)]
    session.commit()
    over, ready = threading.Event(), threading.Barrier(6)

    def read() -> int:
        ready.wait()
        done = 0
        with app.app_context():
            while not over.is_set():
                with db.sessionmaker() as mine:
                    found = mine.scalars(select(Child)).unique().all()
                    assert all(one.full_name for one in found)
                    done += len(found)
        return done

    def write() -> int:
        ready.wait()
        done = 0
        with app.app_context():
            while not over.is_set():
                with db.sessionmaker.begin() as mine:
                    key = DataKey.new()
                    mine.add(Child(key=key, full_name="Trần Thị Bình", created_at=clock.now()))
                    known = mine.get_one(Child, ids[done % len(ids)], with_for_update={"of": Child})
                    known.full_name = f"Nguyễn Văn An {done}"
                done += 1
        return done

    def again() -> int:
        ready.wait()
        done = 0
        with app.app_context():
            while not over.is_set():
                with db.sessionmaker.begin() as mine:
                    done += rewrap_batch(mine, limit=10)
        return done

    with ThreadPoolExecutor(5) as pool:
        work = [pool.submit(one) for one in (read, read, write, again, again)]
        ready.wait()
        for _ in range(3):
            keyset.rotate_keys(installed, now=LATER)
            with db.sessionmaker.begin() as other:
                while rewrap_batch(other, limit=50):
                    pass
        over.set()
        done = [one.result(timeout=60) for one in work]
    assert all(done[:3])
    rewrap(session, clock.now())
    session.rollback()
    assert set(wrapped_counts(session)) == {keyring().primary}
    fresh = Keyring(installed)
    assert fresh.primary == numbers(installed)[3]
    for key in session.scalars(select(DataKey)):
        fresh.fresh_cipher(key.id, key.wrapped or b"")
    evidence(
        "rotation",
        "{failed} of {read:,} readings and {written:,} writings failed in {times} rotations",
        failed=0,
        read=done[0] + done[1],
        written=done[2],
        times=3,
    )


def test_the_commands(session: Session, installed: Path, app: Flask) -> None:
    ChildFactory()
    session.commit()
    first = numbers(installed)[0]
    shown = keys(app, "show").output
    assert f"{first} " in shown.replace("\n", " ")
    assert "1 data keys" in shown
    assert keys(app, "rotate").exit_code == 0
    refused = keys(app, "retire", str(first))
    assert refused.exit_code == 1
    assert "1 data keys are still wrapped" in refused.output
    rewrap(session, clock.now())
    assert "less than an hour" in keys(app, "retire", str(first)).output
    _long_ago(installed)
    assert keys(app, "retire", str(first)).exit_code == 0
    assert first not in numbers(installed)
    session.rollback()
    steps = [
        json.loads(body)["data"]["step"]
        for body in session.scalars(
            select(AuditEvent.body)
            .where(AuditEvent.action == "keys.changed")
            .order_by(AuditEvent.id)
        )
    ]
    assert steps == ["rotated", "retired"]  # a refusal leaves the log as it was


def test_who_lacks_the_newer_file_changes_nothing(
    session: Session, installed: Path, app: Flask
) -> None:
    older = installed.read_text()
    keyset.rotate_keys(installed, now=LATER)
    ChildFactory()
    session.commit()
    installed.write_text(older)
    assert "MISSING" in keys(app, "show").output
    for command in ("rotate", "add"):
        refused = keys(app, command)
        assert refused.exit_code == 1
        assert "copy the newer file" in refused.output
    assert len(numbers(installed)) == 1


def _long_ago(path: Path) -> None:
    content = json.loads(path.read_text())
    for dates in content["dates"]["wrap"].values():
        for what in dates:
            dates[what] = NOW.replace(year=2025).isoformat()
    path.write_text(json.dumps(content))
