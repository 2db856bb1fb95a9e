"""A form sent twice does its work once."""

import hashlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core import clock
from app.core.crypto import keyring
from app.core.errors import RepeatedKey
from app.core.idempotency import body_hash, claim, settle

USER, KEY, ROUTE = uuid.uuid4(), uuid.uuid4(), "intake.new"


def send(session: Session, body: bytes = b"a", route: str = ROUTE) -> str | None:
    return claim(session, user_id=USER, key=KEY, route=route, body=body, now=clock.now())


def test_the_first_sending_does_the_work_and_the_second_gets_its_answer(session: Session) -> None:
    assert send(session) is None
    settle(session, user_id=USER, key=KEY, location="/cases/1")
    session.commit()
    assert send(session) == "/cases/1"


def test_another_body_under_the_same_key_is_refused(session: Session) -> None:
    send(session)
    session.commit()
    with pytest.raises(RepeatedKey):
        send(session, body=b"b")


def test_a_dump_does_not_tell_whether_a_guessed_form_was_sent(session: Session) -> None:
    """Names are few: a hash that anybody can compute would be a list of guesses away."""
    guess = [("child_name", "Nguyễn Minh Anh")]
    digest = hashlib.sha256()
    for part in (text.encode() for pair in guess for text in pair):
        digest.update(len(part).to_bytes(4, "big") + part)
    assert body_hash(guess) != digest.digest()
    assert body_hash(guess) == keyring().lookup("form body", digest.hexdigest())


def test_the_same_key_elsewhere_is_refused(session: Session) -> None:
    send(session)
    session.commit()
    with pytest.raises(RepeatedKey):
        send(session, route="measures.new")


def test_a_form_shown_again_may_be_sent_again(session: Session) -> None:
    send(session)
    settle(session, user_id=USER, key=KEY, location=None)
    session.commit()
    assert send(session, body=b"mended") is None


def test_a_failed_sending_leaves_the_key_free(session: Session) -> None:
    send(session)
    session.rollback()
    assert send(session, body=b"other") is None


pairs = st.lists(st.tuples(st.text("ab,=", max_size=3), st.text("ab,=", max_size=3)), max_size=4)


@given(pairs, pairs)
def test_two_bodies_hash_alike_only_when_they_are_alike(
    one: list[tuple[str, str]], two: list[tuple[str, str]]
) -> None:
    assert (body_hash(one) == body_hash(two)) == (sorted(one) == sorted(two))
