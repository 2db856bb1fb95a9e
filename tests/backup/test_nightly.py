"""The backup of each night: made, proved, kept, and an alarm where it was not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.backup import nightly, queries
from app.backup.faults import Fault
from app.backup.jobs import BACK_UP
from app.backup.models import BackupOutcome, BackupRun
from app.backup.queries import BackupState, backup_state, last_night
from app.core import clock, destroyed
from app.core.destroyed import KEEP_DESTROYED, keep_destroyed, read_destroyed, replay
from app.core.jobs import JobLease
from app.core.sealed import DataKey
from app.jobs.runner import run
from config import Settings
from tests.backup.house import House, destroy_one
from tests.browser import Browser
from tests.factories import UserFactory

Houses = Callable[..., House]
NIGHT = datetime(2026, 11, 26, 2, 30, tzinfo=clock.LOCAL)


@pytest.fixture
def nights(houses: Houses, house: House, tmp_path: Path) -> House:
    """A copy of the house with a folder for its backups."""
    found = houses(house)
    own = {"backup_dir": tmp_path / "backups", "backup_keep": 2}
    found.settings = found.settings.model_copy(update=own)
    found.app.extensions["settings"] = found.settings
    return found


def folder(house: House) -> Path:
    assert house.settings.backup_dir is not None
    return house.settings.backup_dir


def names(house: House) -> list[str]:
    return sorted(path.name for path in folder(house).iterdir())


def runs(house: House) -> list[BackupRun]:
    with house.session() as session:
        found = queries.recent_runs(session)
        session.expunge_all()
        return found


@pytest.mark.wide
def test_a_night_is_made_proved_and_told(nights: House) -> None:
    key = destroy_one(nights)
    (nights.instance / "audit-anchors.jsonl").write_text("")
    with nights.session() as session:
        keep_destroyed(session, destroyed.file_in(nights.instance))
    assert run(nights.app, BACK_UP)
    (row,) = runs(nights)
    assert row.outcome is BackupOutcome.PROVED
    assert row.fault is None
    assert row.file in names(nights)
    assert row.bytes == (folder(nights) / row.file).stat().st_size
    assert row.fields and row.fields >= 100 and row.files == 1 and row.events
    assert folder(nights).stat().st_mode & 0o777 == 0o700
    assert key in (folder(nights) / destroyed.FILE).read_text()
    assert "audit-anchors.jsonl" in names(nights)
    assert nights.value("SELECT count(*) FROM audit_events WHERE action = 'backup.made'") == 1


@pytest.mark.wide
def test_it_is_made_once_a_night_and_old_ones_make_room(nights: House) -> None:
    for hours, made in ((0, 1), (1, 1), (23.9, 1), (24.1, 2), (48.1, 3), (60, 3)):
        with time_machine.travel(NIGHT + timedelta(hours=hours, minutes=1), tick=True):
            assert run(nights.app, BACK_UP)
        assert len(runs(nights)) == made
    kept = [name for name in names(nights) if name.endswith(".backup")]
    assert kept == ["vongtay-20261127-023700.backup", "vongtay-20261128-023700.backup"]


def test_without_a_folder_nothing_is_made(houses: Houses, house: House) -> None:
    off = houses(house)
    assert run(off.app, BACK_UP)
    assert runs(off) == []


@pytest.mark.wide
def test_a_backup_that_is_not_proved_is_set_aside_and_tried_again(nights: House) -> None:
    nights.execute("UPDATE stored_files SET sha256 = sha256('\\x00')")
    with time_machine.travel(NIGHT + timedelta(minutes=5), tick=True):
        assert not run(nights.app, BACK_UP)
    (row,) = runs(nights)
    assert (row.outcome, row.fault) == (BackupOutcome.FAILED, Fault.FILE_DAMAGED)
    assert [name for name in names(nights) if name.startswith("v")] == [f"{row.file}.failed"]
    with time_machine.travel(NIGHT + timedelta(minutes=20), tick=True):
        assert run(nights.app, BACK_UP)
    assert len(runs(nights)) == 1
    with time_machine.travel(NIGHT + timedelta(minutes=70), tick=True):
        assert not run(nights.app, BACK_UP)
    assert len(runs(nights)) == 2
    assert len([name for name in names(nights) if name.endswith(".failed")]) == 1
    with nights.session() as session:
        lease = session.get_one(JobLease, BACK_UP.name)
        assert (lease.failures, lease.error) == (1, "BackupFailed")


def test_a_folder_that_cannot_be_written_is_a_failure_with_a_name(
    nights: House, tmp_path: Path
) -> None:
    (tmp_path / "backups").write_text("a file")
    assert not run(nights.app, BACK_UP)
    (row,) = runs(nights)
    assert (row.outcome, row.fault, row.file) == (BackupOutcome.FAILED, Fault.NOT_WRITTEN, None)


@pytest.mark.parametrize(
    ("now", "night"),
    [("2026-11-26T02:29", "2026-11-25T02:30"), ("2026-11-26T02:30", "2026-11-26T02:30"),
     ("2026-11-26T23:59", "2026-11-26T02:30")],
)  # fmt: skip
def test_which_night_was_the_last(now: str, night: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=clock.LOCAL)
    assert last_night(moment) == datetime.fromisoformat(night).replace(tzinfo=clock.LOCAL)


def ran(session: Session, hours_ago: float, outcome: BackupOutcome, **values: object) -> None:
    at = clock.now() - timedelta(hours=hours_ago)
    fields = {"fault": None, "file": "vongtay-20261126-023000.backup", "bytes": 5_000_000,
              "made_ms": 1200, "proved_ms": 3400, "events": 10, "fields": 100,
              "files": 3}  # fmt: skip
    session.add(BackupRun(started_at=at, ended_at=at, outcome=outcome, **(fields | values)))
    session.commit()


PROVED, FAILED = BackupOutcome.PROVED, BackupOutcome.FAILED


@pytest.mark.parametrize(
    ("history", "is_on", "state"),
    [
        ([], False, BackupState.OFF),
        ([], True, BackupState.NONE_YET),
        ([(3, PROVED)], True, BackupState.GOOD),
        ([(27, PROVED)], True, BackupState.LATE),
        ([(25, PROVED), (1, FAILED)], True, BackupState.FAILED),
        ([(3, FAILED), (1, PROVED)], True, BackupState.GOOD),
    ],
)
def test_the_state_of_the_backups(
    session: Session, history: list[tuple[float, BackupOutcome]], is_on: bool, state: BackupState
) -> None:
    for hours, outcome in history:
        ran(session, hours, outcome)
    assert backup_state(session, clock.now(), is_on=is_on) is state


@pytest.fixture
def backed_up(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The application of the other tests, with a folder for backups."""
    own = settings.model_copy(update={"backup_dir": tmp_path, "demo": False})
    app.extensions["settings"] = own
    yield app
    app.extensions["settings"] = settings


