"""Engine, base class, column types and the transaction policy: one request, one transaction."""

import enum
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from typing import Any

from flask import Flask, Response, current_app
from flask_sqlalchemy_lite import SQLAlchemy
from psycopg import Connection
from psycopg._preparing import Key, Prepare, PrepareManager
from psycopg._queries import PostgresQuery
from psycopg.errors import FeatureNotSupported
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, TypeDecorator, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session

db = SQLAlchemy()

CONNECT_ARGS = {
    "options": "-c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000"
    " -c timezone=UTC -c jit=off",
    "connect_timeout": 5,
    # A server whose machine is gone says nothing any more: found out within half a minute.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class UtcDateTime(TypeDecorator[datetime]):
    """Refuses naive values on the way in and returns aware UTC values on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            length=40,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


NIL = uuid.UUID(int=0)

# What outlives a refused request: each is asked before its transaction is undone, with the status
# of the answer, and may return what to write in one of its own.
Keeper = Callable[[Session, int], Callable[[Session], None] | None]
KEPT_OF_REFUSALS: list[Keeper] = []


class KeptStatements(PrepareManager):
    """What a connection prepared stays prepared when a transaction is undone.

    With the rules of its tables' rows a statement takes longer to plan than to run, and psycopg
    forgets all plans at every ROLLBACK (each refused form), lest a table was made anew meanwhile:
    the application's role makes none.
    """

    prepare_threshold = 1
    prepared_max = 250

    def maybe_add_to_cache(self, query: PostgresQuery, prep: Prepare, name: bytes) -> Key | None:
        """psycopg lets go of the oldest only when it sees a new statement."""
        found = super().maybe_add_to_cache(query, prep, name)
        self._rotate()
        return found

    def clear(self) -> bool:
        """Nothing to forget; psycopg asks after a ROLLBACK."""
        return False


def _keep_statements(connection: Connection[Any], _record: object) -> None:
    connection._prepared = KeptStatements()


@event.listens_for(Engine, "handle_error")
def _forget_plans(context: ExceptionContext) -> None:
    """A column has another type than when the statement was prepared: new connections, which know
    nothing of it."""
    if isinstance(context.original_exception, FeatureNotSupported):
        context.is_disconnect = True


def engine_options(url: str) -> dict[str, Any]:
    """How a process connects: limits on every statement, a small pool that notices a dead
    server."""
    return {
        "url": url,
        "connect_args": CONNECT_ARGS,
        "pool_size": 10,
        "max_overflow": 5,
        "pool_timeout": 8,
        "pool_pre_ping": False,
        "pool_use_lifo": True,  # few connections are busy, and these know the statements
        "pool_events": [(_keep_statements, "connect")],
        "pool_recycle": 1800,
        # More than all pages have, for each role: with the 500 that it is without being told, the
        # statements of busy pages push each other out and are put into words anew each time.
        "query_cache_size": 3000,
    }


def engines(url: str) -> dict[str, dict[str, Any]]:
    """The engine of requests and jobs, and a small one `aside` for what a request commits apart.

    A second pool, because a request that asks its own for a second connection could wait for
    requests that wait for it.
    """
    aside = {**engine_options(url), "pool_size": 2, "max_overflow": 2}
    return {"default": engine_options(url), "aside": aside}


def init_app(app: Flask) -> None:
    """Connect the application to the database and put the commit at the edge of every request."""
    db.init_app(app)
    # The extension also closes asynchronous sessions, in a thread that it starts for each request;
    # we open none.
    app.teardown_appcontext_funcs[:] = [
        close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)
    ]
    app.after_request(finish_transaction)


def finish_transaction(response: Response) -> Response:
    """Commit what succeeded before a byte is sent; undo what was refused (any 4xx or 5xx).

    A commit that fails (no audit event, say) becomes the error page: no data leaves.
    """
    try:
        if response.status_code >= 400:
            _undo(response.status_code)
        else:
            db.session.commit()
    except Exception as error:
        db.session.rollback()
        current_app.logger.exception("commit.failed")
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _undo(status: int) -> None:
    """Roll back. A form that is shown again was read all the same, and what was typed into it is
    not lost: what the keepers want is kept."""
    asked = [keeper(db.session, status) for keeper in KEPT_OF_REFUSALS] if status < 500 else []
    db.session.rollback()
    kept = [write for write in asked if write is not None]
    if kept:
        with db.sessionmaker.begin() as session:
            for write in kept:
                write(session)
