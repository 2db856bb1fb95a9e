"""A small installation with a database and an instance folder of its own, and backups of it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from click.testing import Result
from flask import Flask
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from app import create_app
from app.audit.anchors import file_in, sign_and_keep
from app.auth.models import User
from app.backup import members
from app.backup.create import create_backup
from app.backup.envelope import Sealer
from app.backup.members import Content, Manifest, MemberWriter
from app.core import clock, crypto, embedded
from app.core.db import db
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.demo.load import Size, load
from app.documents.examine import Examined
from app.documents.vault import keep_file
from config import Settings
from tests.conftest import TEMPLATE
from tests.demo.province import HASH, UNTIL

RULES = "reference/lists/needs.v9.toml"  # as an administrator would replace one
SECRET = "only-for-tests: neither kept nor told"
FILE = bytes(range(256)) * 200


@dataclass
class House:
    settings: Settings
    urls: embedded.DatabaseUrls
    app: Flask

    @property
    def instance(self) -> Path:
        return self.settings.instance_dir

    @property
    def name(self) -> str:
        return str(make_url(self.urls.app).database)

    def run(self, *arguments: str, typed: str = "") -> Result:
        return self.app.test_cli_runner().invoke(args=["backup", *arguments], input=typed)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.app.app_context(), db.sessionmaker.begin() as session:
            yield session

    def sign_log(self) -> None:
        with self.session() as session:
            sign_and_keep(session, clock.now(), file_in(self.instance))

    def execute(self, statement: str, *values: object) -> None:
        """As the superuser, past every trigger: what an intruder into the database could do."""
        with self.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement, values)  # type: ignore[call-overload]

    def value(self, query: str, *values: object) -> object:
        with self.connect() as connection:
            row = connection.execute(query, values).fetchone()  # type: ignore[call-overload]
        return row and row[0]

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        address = self.urls.superuser.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection

    def close(self) -> None:
        with self.app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def make_house(
    server: embedded.DatabaseUrls, name: str, folder: Path, keyset: Path, template: str = TEMPLATE
) -> House:
    """A house whose database is a copy of `template` ("template0": an empty one)."""
    urls = embedded.create_database(server, name, template)
    instance = folder / "instance"
    instance.mkdir(parents=True)
    settings = Settings(
        database_url=urls.app,
        database_owner_url=urls.owner,
        backup_database_url=urls.superuser,
        instance_dir=instance,
        keyset_file=keyset,
        secret_key=SECRET,
        base_url="http://localhost",
        demo=True,
        testing=True,
    )
    return House(settings, urls, create_app(settings))


def fill(house: House) -> None:
    """A small province, a file, an anchor, a destroyed key, and what an administrator replaced."""
    with house.session() as session:
        load(session, size=Size(12, 8, 1, 2, reporting=0), seed=5, until=UNTIL, password_hash=HASH)
        user = session.scalars(select(User).where(User.username == "worker")).one()
        key = DataKey.new()
        session.add(key)
        keep_file(
            session, key=key, original=FILE, examined=Examined("image/png", FILE[:100]),
            by_id=user.id, now=clock.now(),
        )  # fmt: skip
    house.sign_log()
    (house.instance / RULES).parent.mkdir(parents=True)
    (house.instance / RULES).write_text("# replaced\n")
    (house.instance / "vapid.pem").write_text("a push key\n")


def destroy_one(house: House) -> str:
    """A fresh key, destroyed. Its id."""
    with house.session() as session:
        key = DataKey(id=new_id(), wrapped=b"x", created_at=clock.now())
        session.add(key)
        session.flush()
        key.wrapped, key.destroyed_at = None, clock.now()
        return str(key.id)


def rebuilt(
    source: Path, target: Path, *, leave_out: str = "",
    change: Callable[[str, bytes], bytes] = lambda _name, content: content,
    say: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    is_told: bool = False,
) -> Path:  # fmt: skip
    """Another backup with other members, sealed as it should be: what only somebody with the keyset
    could make. `is_told`: its manifest tells of the change."""
    content: dict[str, bytearray] = {}

    def take(name: str, block: bytes) -> None:
        content.setdefault(name, bytearray()).extend(block)

    manifest = members.read_backup(source, crypto.keyring(), take)
    with target.open("xb") as file:
        writer = MemberWriter(Sealer(file, crypto.keyring()))
        told = dict(manifest.members)
        for name, old in content.items():
            if name == leave_out:
                continue
            new = change(name, bytes(old))
            with writer.member(name) as write:
                for place in range(0, len(new), 1_000_000):
                    write(new[place : place + 1_000_000])
            if is_told:
                told[name] = Content(size=len(new), sha256=hashlib.sha256(new).hexdigest())
        writer.finish(say(manifest.model_copy(update={"members": told})))
    return target


def make_backup(house: House, path: Path) -> Manifest:
    with house.app.app_context():
        return create_backup(
            path, settings=house.settings, reader=house.urls.superuser, now=clock.now()
        )
