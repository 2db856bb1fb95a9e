"""One synthetic province in a database of its own, loaded once in each process."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.core import embedded
from app.core.db import db, engine_options
from app.demo.load import load
from tests.conftest import TEMPLATE, wait_as_long_as_it_takes
from tests.demo.province import HASH, SIZE, UNTIL


@pytest.fixture(scope="session")
def loaded(app: Flask, server: embedded.DatabaseUrls, worker_id: str) -> Iterator[Engine]:
    name = f"demo_{worker_id}"
    urls = embedded.create_database(server, name, TEMPLATE)
    engine = create_engine(**engine_options(urls.app))
    with app.app_context(), db.sessionmaker(bind=engine) as session:
        load(session, size=SIZE, seed=7, until=UNTIL, password_hash=HASH)
        session.commit()
    yield engine
    engine.dispose()
    embedded.drop_database(server, name)


@pytest.fixture
def province(app: Flask, loaded: Engine) -> Iterator[Session]:
    """To be read: whatever a test changes is undone."""
    with app.app_context(), db.sessionmaker(bind=loaded) as session:
        wait_as_long_as_it_takes(session)
        yield session
        session.rollback()
