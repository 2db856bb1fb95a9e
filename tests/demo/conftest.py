"""One synthetic province, loaded once in each process."""

import pytest
from sqlalchemy.orm import Session

from app.demo.load import load
from tests.demo.province import HASH, SIZE, UNTIL
from tests.kept import Rows, kept_rows, put_back

_kept: list[Rows] = []


@pytest.fixture
def province(session: Session) -> Session:
    if _kept:
        put_back(_kept[0])
    else:
        load(session, size=SIZE, seed=7, until=UNTIL, password_hash=HASH)
        session.commit()
        _kept.append(kept_rows(session))
    return session
