"""`backup create` and `backup verify`: what is good is proved, and each fault has its name."""

import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from app.auth.models import User
from app.backup import create, members, postgres
from app.backup.checks import sealed_tables
from app.backup.contents import FILES
from app.backup.faults import BackupFault, Fault
from app.backup.members import DUMP
from app.core import clock, crypto, destroyed, embedded
from app.core.crypto import create_keyset_file
from app.people.models import Child
from tests.backup.guide import role_statements
from tests.backup.house import RULES, SECRET, House, destroy_one, make_backup, rebuilt
from tests.evidence import Evidence
from tests.tiers import wide

Houses = Callable[..., House]


def told(house: House, path: Path) -> tuple[int, str]:
    result = house.run("verify", str(path))
    return result.exit_code, result.output


def refused(house: House, path: Path) -> tuple[str, str]:
    """(the code of the fault, its sentence)."""
    result = house.run("verify", "--json", str(path))
    assert result.exit_code == 1, result.output
    found = json.loads(result.output)
    assert found["good"] is False
    first = (found.get("problems") or [found])[0]
    return first["fault"], first["problem"]


def scratches(house: House) -> list[str]:
    with house.connect() as connection:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'vongtay_scratch_%'"
        return [name for (name,) in connection.execute(query).fetchall()]


