"""What a connection prepared is there for the next request, also after a refused one."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import NotSupportedError
from sqlalchemy.orm import Session

from app.auth.models import Unit
from app.core.db import KeptStatements, db
from tests.factories import UnitFactory

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT units.%'")
QUERY = select(Unit.id, Unit.name).where(Unit.phone == "only here")


def _run_twice(session: Session) -> None:
    for _ in range(2):
        session.execute(QUERY).all()


def test_it_is_kept_when_a_transaction_is_undone(app: Flask, session: Session) -> None:
    with db.sessionmaker() as other:
        _run_twice(other)
        connection = other.connection().connection.dbapi_connection
        kept = other.scalar(PREPARED)
        other.rollback()
        assert other.connection().connection.dbapi_connection is connection
        assert other.scalar(PREPARED) == kept
        assert kept
        with other.begin_nested() as savepoint:
            savepoint.rollback()
        assert other.scalar(PREPARED) == kept
        UnitFactory(phone="only here")
        session.commit()
        assert len(other.execute(QUERY).all()) == 1


def test_without_us_it_would_be_forgotten(app: Flask, session: Session) -> None:
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, prepare_threshold=1) as connection:
        count = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 1'"
        for expected in (1, 0):
            if expected:
                connection.execute("SELECT 1")
                connection.execute("SELECT 1")
            row = connection.execute(count).fetchone()
            assert row == (expected,)
            connection.rollback()


def test_no_more_is_kept_than_the_server_has_room_for(app: Flask, session: Session) -> None:
    with db.sessionmaker() as other:
        manager = other.connection().connection.dbapi_connection._prepared  # type: ignore[union-attr]
        assert isinstance(manager, KeptStatements)
        for number in range(2 * KeptStatements.prepared_max):
            for _ in range(2):
                other.execute(text(f"SELECT {number}"))
        assert other.scalar(text("SELECT count(*) FROM pg_prepared_statements")) <= (
            KeptStatements.prepared_max + 1
        )


def test_a_column_of_another_type_costs_one_request(
    app: Flask, session: Session, superuser: Engine
) -> None:
    with superuser.begin() as owner:
        owner.execute(text("CREATE TABLE of_today (what integer)"))
        owner.execute(text("GRANT SELECT ON of_today TO PUBLIC"))
    read = text("SELECT what FROM of_today")
    try:
        with db.sessionmaker() as other:
            for _ in range(3):
                other.execute(read)
            other.commit()
            with superuser.begin() as owner:
                owner.execute(text("ALTER TABLE of_today ALTER COLUMN what TYPE text"))
            with pytest.raises(NotSupportedError):
                other.execute(read)
            other.rollback()
            assert other.execute(read).all() == []
    finally:
        with superuser.begin() as owner:
            owner.execute(text("DROP TABLE of_today"))


def test_a_table_that_was_changed_meanwhile_is_read(
    app: Flask, session: Session, superuser: Engine
) -> None:
    """As when a new version is installed beside a process that still runs."""
    with db.sessionmaker() as other:
        _run_twice(other)
        other.commit()
        try:
            with superuser.begin() as owner:
                owner.execute(text("ALTER TABLE units ADD COLUMN of_tomorrow text"))
            assert other.execute(QUERY).all() == []
            other.commit()
        finally:
            with superuser.begin() as owner:
                owner.execute(text("ALTER TABLE units DROP COLUMN of_tomorrow"))
        assert other.execute(QUERY).all() == []
