"""Random worlds: what a person may do with a file, what their lists show and what the rules say in
plain words agree, whatever reasons and denials there are."""

import dataclasses
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, Select, insert, select, text
from sqlalchemy.orm import Session

from app.auth.access import find
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess, CaseDenial, denied_children, read_as
from app.auth.models import Role, User
from app.auth.permissions import Permission, is_allowed
from app.cases import policy
from app.cases.models import Case
from app.cases.models.moves import TransferState
from app.core import clock
from app.core.ids import new_id
from app.core.row_scope import as_house
from app.people.models import Child
from app.referrals.enums import ReferralState
from app.referrals.models import ReferralRequest
from tests.actors import actor_of
from tests.evidence import Evidence
from tests.factories import PHO_HIEN, TAN_HUNG, CaseFactory, ChildFactory, UnitFactory, UserFactory
from tests.parts.moves import offer
from tests.parts.referrals import referral
from tests.tiers import every

P = Permission
READERS = {"cp_worker", "commune_chair"}  # by a row; a supervisor by the area
STRANGERS = {"analyst", "administrator"}  # know of no case, whatever their unit is asked
OPENING = {"unit_works", "assigned", "break_glass"}
# What is tried, and who may by the book: (roles, needs the own unit to work the case).
BOOK: dict[Permission, tuple[set[str], bool]] = {
    P.CASE_READ: ({"cp_worker", "commune_chair", "supervisor"}, False),
    P.FILE_READ: ({"cp_worker", "commune_chair", "supervisor"}, False),
    P.MEASURE_RECORD: ({"cp_worker", "commune_chair"}, True),
    P.PLAN_EDIT: ({"cp_worker"}, True),
    P.PLAN_DECIDE: ({"commune_chair"}, True),
    P.INFORMANT_READ: ({"cp_worker"}, True),
    P.AUDIT_READ: ({"supervisor"}, False),
    P.DOSSIER_MAKE: ({"cp_worker", "commune_chair", "supervisor"}, True),
}
OVERSEEN = {P.DOSSIER_MAKE}  # a supervisor need not be of the unit


@dataclass(frozen=True)
class Reason:
    case: UUID
    holder: UUID
    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Asked:
    """Who knows of a case without its file: whose report it was, who is asked to help, to whom it
    is offered."""

    case: UUID
    took: UUID
    helps: UUID
    state: ReferralState
    offered: UUID
    answer: TransferState

    @property
    def units(self) -> set[UUID]:
        helps = {self.helps} if self.state is not ReferralState.DRAFT else set()
        return {self.took} | helps | ({self.offered} if self.answer == "offered" else set())


@dataclass(frozen=True)
class File:
    """A case as the book knows it."""

    id: UUID
    child: UUID
    unit: UUID
    commune: str | None
    key: UUID


@dataclass
class Random:
    """Who and what there is in all worlds; each world deals reasons and denials anew."""

    files: list[File]
    actors: list[Actor]
    holders: list[UUID]
    units: list[UUID]


@dataclass(frozen=True)
class Dealt:
    """One world."""

    reasons: list[Reason]
    denials: list[tuple[UUID, File, bool]]  # of whom, of which child, is it lifted
    asked: dict[UUID, Asked]

    @property
    def denied(self) -> set[tuple[UUID, UUID]]:
        return {(user, file.child) for user, file, is_over in self.denials if not is_over}


def opens(actor: Actor, file: File, dealt: Dealt, now: datetime) -> bool:
    """The rule in plain words, without a database."""
    if (actor.id, file.child) in dealt.denied:
        return False
    if actor.role == "supervisor":
        return actor.commune_code is None or actor.commune_code == file.commune
    if actor.role not in READERS:
        return False
    return any(
        reason.case == file.id
        and reason.holder in (actor.id, actor.unit_id)
        and reason.kind in OPENING
        and reason.since <= now
        and (reason.until is None or reason.until > now)
        for reason in dealt.reasons
    )


def knows(actor: Actor, file: File, dealt: Dealt, now: datetime) -> bool:
    """Of the case at all: number and state, not what stands in the file."""
    is_concerned = actor.role not in STRANGERS and actor.unit_id in dealt.asked[file.id].units
    return opens(actor, file, dealt, now) or (
        is_concerned and (actor.id, file.child) not in dealt.denied
    )


