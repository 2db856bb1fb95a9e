"""The index follows the database: commits, changes, commits that were in flight, erased keys."""

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.sealed import DataKey
from app.people.index import NameIndex
from app.people.models import Child
from tests.factories import ChildFactory
from tests.sql import counted


@pytest.fixture
def index(session: Session) -> NameIndex:
    return NameIndex()


@pytest.fixture
def other(session: Session) -> Iterator[Session]:
    """Another request, in a transaction of its own."""
    with db.sessionmaker() as other:
        yield other
        other.rollback()


def found(index: NameIndex, session: Session, words: str) -> list[uuid.UUID]:
    index.refresh(session)
    session.rollback()
    return [hit.child_id for hit in index.find(words, None, 20)]


def new_child(session: Session, name: str) -> Child:
    child = ChildFactory.build(full_name=name)
    session.add(child)
    session.flush()
    return child


def test_new_and_changed_names(index: NameIndex, session: Session) -> None:
    child = ChildFactory(full_name="Trần Bảo Châu")
    assert found(index, session, "bao chau") == [child.id]
    child.full_name = "Trần Gia Hân"
    session.commit()
    assert found(index, session, "bao chau") == []
    assert found(index, session, "gia han") == [child.id]


def test_a_commit_in_flight_at_the_last_look_is_not_missed(
    index: NameIndex, session: Session, other: Session
) -> None:
    early = new_child(other, "Trần Bảo Châu")  # its transaction is older, and ends later
    late = ChildFactory(full_name="Lê Gia Hân")
    assert found(index, session, "gia han") == [late.id]
    assert found(index, session, "bao chau") == []
    other.commit()
    assert found(index, session, "bao chau") == [early.id]


def test_what_is_not_committed_is_not_known(index: NameIndex, session: Session) -> None:
    mine = new_child(session, "Trần Bảo Châu")
    index.refresh(session)
    assert index.find("bao chau", None, 20) == []
    session.commit()
    assert found(index, session, "bao chau") == [mine.id]


def test_a_destroyed_key_takes_the_name_away(index: NameIndex, session: Session) -> None:
    child = ChildFactory(full_name="Trần Bảo Châu", aliases="Bống")
    assert found(index, session, "bong") == [child.id]
    session.get_one(DataKey, child.key_id).wrapped = None
    session.commit()
    assert found(index, session, "bao chau") == []
    assert len(index) == 0
    assert found(NameIndex(), session, "bao chau") == []


def test_a_name_that_does_not_open_hides_no_other(index: NameIndex, session: Session) -> None:
    broken, whole = ChildFactory(full_name="Trần Bảo Châu"), ChildFactory(full_name="Lê Bảo Châu")
    broken.full_name_sealed = whole.full_name_sealed  # moved to another row
    session.commit()
    assert found(index, session, "bao chau") == [whole.id]


def test_one_statement_when_nothing_changed(index: NameIndex, session: Session) -> None:
    """As soon as nobody on the server, in a test beside this one either, has a change under way."""
    ChildFactory()
    found(index, session, "anh")

    def counts() -> Iterator[int]:
        for _ in range(5_000):
            with counted(db.engine) as statements:
                found(index, session, "anh")
            yield len(statements)

    assert 1 in counts()
