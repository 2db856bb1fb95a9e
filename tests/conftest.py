"""One real PostgreSQL for the run, a database for each worker, empty tables for each test."""

import fcntl
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, SessionTransaction
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from app import create_app
from app.audit.anchors import file_in
from app.auth import passwords
from app.auth.models import Unit, User
from app.core import clock, embedded
from app.core.crypto import create_keyset_file
from app.core.db import Base, db
from app.core.migrate import upgrade
from app.people.index import index_of
from config import Settings
from tests import factories, kept
from tests.browser import Browser
from tests.evidence import evidence  # noqa: F401  # a fixture
from tests.factories import PHO_HIEN, UnitFactory, UserFactory
from tests.sql import PATIENCE

TEMPLATE = "vongtay_template"
gc.set_threshold(50_000, 20, 20)  # thousands of small tests: it would come for each


class FilesOfStoriesTogether(LoadScopeScheduling):
    """A worker that starts a server and a browser for a file of stories gets all of that file, and
    one that made something large for a folder gets all of that folder.

    `--dist loadgroup` should do it, but pytest 9.2 does not see the groups of pytest-xdist 3.8.
    """

    def _split_scope(self, nodeid: str) -> str:
        for folder in ("tests/backup", "tests/demo", "tests/indicators"):
            if nodeid.startswith(f"{folder}/"):
                return folder  # one house, and one province of each, for all of them
        is_of_a_file = nodeid.startswith(("tests/stories/", "tests/test_source.py"))
        return nodeid.partition("::")[0] if is_of_a_file else nodeid


def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> FilesOfStoriesTogether | None:
    if config.getvalue("dist") != "loadgroup":
        return None
    return FilesOfStoriesTogether(config, log)


CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # no other host is reached
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture(autouse=True)
def at_ten_in_the_morning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whenever the tests run, it is ten o'clock here: "an hour ago" is the same day. Real servers
    and browsers have the real time; a test about midnight travels there by itself."""
    if request.node.get_closest_marker("real_time") or request.node.get_closest_marker("browser"):
        yield
        return
    ten = clock.local(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
    with time_machine.travel(ten):
        yield


@pytest.fixture(scope="session", autouse=True)
def light_hashes() -> Iterator[PasswordHasher]:
    """Hashes at a fiftieth of the cost, for unknown names too; gives the real hasher."""
    real = passwords._hasher, passwords.DUMMY
    light = PasswordHasher(time_cost=1, memory_cost=4096, parallelism=1)
    passwords._hasher, passwords.DUMMY = light, light.hash("of nobody")
    yield real[0]
    passwords._hasher, passwords.DUMMY = real


@pytest.fixture(scope="session", autouse=True)
def light_locks() -> Iterator[tuple[object, ...]]:
    """Workbooks are locked with a hundredth of the rounds; gives what it is outside the tests."""
    lock = ECMA376Agile.encrypt
    real = lock.__defaults__
    lock.__defaults__ = None, 1_000  # salt, rounds
    yield real
    lock.__defaults__ = real


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> embedded.DatabaseUrls:
    """The server that all workers share, and in it the migrated template database."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with (shared / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        urls = embedded.start(shared / "instance")
        if not (shared / "template.done").exists():
            _make_fast(urls)
            upgrade(embedded.create_database(urls, TEMPLATE).owner)
            create_keyset_file(shared / "keyset.json")
            (shared / "template.done").touch()
    return urls


def _make_fast(urls: embedded.DatabaseUrls) -> None:
    """Tests need no durability, nothing is kept; and no plan for each value: tables are small."""
    engine = create_engine(urls.superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("ALTER SYSTEM SET synchronous_commit = off"))
        connection.execute(text("ALTER SYSTEM SET full_page_writes = off"))
        connection.execute(text("ALTER SYSTEM SET plan_cache_mode = force_generic_plan"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def urls(server: embedded.DatabaseUrls, worker_id: str) -> Iterator[embedded.DatabaseUrls]:
    """This worker's own database, copied from the template."""
    name = f"vongtay_{worker_id}"
    yield embedded.create_database(server, name, TEMPLATE)
    embedded.drop_database(server, name)


@pytest.fixture(scope="session")
def settings(
    urls: embedded.DatabaseUrls, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Settings:
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return Settings(
        database_url=urls.app,
        database_owner_url=urls.owner,
        instance_dir=Path(base),
        keyset_file=shared / "keyset.json",
        secret_key="only-for-tests: neither kept nor told",
        base_url="http://localhost",
        demo=True,
        testing=True,
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # the program stays until the end: the collector need not walk it for each request
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def superuser(urls: embedded.DatabaseUrls) -> Iterator[Engine]:
    """For what no role of ours may do: emptying tables, tampering with the log."""
    engine = create_engine(urls.superuser)
    event.listen(engine, "connect", _teach_to_empty)
    yield engine
    engine.dispose()


def _teach_to_empty(connection: DBAPIConnection, _record: object) -> None:
    """A function of this connection's own: its statements are planned once, and most tables have
    nothing to delete."""
    tables = " ".join(f"DELETE FROM public.{name};" for name in Base.metadata.tables)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql"
            f" SET session_replication_role = replica AS $$ BEGIN {tables} END $$"
        )
    connection.commit()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The one Chromium of a worker; each test opens profiles of its own."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_FLAGS
        )
        yield found
        found.close()


@pytest.fixture
def clean(superuser: Engine, settings: Settings) -> Iterator[None]:
    """Every table is empty again after the test; triggers and foreign keys are passed over."""
    yield
    file_in(settings.instance_dir).unlink(missing_ok=True)  # it remembers what was signed
    with superuser.begin() as connection:
        connection.exec_driver_sql("SELECT pg_temp.empty_all()")


def wait_as_long_as_it_takes(session: Session) -> None:
    """However long a test does other things between two statements."""
    event.listen(session, "after_begin", _be_patient)


def _be_patient(
    _session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    connection.exec_driver_sql(PATIENCE)


@pytest.fixture
def session(app: Flask, clean: None, superuser: Engine) -> Iterator[Session]:
    """A session of the test's own; what a request wrote is seen because it was really committed."""
    with app.app_context(), db.sessionmaker() as session:
        wait_as_long_as_it_takes(session)
        factories.use_session(session)
        kept.use_superuser(superuser)
        index_of(session).reset()  # the last test's children are gone without a trace
        yield session
        session.rollback()


@pytest.fixture
def commune(session: Session) -> Unit:
    return UnitFactory(commune_code=PHO_HIEN)


@pytest.fixture
def worker(commune: Unit) -> User:
    return UserFactory(unit=commune)


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    return Browser(app, session)


@pytest.fixture
def no_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """For attacks that come with a good token: it must not be the token that stops them."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
