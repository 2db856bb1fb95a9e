"""A small synthetic province whose facts are derived, loaded once in each process."""

import pytest
from sqlalchemy.orm import Session

from app.demo.load import Size, load
from app.indicators.services.deriving import rebuild
from tests.demo.province import HASH, UNTIL
from tests.kept import Rows, kept_rows, put_back

SIZE = Size(300, 260, 3, 12, reporting=0)
_kept: list[Rows] = []


@pytest.fixture
def province(session: Session) -> Session:
    if _kept:
        put_back(_kept[0])
    else:
        load(session, size=SIZE, seed=11, until=UNTIL, password_hash=HASH)
        session.commit()
        _kept.append(kept_rows(session))
    rebuild(session)
    session.commit()
    return session
