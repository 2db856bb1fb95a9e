"""A small synthetic province whose facts are derived, loaded once in each process."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import embedded
from app.core.db import db
from app.demo.load import Size, load
from app.indicators.services.deriving import rebuild
from tests.demo.province import HASH, UNTIL, new_database
from tests.kept import Rows, kept_rows, put_back

SIZE = Size(300, 260, 3, 12, reporting=0)


@pytest.fixture(scope="session")
def kept(app: Flask, server: embedded.DatabaseUrls, worker_id: str) -> Rows:
    with (
        new_database(server, f"facts_{worker_id}") as engine,
        app.app_context(),
        db.sessionmaker(bind=engine) as session,
    ):
        load(session, size=SIZE, seed=11, until=UNTIL, password_hash=HASH)
        return kept_rows(session)


@pytest.fixture
def province(session: Session, kept: Rows) -> Session:
    put_back(kept)
    rebuild(session)
    session.commit()
    return session
