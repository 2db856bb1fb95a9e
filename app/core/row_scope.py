"""Whose rows a transaction reads. Behind every filter of a query stands the database itself.

Row-level security (migration 0036) shows a transaction no row of a child's before it was said who
reads. A request says it with the statement that finds the account of its cookie (`said_for`): from
then on a forgotten filter finds what the person may know of, and nothing else. What belongs to no
person (a job, a command) reads as the house; so does what a request writes (`as_house`): a service
must bring along what hangs together, and a row that is hidden from it would be forgotten. A page
that has to look beyond its reader (is this child known to somebody else?) says so with `across`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from flask import has_request_context
from sqlalchemy import (
    Connection,
    Function,
    Label,
    String,
    Text,
    bindparam,
    cast,
    event,
    func,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session, SessionTransaction

from app.core.db import db

HOUSE, READER = "house", "reader"
_SAID = "scope"  # in the notes of a session: what was said in its transaction
AS_HOUSE = f"SET LOCAL vt.scope = '{HOUSE}'"
SWITCH = text("SELECT current_setting('vt.scope', true), set_config('vt.scope', :scope, true)")


def said_for(*, now: Any, **who: Any) -> list[Label[str]]:
    """Columns for the statement that finds the reader: they tell the database, for this
    transaction, who reads (`user`, `unit`, `role`, `commune`) and when. Without a row nothing is
    said, and nothing shown."""
    told = {"scope": bindparam("scope", READER), "now": cast(now, Text), **who}
    return [
        func.set_config(f"vt.{name}", func.coalesce(cast(value, Text), ""), True).label(
            f"vt_{name}"
        )
        for name, value in told.items()
    ]


def already_said(session: Session) -> dict[str, str]:
    """For the statement of `said_for`: a transaction that reads as the house goes on so, like a
    page of somebody outside that a person who is signed in opens."""
    return {"scope": HOUSE} if _is_house(session) else {}


def say_who_reads(session: Session, *, now: datetime, **who: object) -> None:
    """As a request does, for what is made in a person's name elsewhere; until the transaction
    ends."""
    session.execute(select(*said_for(now=now.isoformat(), **who)))
    session.info[_SAID] = READER


def as_house(session: Session) -> None:
    """Until the transaction ends, read every row: what follows writes."""
    if not _is_house(session):
        _switch(session, HOUSE)


@contextmanager
def across(session: Session) -> Iterator[None]:
    """Inside the block every row is read, whoever asks. Say beside it what of them is shown."""
    if _is_house(session):
        yield
        return
    before = _switch(session, HOUSE)
    try:
        yield
    except DBAPIError:
        with suppress(SQLAlchemyError):  # mostly the transaction is lost, and what was said in it
            _switch(session, before)
        raise
    except BaseException:
        _switch(session, before)
        raise
    _switch(session, before)


def number_of_case(case_id: Any) -> Function[str]:
    """The number alone, of any case: who was asked about a file, or opened it, knows it by that."""
    return func.vt_number_of_case(case_id, type_=String)


def _is_house(session: Session) -> bool:
    session.connection()  # begins, where nothing did
    return bool(session.info[_SAID] == HOUSE)


def _switch(session: Session, scope: str) -> str:
    """Returns what it was."""
    before = session.scalar(SWITCH, {"scope": scope})
    session.info[_SAID] = scope
    return before or ""


@event.listens_for(Session, "after_begin")
def _of_nobody(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Jobs and commands read as the house, and what a request opens a session of its own for (the
    note of a refusal). In the session of a request nothing is said before the reader is known."""
    if transaction.nested:
        return
    is_house = not (has_request_context() and session is db.session)
    session.info[_SAID] = HOUSE if is_house else ""
    if is_house:
        connection.exec_driver_sql(AS_HOUSE)
