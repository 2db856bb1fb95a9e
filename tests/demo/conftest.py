"""A synthetic province in a database of its own, loaded once in each process; and an empty one."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core import embedded
from app.core.db import db
from app.demo.load import load
from tests.conftest import wait_as_long_as_it_takes
from tests.demo.province import HASH, SIZE, UNTIL, new_database


@pytest.fixture(scope="session")
def loaded(app: Flask, server: embedded.DatabaseUrls, worker_id: str) -> Iterator[Engine]:
    with new_database(server, f"demo_{worker_id}") as engine:
        with app.app_context(), db.sessionmaker(bind=engine) as session:
            load(session, size=SIZE, seed=7, until=UNTIL, password_hash=HASH)
            session.commit()
        yield engine


@pytest.fixture
def province(app: Flask, loaded: Engine) -> Iterator[Session]:
    """To be read: whatever a test changes is undone."""
    with app.app_context(), db.sessionmaker(bind=loaded) as session:
        wait_as_long_as_it_takes(session)
        yield session
        session.rollback()


@pytest.fixture
def fresh(app: Flask, server: embedded.DatabaseUrls, worker_id: str) -> Iterator[Session]:
    """Where no row ever stood, as a province is loaded in real life: what is emptied and vacuumed
    between tests is known to be empty, and planned for as such however much is loaded."""
    with (
        new_database(server, f"fresh_{worker_id}") as engine,
        app.app_context(),
        db.sessionmaker(bind=engine) as session,
    ):
        wait_as_long_as_it_takes(session)
        yield session
        session.rollback()