def may(actor: Actor, permission: Permission, file: File) -> bool:
    """Of a file that is open to the actor."""
    roles, needs_unit = BOOK[permission]
    is_overseen = permission in OVERSEEN and actor.role == "supervisor"
    return actor.role in roles and (not needs_unit or is_overseen or file.unit == actor.unit_id)


def people_and_cases(session: Session) -> Random:
    units = [
        UnitFactory(commune_code=PHO_HIEN), UnitFactory(commune_code=TAN_HUNG),
        UnitFactory(police=True), UnitFactory(doh=True),
        UnitFactory(doh=True, commune_code=PHO_HIEN),
    ]  # fmt: skip
    places = {Role.SUPERVISOR: units[3:], Role.AGENCY_OFFICER: units[2:3]}
    readers = [
        UserFactory(role=role, unit=unit) for role in Role for unit in places.get(role, units[:2])
    ]
    twice = ChildFactory()
    children = [twice, twice, *(ChildFactory() for _ in range(4))]
    cases = [CaseFactory(of_child=one, worked_by=units[n % 2]) for n, one in enumerate(children)]
    for case in cases:
        ask(session, case, readers[0])
    keys = {child.id: child.key.id for child in children}
    files = [File(c.id, c.child_id, c.unit_id, c.commune_code, keys[c.child_id]) for c in cases]
    holders = [*(unit.id for unit in units), *(user.id for user in readers)]
    return Random(
        files, [actor_of(reader) for reader in readers], holders, [unit.id for unit in units]
    )


def ask(session: Session, case: Case, by: User) -> None:
    """A referral and an offer of the case; whose they are and how they stand each world deals."""
    request = ReferralRequest(case_id=case.id, by_id=by.id, created_at=clock.now())
    session.add(request)
    session.flush()
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    session.add_all(
        [
            referral(case, child.key, request, by, case.unit_id),
            offer(child, case, by, case.unit_id),
        ]
    )
    session.commit()


def deal(dice: random.Random, them: Random, now: datetime) -> Dealt:
    """Reasons that run, have ended, or begin later; denials that stand or were lifted; who took the
    report, and who is or was asked."""
    reasons = [
        Reason(
            dice.choice(them.files).id,
            dice.choice(them.holders),
            dice.choice(list(AccessReason)),
            now + timedelta(hours=dice.choice((-30, -20, -1, 5)), seconds=dice.random() * 900),
            dice.choice((None, None, now - timedelta(minutes=9), now + timedelta(hours=1))),
        )
        for _ in range(dice.randint(1, 12))
    ]
    denials = [
        (dice.choice(them.actors).id, dice.choice(them.files), dice.random() < 0.3)
        for _ in range(dice.randint(0, 3))
    ]
    asked = {
        file.id: Asked(
            file.id, dice.choice(them.units),
            dice.choice(them.units), dice.choice(list(ReferralState)),
            dice.choice(them.units), dice.choice(list(TransferState)),
        )
        for file in them.files
    }  # fmt: skip
    return Dealt(reasons, denials, asked)


ASKED = (
    text("UPDATE reports SET taken_by_unit_id = :took FROM cases c"
         " WHERE c.report_id = reports.id AND c.id = :case"),
    text("UPDATE referrals SET to_unit_id = :helps, state = :state WHERE case_id = :case"),
    text("UPDATE case_transfers SET to_unit_id = :offered, state = :answer WHERE case_id = :case"),
)  # fmt: skip


