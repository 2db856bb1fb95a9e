"""Who reads is said once in each transaction, and never outlives it."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.auth.grants import read_as
from app.auth.models import User
from app.cases.models import Case
from app.core.db import db
from app.core.errors import DomainError
from app.core.row_scope import HOUSE, READER, across, as_house
from tests.actors import actor_of
from tests.factories import CaseFactory


def said(session: Session) -> str:
    return session.scalar(text("SELECT current_setting('vt.scope', true)")) or ""


def test_what_is_nobodys_reads_as_the_house(session: Session) -> None:
    with db.sessionmaker() as job:
        assert said(job) == HOUSE


def test_in_a_request_nothing_is_shown_before_the_reader_is_known(
    app: Flask, session: Session
) -> None:
    CaseFactory()
    session.commit()
    with app.test_request_context():
        assert said(db.session) == "" and db.session.query(Case).count() == 0
        with db.sessionmaker() as aside:  # a note of the request's own
            assert said(aside) == HOUSE and aside.query(Case).count() == 1


def test_beyond_the_reader_is_a_block(session: Session, worker: User) -> None:
    read_as(session, actor_of(worker))
    with across(session):
        assert said(session) == HOUSE
        with across(session):
            pass
        assert said(session) == HOUSE, "the inner block closes nothing"
    assert said(session) == READER


def test_a_refusal_in_the_block_ends_it_too(session: Session, worker: User) -> None:
    read_as(session, actor_of(worker))
    with pytest.raises(DomainError), across(session):
        raise DomainError
    assert said(session) == READER


def test_an_error_of_the_database_keeps_its_name(session: Session, worker: User) -> None:
    read_as(session, actor_of(worker))
    with pytest.raises(DBAPIError, match="division by zero"), across(session):
        session.execute(text("SELECT 1 / 0"))
    session.rollback()


def test_the_next_transaction_begins_anew(session: Session, worker: User) -> None:
    session.commit()
    read_as(session, actor_of(worker))
    session.rollback()
    assert said(session) == HOUSE


def test_what_a_form_sends_off_is_done_as_the_house(app: Flask, session: Session) -> None:
    CaseFactory()
    session.commit()
    with app.test_request_context(method="POST"):
        as_house(db.session)
        assert said(db.session) == HOUSE and db.session.query(Case).count() == 1


def test_what_the_client_refuses_inside_leaves_nobody_reading_everything(
    session: Session, worker: User
) -> None:
    """A text that no database takes: the transaction goes on."""
    session.commit()
    read_as(session, actor_of(worker))
    with pytest.raises(DBAPIError), across(session):
        session.execute(text("SELECT :what"), {"what": "NUL \x00"})
    assert said(session) == READER
