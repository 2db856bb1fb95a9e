"""The kept statement of what a row opens serves everybody, each with one's own values."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess, granted
from app.auth.models import Role
from app.core import clock
from tests.actors import actor_of
from tests.factories import CaseFactory, UserFactory


def seen(session: Session, user: object) -> set[uuid.UUID]:
    """As a list uses it: inside another statement."""
    ids = granted(actor_of(user), CaseAccess.case_id)
    return set(session.scalars(select(CaseAccess.case_id).where(CaseAccess.case_id.in_(ids))))


def test_one_statement_two_readers(session: Session) -> None:
    mine, theirs = CaseFactory(), CaseFactory()
    one, two = UserFactory(unit_id=mine.unit_id), UserFactory(unit_id=theirs.unit_id)
    for _ in range(2):
        assert seen(session, one) == {mine.id}
        assert seen(session, two) == {theirs.id}


def test_a_row_opens_from_its_beginning_to_its_end(session: Session) -> None:
    case, user = CaseFactory(), UserFactory()
    now = clock.now()
    row = CaseAccess(
        case_id=case.id, child_id=case.child_id, holder_id=user.id,
        reason=AccessReason.ASSIGNED, since=now, until=now + timedelta(hours=1),
    )  # fmt: skip
    session.add(row)
    session.commit()
    for minutes, is_open in ((-1, False), (1, True), (59, True), (61, False)):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            assert seen(session, user) == ({case.id} if is_open else set())


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
def test_no_row_opens_anything_to_roles_without_files(session: Session, role: Role) -> None:
    case = CaseFactory()
    assert seen(session, UserFactory(unit_id=case.unit_id, role=role)) == set()