def write(superuser: Engine, them: Random, dealt: Dealt, now: datetime) -> None:
    """In place of those of the last world; our own role may not take any away."""
    children = {file.id: file.child for file in them.files}
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM case_access"))
        connection.execute(text("DELETE FROM case_denials"))
        connection.execute(
            insert(CaseAccess),
            [
                {
                    "id": new_id(), "case_id": one.case, "child_id": children[one.case],
                    "holder_id": one.holder, "reason": one.kind, "since": one.since,
                    "until": one.until,
                }
                for one in dealt.reasons
            ],
        )  # fmt: skip
        for statement in ASKED:
            connection.execute(statement, [vars(one) for one in dealt.asked.values()])
        if dealt.denials:
            connection.execute(
                insert(CaseDenial),
                [
                    {
                        "id": new_id(), "key_id": file.key, "case_id": file.id,
                        "child_id": file.child, "user_id": user, "since": now, "by_id": user,
                        "until": now if is_over else None,
                    }
                    for user, file, is_over in dealt.denials
                ],
            )  # fmt: skip


def disagreements(
    session: Session, them: Random, actor: Actor, dealt: Dealt, now: datetime
) -> Iterator[str]:
    """Of list, single file and permissions with the book."""
    by_book = {one.id for one in them.files if opens(actor, one, dealt, now)}
    listed = set(session.scalars(policy.visible_to(actor).with_only_columns(Case.id)))
    if listed != by_book:
        yield f"{actor.role}: lists {len(listed)}, by the book {len(by_book)}"
    known = {one.id for one in them.files if knows(actor, one, dealt, now)}
    walled = shown_by_the_wall(session, actor)
    if walled != known:
        yield f"{actor.role}: the wall shows {len(walled)}, by the book {len(known)}"
    for file in them.files:
        case = find(session, policy.visible_to(actor), file.id)
        if (case is not None) != (file.id in by_book):
            yield f"{actor.role}: opens a file: {case is not None}"
        if case is None:
            continue
        for permission in BOOK:
            if is_allowed(actor, permission, case) != may(actor, permission, file):
                yield f"{actor.role}: {permission}"


def shown_by_the_wall(session: Session, actor: Actor) -> set[UUID]:
    """The row of every case that the database itself shows this person, without any filter."""
    read_as(session, actor)
    found = set(session.scalars(select(Case.id)))
    as_house(session)
    return found


def compared(session: Session, superuser: Engine, seed: int, worlds: int) -> tuple[list[str], int]:
    """What disagrees, and how many files were open to somebody."""
    dice, them = random.Random(seed), people_and_cases(session)
    found, opened = [], 0
    for _ in range(worlds):
        now = clock.now()
        dealt = deal(dice, them, now)
        write(superuser, them, dealt, now)
        actor = dice.choice(them.actors)
        found += disagreements(session, them, actor, dealt, now)
        opened += sum(opens(actor, one, dealt, now) for one in them.files)
        session.rollback()
    return found, opened


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("worlds", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_lists_files_and_the_book_agree(
    session: Session, superuser: Engine, evidence: Evidence, worlds: int
) -> None:
    found, opened = compared(session, superuser, worlds, worlds)
    assert found == []
    assert opened > worlds / 4, "not everything is closed to everybody"
    evidence(
        "worlds",
        "{wrong} disagreements in {worlds:,} worlds, {opened:,} files open in them",
        wrong=0,
        worlds=worlds,
        opened=opened,
    )


VISIBLE = policy.visible_to


def reasons_without_end(actor: Actor) -> Select[Any]:
    if actor.role not in READERS:
        return VISIBLE(actor)
    holders = (actor.id, actor.unit_id)
    rows = select(CaseAccess.case_id).where(
        CaseAccess.holder_id.in_(holders),
        CaseAccess.reason.in_(OPENING),
        CaseAccess.child_id.not_in(denied_children(actor)),
    )
    return select(Case).where(Case.id.in_(rows))


def no_denials(actor: Actor) -> Select[Any]:
    return VISIBLE(dataclasses.replace(actor, id=uuid4()))


def no_area(actor: Actor) -> Select[Any]:
    return VISIBLE(dataclasses.replace(actor, commune_code=None))


@pytest.mark.parametrize("careless", every(2, [reasons_without_end, no_denials, no_area]))
def test_a_filter_that_forgets_a_condition_is_found(
    session: Session,
    superuser: Engine,
    monkeypatch: pytest.MonkeyPatch,
    careless: Callable[[Actor], Select[Any]],
) -> None:
    monkeypatch.setattr(policy, "visible_to", careless)
    found, _ = compared(session, superuser, 5, 60)
    assert found