def test_the_page_and_the_alarm(backed_up: Flask, browser: Browser, session: Session) -> None:
    admin = UserFactory(role=Role.ADMINISTRATOR)
    ran(session, 25, PROVED)
    browser.sign_in(admin)
    page = browser.get("backups.index")
    assert page.select_one(".stop") is None
    assert "4,8 MB" in page.text and "100 ô, 3 tài liệu" in page.text
    assert "sao lưu gần nhất hỏng" not in browser.open("/").text
    assert backed_up.test_client().get("/readyz/backup").status_code == 200
    ran(session, 1, FAILED, fault=Fault.NOT_WRITTEN, file=None, bytes=None, proved_ms=None)
    page = browser.get("backups.index")
    stop = page.select_one(".stop")
    assert stop is not None and "Không ghi được tệp" in stop.text
    assert "Lần sao lưu gần nhất hỏng." in browser.open("/").text
    answer = backed_up.test_client().get("/readyz/backup")
    assert (answer.status_code, answer.json) == (503, {"status": "failed"})


def test_without_a_folder_the_page_says_so(browser: Browser, app: Flask) -> None:
    browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))
    assert "Máy không tự sao lưu." in browser.get("backups.index").text
    assert "Máy không tự sao lưu." not in browser.open("/").text  # a demonstration
    assert app.test_client().get("/readyz/backup").json == {"status": "off"}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_sees_it(browser: Browser, role: Role) -> None:
    browser.sign_in(UserFactory(role=role)).get("backups.index", expect=403)


def test_destroyed_keys_are_listed_each_minute_and_once(
    app: Flask, session: Session, settings: Settings
) -> None:
    path = destroyed.file_in(settings.instance_dir)
    path.unlink(missing_ok=True)
    keys = [DataKey.new() for _ in range(3)]
    session.add_all(keys)
    session.commit()
    try:
        for key in keys[:2]:
            key.wrapped, key.destroyed_at = None, clock.now()
            session.commit()
            with time_machine.travel(clock.now() + timedelta(minutes=2 * len(path.parts))):
                run(app, KEEP_DESTROYED)
            session.expire_all()
        with app.app_context():
            keep_destroyed(session, path)
        assert set(read_destroyed(path)) == {key.id for key in keys[:2]}
        assert len(path.read_text().splitlines()) == 2
        assert path.stat().st_mode & 0o777 == 0o600
        assert replay(session, path) == 0
        keys[0].wrapped, keys[0].destroyed_at = b"back from a backup", None
        session.commit()
        assert replay(session, path) == 1
        session.expire_all()
        assert keys[0].wrapped is None and keys[0].destroyed_at is not None
        assert keys[2].wrapped is not None
    finally:
        path.unlink(missing_ok=True)


def test_a_line_that_a_crash_cut_off_hurts_no_other(tmp_path: Path) -> None:
    path = tmp_path / destroyed.FILE
    first, second = DataKey.new(), DataKey.new()
    destroyed.write_destroyed(path, {first.id: clock.now()})
    with path.open("ab") as file:
        file.write(
            b'{"id": "%s", "at": "2026-01-01"}\n\xff\n[1]\n{"id": "0190' % str(first.id).encode()
        )
    destroyed.write_destroyed(path, {second.id: clock.now()})
    assert set(read_destroyed(path)) == {first.id, second.id}


def test_nothing_is_forgotten_by_tidying(tmp_path: Path) -> None:
    """Only what the nights made is removed, the newest never."""
    for name in ("vongtay-20260101-023000.backup", "vongtay-20260102-023000.backup", "own.backup"):
        (tmp_path / name).write_text("")
    nightly._tidy(tmp_path, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "own.backup",
        "vongtay-20260102-023000.backup",
    ]