@pytest.mark.wide
def test_the_command_writes_a_backup_and_proves_it(house: House, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    written = house.run("create", str(path))
    assert written.exit_code == 0, written.output
    assert f"Wrote {path}" in written.output
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    status, said = told(house, path)
    assert status == 0, said
    assert said.startswith("Good: ")
    assert "sealed fields and 1 files opened" in said
    assert scratches(house) == []
    made = house.value("SELECT count(*) FROM audit_events WHERE action = 'backup.made'")
    assert made == 1


def test_what_is_compared(house: House, backup: Path) -> None:
    found = json.loads(house.run("verify", "--json", str(backup)).output)
    assert found["good"] is True
    assert found["problems"] == []
    assert found["fields"] >= 100
    assert found["files"] == 1
    assert 0 < found["events"] <= int(str(house.value("SELECT count(*) FROM audit_events")))


def test_what_is_in_it_and_what_is_not(house: House, backup: Path, evidence: Evidence) -> None:
    content: dict[str, bytes] = {}
    manifest = members.read_backup(
        backup,
        crypto.keyring(),
        lambda name, block: content.update({name: content.get(name, b"") + block}),
    )
    assert manifest.tables["children"] == house.value("SELECT count(*) FROM children")
    assert set(manifest.members) == {
        DUMP, f"{FILES}vapid.pem", f"{FILES}audit-anchors.jsonl", f"{FILES}{RULES}",
    }  # fmt: skip
    keyset = json.loads(house.settings.keyset_file.read_text())
    everything = b"".join(content.values())
    for secret in (keyset["wrap"]["key"][0]["keyData"]["value"], SECRET):
        assert secret.encode() not in everything
    with house.session() as session:
        children = session.scalars(select(Child).limit(5)).unique().all()
        names = [str(child.full_name).encode() for child in children]
        staff = session.scalars(select(User.name).limit(5)).all()
    sealed = backup.read_bytes()
    assert not any(name in everything for name in names)
    assert not any(name.encode() in sealed for name in staff)
    evidence(
        "backup",
        "{found} of {names} children's names and secrets in the dump inside",
        found=0,
        names=len(names) + 2,
    )


def test_the_keyset_is_left_out_wherever_it_lies(house: House, tmp_path: Path) -> None:
    inside = house.instance / "reference" / "keyset.json"
    inside.write_bytes(house.settings.keyset_file.read_bytes())
    settings = house.settings.model_copy(update={"keyset_file": inside})
    try:
        with house.app.app_context():
            manifest = create.create_backup(
                tmp_path / "a", settings=settings, reader=house.urls.superuser, now=clock.now()
            )
    finally:
        inside.unlink()
    assert f"{FILES}reference/keyset.json" not in manifest.members


def test_a_file_that_is_there_is_not_touched(house: House, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("of somebody else")
    result = house.run("create", str(tmp_path / "a"))
    assert result.exit_code == 1
    assert "is there already; nothing was written" in result.output
    assert (tmp_path / "a").read_text() == "of somebody else"


@pytest.mark.parametrize("where", ["nowhere/a", "file/a"])
def test_a_folder_that_cannot_be_written_is_named(house: House, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    result = house.run("create", str(tmp_path / where))
    assert result.exit_code == 1
    assert result.output.startswith("NOT WRITTEN. ")


def test_a_full_disk_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    """A limit on the size of files is what a full disk is to who writes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        result = house.run("create", str(tmp_path / "a"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert result.exit_code == 1
    assert "File too large" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_read_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    with pytest.raises((BackupFault, psycopg.Error)), house.app.app_context():
        create.create_backup(
            tmp_path / "a", settings=house.settings, reader=house.urls.app, now=clock.now()
        )
    assert list(tmp_path.iterdir()) == []


def test_one_byte_flipped(house: House, backup: Path, tmp_path: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 4
    (tmp_path / "a").write_bytes(content)
    fault, words = refused(house, tmp_path / "a")
    assert fault == Fault.CHANGED
    assert "does not open: the file was changed or damaged there" in words
    status, said = told(house, tmp_path / "a")
    assert status == 1
    assert said.startswith(f"BAD. {tmp_path / 'a'}: piece ")


@pytest.mark.parametrize(
    "name", [DUMP, *(pytest.param(f"{FILES}{name}", marks=wide) for name in ("vapid.pem", RULES))]
)
def test_a_member_dropped(house: House, backup: Path, tmp_path: Path, name: str) -> None:
    path = rebuilt(backup, tmp_path / "a", leave_out=name)
    assert refused(house, path) == (Fault.MEMBER_MISSING, f"the member {name} is missing")


def test_a_member_changed(house: House, backup: Path, tmp_path: Path) -> None:
    path = rebuilt(
        backup, tmp_path / "a",
        change=lambda name, content: b"other" if name.endswith(".pem") else content,
    )  # fmt: skip
    assert refused(house, path)[0] == Fault.MEMBER_CHANGED


def test_a_member_that_nobody_announced(house: House, backup: Path, tmp_path: Path) -> None:
    name = f"{FILES}vapid.pem"

    def forget(manifest: members.Manifest) -> members.Manifest:
        known = {key: value for key, value in manifest.members.items() if key != name}
        return manifest.model_copy(update={"members": known})

    path = rebuilt(backup, tmp_path / "a", say=forget)
    assert refused(house, path)[0] == Fault.MEMBER_UNKNOWN


def test_the_wrong_key(house: House, backup: Path, tmp_path: Path) -> None:
    create_keyset_file(tmp_path / "other.json")
    crypto.install(tmp_path / "other.json")
    fault, words = refused(house, backup)
    assert fault == Fault.OTHER_KEYSET
    assert "KEYSET_FILE" in words


@pytest.mark.parametrize("kept", [*(pytest.param(part, marks=wide) for part in (0.2, 0.9)), 0.999])
def test_a_truncated_file(house: House, backup: Path, tmp_path: Path, kept: float) -> None:
    content = backup.read_bytes()
    (tmp_path / "a").write_bytes(content[: int(len(content) * kept)])
    fault, words = refused(house, tmp_path / "a")
    assert fault == Fault.TRUNCATED
    assert "truncated" in words


def test_what_is_no_backup(house: House, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"PGDMP" * 1000)
    assert refused(house, tmp_path / "a") == (
        Fault.NOT_A_BACKUP, "it is not a backup of Vòng Tay",
    )  # fmt: skip


def test_a_backup_of_a_newer_program(house: House, backup: Path, tmp_path: Path) -> None:
    path = rebuilt(
        backup, tmp_path / "a", say=lambda told: told.model_copy(update={"revision": "9999"})
    )
    assert refused(house, path)[0] == Fault.NEWER_SCHEMA


@wide
def test_a_backup_older_than_the_anchor_is_good_and_says_what_is_missing(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    later = houses(house)
    make_backup(later, tmp_path / "a")
    assert "Note." not in told(later, tmp_path / "a")[1]
    assert later.run("create", str(tmp_path / "b")).exit_code == 0  # an event
    later.sign_log()
    status, said = told(later, tmp_path / "a")
    assert status == 0
    assert "Good: " in said
    assert "OLDER than the anchors of this installation" in said
    assert "the log went on to checkpoint 2 of" in said
    assert "the backup ends at checkpoint 1 of" in said
    assert "restore it only if there is no newer backup" in said


@wide
def test_a_backup_that_lacks_what_an_older_anchor_signed_is_broken(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    """Not older: rewritten. The anchors of before must be found in it."""
    other = houses(house)
    other.sign_log()
    for event in ("a", "b"):
        assert other.run("create", str(tmp_path / event)).exit_code == 0
        other.sign_log()
    make_backup(other, tmp_path / "good")
    assert told(other, tmp_path / "good")[0] == 0
    other.execute(
        "DELETE FROM audit_checkpoints WHERE id <> (SELECT max(id) FROM audit_checkpoints)"
    )
    make_backup(other, tmp_path / "bad")
    assert refused(other, tmp_path / "bad")[0] == Fault.LOG_BROKEN


@pytest.mark.wide
def test_a_log_that_was_changed_in_the_database_is_found_in_its_backup(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    """The file is whole and opens; what is in it is not what it should be."""
    other = houses(house)
    last = "(SELECT max(id) FROM audit_events)"
    other.execute(f"UPDATE audit_events SET body = replace(body, 'ok', 'no') WHERE id = {last}")
    make_backup(other, tmp_path / "a")
    fault, words = refused(other, tmp_path / "a")
    assert fault == Fault.LOG_BROKEN
    assert words.startswith(f"the audit log is broken: event {other.value(last[1:-1])}: ")
    assert scratches(other) == []


@wide
def test_what_was_changed_in_the_database_is_found_in_its_backup(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    """All that is wrong is told, not only the first."""
    other = houses(house)
    other.execute(
        "UPDATE children SET full_name_sealed = residence_text_sealed,"
        " residence_text_sealed = full_name_sealed"
    )
    other.execute("UPDATE file_chunks SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)")
    make_backup(other, tmp_path / "a")
    status, said = told(other, tmp_path / "a")
    assert status == 1
    assert "BAD. the sealed field children.full_name of row " in said
    assert "BAD. the sealed field children.residence_text of row " in said
    assert "is not what was stored." in said


@wide
def test_rows_that_are_missing_after_the_restore(
    house: House, backup: Path, tmp_path: Path
) -> None:
    def more(manifest: members.Manifest) -> members.Manifest:
        rows = {**manifest.tables, "children": manifest.tables["children"] + 1}
        return manifest.model_copy(update={"tables": rows})

    fault, words = refused(house, rebuilt(backup, tmp_path / "a", say=more))
    assert fault == Fault.COUNTS_DIFFER
    assert words.startswith("table children: ")


def test_a_dump_that_is_cut_is_no_backup_though_its_hash_fits(
    house: House, backup: Path, tmp_path: Path
) -> None:
    path = rebuilt(
        backup, tmp_path / "a", is_told=True,
        change=lambda name, content: content[: len(content) // 2] if name == DUMP else content,
    )  # fmt: skip
    fault, words = refused(house, path)
    assert fault == Fault.NOT_RESTORED
    assert "the database in it cannot be restored" in words
    assert scratches(house) == []


def test_every_column_of_sealed_text_is_among_those_opened(house: House) -> None:
    """The sample has at least one of each column that is filled."""
    names = {str(model.__tablename__) for model in sealed_tables()}
    assert {"children", "carers", "case_events", "users", "stored_files"} <= names


@pytest.mark.wide
def test_what_a_killed_process_left_is_dropped_the_next_time(house: House, backup: Path) -> None:
    with house.connect() as connection:
        connection.execute("CREATE DATABASE vongtay_scratch_20200101000000_00000000")
    assert told(house, backup)[0] == 0
    assert scratches(house) == []


def test_the_real_database_is_only_read(house: House, backup: Path) -> None:
    """Not one row is written by a proof: the sum of what the server counted stays."""
    query = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
    with house.connect() as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
    before = house.value(query)
    assert told(house, backup)[0] == 0
    assert house.value(query) == before


def test_the_list_of_destroyed_keys_is_in_the_backup(
    houses: Houses, house: House, tmp_path: Path
) -> None:
    other = houses(house)
    key = destroy_one(other)
    assert other.run("create", str(tmp_path / "a")).exit_code == 0
    content: dict[str, bytes] = {}
    members.read_backup(
        tmp_path / "a", crypto.keyring(), lambda name, block: content.update({name: block})
    )
    assert key in content[f"{FILES}{destroyed.FILE}"].decode()


@pytest.fixture
def backup_role(house: House) -> Iterator[str]:
    """The role for backups, by the statements of the guide; its address."""
    statements = role_statements()
    with house.connect() as connection:
        for statement in statements:
            connection.execute(statement.replace("vongtay TO", f"{house.name} TO"))
    yield house.urls.app.replace("vongtay_app", "vongtay_backup")
    with house.connect() as connection:
        connection.execute("DROP OWNED BY vongtay_backup")
        connection.execute("DROP ROLE vongtay_backup")


@pytest.mark.wide
def test_the_role_of_the_guide_backs_up_and_proves_and_changes_nothing(
    house: House, backup_role: str, tmp_path: Path
) -> None:
    settings = house.settings.model_copy(update={"backup_database_url": backup_role})
    house.app.extensions["settings"] = settings
    try:
        assert house.run("create", str(tmp_path / "a")).exit_code == 0
        status, said = told(house, tmp_path / "a")
    finally:
        house.app.extensions["settings"] = house.settings
    assert status == 0, said
    with psycopg.connect(backup_role.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM children").fetchone() != (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM children")


def test_the_role_of_the_application_is_not_enough_and_that_is_said(
    house: House, backup: Path, tmp_path: Path
) -> None:
    settings = house.settings.model_copy(update={"backup_database_url": house.urls.app})
    house.app.extensions["settings"] = settings
    try:
        made, proved = house.run("create", str(tmp_path / "a")), house.run("verify", str(backup))
    finally:
        house.app.extensions["settings"] = house.settings
    assert made.exit_code == proved.exit_code == 1
    assert "the database was not dumped: pg_dump: error: " in made.output
    assert "the database refuses: permission denied to create database" in proved.output
    assert list(tmp_path.iterdir()) == []


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupFault) as found:
        postgres.program("pg_dump", 99)
    assert found.value.fault is Fault.NO_PROGRAM
    monkeypatch.setenv("PATH", "")
    assert postgres.program("pg_dump", 15) == embedded.program("pg_dump")
