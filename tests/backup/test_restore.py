"""`backup restore`: the house that comes back works, and what was erased since stays erased."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app.auth.models import User
from app.backup.restore import put_back
from app.cases.models import Case
from app.core import clock, crypto, destroyed, migrate
from app.core.crypto import create_keyset_file
from app.core.db import db
from app.core.schema import newest
from app.core.sealed import DataKey
from app.people.models import Child
from tests.backup.house import RULES, House, destroy_one, make_backup, rebuilt
from tests.browser import Browser
from tests.tiers import wide

Houses = Callable[..., House]
PASSWORD = "vong-tay-demo"
REVISION = "SELECT version_num FROM alembic_version"


def restored(house: House, path: Path, *options: str, typed: str = "") -> tuple[int, str]:
    house.close()
    result = house.run("restore", str(path), *options, typed=typed)
    return result.exit_code, result.output


def count(house: House, table: str) -> object:
    return house.value(f"SELECT count(*) FROM {table}")


def test_a_house_comes_back_on_an_empty_machine_and_works(
    houses: Houses, house: House, backup: Path
) -> None:
    new = houses()
    status, said = restored(new, backup)
    assert status == 0, said
    assert "Next:" in said and "audit verify" in said
    for table in ("children", "cases", "case_events", "file_chunks", "users"):
        assert count(new, table) == count(house, table)
    assert (new.instance / RULES).read_text() == "# replaced\n"
    assert (new.instance / "vapid.pem").stat().st_mode & 0o777 == 0o600
    verified = new.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert verified.exit_code == 0, verified.output
    assert count(new, "audit_events WHERE action = 'backup.restored'") == 1
    with new.app.app_context(), db.sessionmaker() as session:
        browser = Browser(new.app, session)
        fields = {"username": "worker", "password": PASSWORD}
        browser.submit("auth.sign_in", fields, expect=303)
        worker = session.scalars(select(User).where(User.username == "worker")).one()
        cases = select(Case).where(Case.owner_id == worker.id).limit(1)
        case = session.scalars(cases).unique().first()
        assert case is not None
        child = session.get_one(Child, case.child_id)
        page = browser.get("cases.show", case_id=case.id)
        assert str(child.full_name) in page.text


@wide
def test_what_is_there_is_replaced_only_when_asked_for(
    houses: Houses, house: House, backup: Path
) -> None:
    other = houses(house)
    other.execute("DELETE FROM case_events")
    status, said = restored(other, backup)
    assert status == 1
    assert "The database is not empty; nothing was changed." in said
    status, said = restored(other, backup, "--replace", typed="n\n")
    assert status == 1
    assert "Go on?" in said
    assert count(other, "case_events") == 0
    status, said = restored(other, backup, "--replace", typed="y\n")
    assert status == 0, said
    assert count(other, "case_events") == count(house, "case_events")


@pytest.mark.wide
def test_it_refuses_while_somebody_works(houses: Houses, house: House, backup: Path) -> None:
    other = houses(house)
    with other.connect():
        status, said = restored(other, backup, "--replace", "--yes")
    assert status == 1
    assert "the database is in use (1 connections of others)" in said
    assert restored(other, backup, "--replace", "--yes")[0] == 0


@pytest.mark.wide
def test_what_was_erased_since_is_erased_again(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    """From the list here, from the list beside the backup, and from the one in the backup."""
    other = houses(house)
    before = destroy_one(other)
    with other.session() as session:
        keys = [str(key) for key in session.scalars(select(DataKey.id).limit(2))]
    (tmp_path / "b").mkdir()
    path = tmp_path / "b" / "a.backup"
    assert other.run("create", str(path)).exit_code == 0
    now = clock.now().isoformat()
    beside = destroyed.file_in(path.parent)
    beside.write_text(json.dumps({"id": keys[1], "at": now}) + "\n{cut off")
    list_here = destroyed.file_in(other.instance)
    list_here.write_text(list_here.read_text() + json.dumps({"id": keys[0], "at": now}) + "\n")
    status, said = restored(other, path, "--replace", "--yes")
    assert status == 0, said
    assert "Erased again: 2 keys" in said
    for key in (before, *keys):
        gone = "SELECT wrapped IS NULL AND destroyed_at IS NOT NULL FROM data_keys WHERE id = %s"
        assert other.value(gone, key) is True
    assert {str(key) for key in destroyed.read_destroyed(list_here)} == {before, *keys}
    assert count(other, "data_keys WHERE wrapped IS NULL") == 3


@pytest.mark.wide
def test_nobody_is_signed_in_afterwards(houses: Houses, house: House, tmp_path: Path) -> None:
    other = houses(house)
    with other.session() as session:
        user = session.scalars(select(User).where(User.username == "worker")).one()
        browser = Browser(other.app, session).sign_in(user)
    browser.open("/auth/profile")
    make_backup(other, tmp_path / "a")
    assert restored(other, tmp_path / "a", "--replace", "--yes")[0] == 0
    browser.open("/auth/profile", expect=302)


@wide
def test_the_anchors_of_a_longer_log_are_kept_under_another_name(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    other = houses(house)
    for name in ("first", "second"):
        assert other.run("create", str(tmp_path / name)).exit_code == 0  # an event
        if name == "first":
            other.sign_log()
            make_backup(other, tmp_path / "a")
    other.sign_log()
    anchors = other.instance / "audit-anchors.jsonl"
    longer = anchors.read_text()
    status, said = restored(other, tmp_path / "a", "--replace", "--yes")
    assert status == 0, said
    (kept,) = other.instance.glob("audit-anchors.jsonl.before-*")
    assert kept.read_text() == longer
    assert str(kept) in said
    assert longer.startswith(anchors.read_text())
    assert other.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    from_elsewhere = other.app.test_cli_runner().invoke(
        args=["audit", "verify", "--anchor", str(kept)]
    )
    assert "no longer contains" in from_elsewhere.output


@wide
def test_a_bad_backup_changes_nothing(
    houses: Houses, house: House, backup: Path, tmp_path: Path
) -> None:
    other = houses(house)
    before = count(other, "case_events")
    content = bytearray(backup.read_bytes())
    content[-1000] ^= 1
    (tmp_path / "flipped").write_bytes(content)
    cut = rebuilt(
        backup, tmp_path / "cut", is_told=True,
        change=lambda name, old: old[: len(old) // 2] if name == "database.dump" else old,
    )  # fmt: skip
    for path in (tmp_path / "flipped", cut):
        status, said = restored(other, path, "--replace", "--yes")
        assert status == 1
        assert said.startswith("NOT RESTORED.")
        assert count(other, "case_events") == before
        assert not list(other.instance.glob("*.before-*"))


def test_the_wrong_key_changes_nothing(houses: Houses, backup: Path, tmp_path: Path) -> None:
    new = houses()
    create_keyset_file(tmp_path / "other.json")
    crypto.install(tmp_path / "other.json")
    status, said = restored(new, backup)
    assert status == 1
    assert "another keyset" in said
    assert new.value("SELECT to_regclass('public.users')") is None


@wide
def test_an_older_schema_is_brought_up_to_date(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    """A backup of before the newest migration is restored into the program of today."""
    old, new = houses(house), houses()
    migrate.downgrade(old.urls.owner, "-1")
    assert old.value(REVISION) != newest()
    make_backup(old, tmp_path / "a")
    status, said = restored(new, tmp_path / "a")
    assert status == 0, said
    assert new.value(REVISION) == newest()


def test_anchors_are_put_aside_though_the_backup_has_none(tmp_path: Path) -> None:
    (tmp_path / "audit-anchors.jsonl").write_text("signed later")
    (tmp_path / "vapid.pem").write_text("stays")
    (kept,) = put_back({}, tmp_path, clock.now())
    assert kept.read_text() == "signed later"
    assert not (tmp_path / "audit-anchors.jsonl").exists()
    assert (tmp_path / "vapid.pem").read_text() == "stays"


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "reference/../../x"])
def test_a_member_never_leaves_the_instance_folder(
    houses: Houses, backup: Path, tmp_path: Path, name: str
) -> None:
    """Who has the keyset could write such a member; it is passed over."""
    folder = tmp_path / "deep" / "instance"
    folder.mkdir(parents=True)
    put_back({name: b"x"}, folder, clock.now())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
