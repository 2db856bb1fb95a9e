"""What stands of the erasure of a child and of its legal holds; which records and cases are one
child; what waits for a second person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.models import Role, User
from app.cases.erasing import ChildIds
from app.cases.models import Case, ErasureRequest, LegalHold
from app.cases.models.erasures import ErasureState
from app.cases.policy import visible_to
from app.cases.queries.pending import columns

ERASURE = "erasure"

# records that were merged into another, and those of reports that were found to be duplicates
_KIN = text(
    """
    WITH RECURSIVE kin(id) AS (
        SELECT CAST(:child_id AS uuid)
        UNION
        SELECT more.id FROM kin, LATERAL (
            SELECT c.id FROM children c WHERE c.merged_into_id = kin.id
            UNION ALL
            SELECT twin.child_id FROM cases known
                JOIN verifications v ON v.duplicate_of_id = known.id
                JOIN cases twin ON twin.id = v.case_id AND twin.state = 'duplicate'
                WHERE known.child_id = kin.id
        ) AS more(id)
    )
    SELECT kin.id AS child_id, cases.id AS case_id
        FROM kin LEFT JOIN cases ON cases.child_id = kin.id ORDER BY 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class HoldView:
    id: uuid.UUID
    ground: str
    reason: str | None
    since: datetime
    by_name: str
    until: datetime | None
    lifted_by_name: str | None
    lift_reason: str | None


@dataclass(frozen=True, slots=True)
class ErasureView:
    request: ErasureRequest
    asked_by: str
    decided_by: str | None
    ended_by: str | None


def child_ids(session: Session, child_id: uuid.UUID) -> ChildIds:
    """All records and cases that are this one child."""
    rows = session.execute(_KIN, {"child_id": child_id}).all()
    return ChildIds(
        children=list(dict.fromkeys(row.child_id for row in rows)),
        cases=[row.case_id for row in rows if row.case_id is not None],
    )


def count_visible(session: Session, actor: Actor, cases: Sequence[uuid.UUID]) -> int:
    """How many of these cases the actor may open."""
    known = visible_to(actor).where(Case.id.in_(cases))
    counted = known.with_only_columns(func.count(), maintain_column_froms=True)
    return session.scalar(counted) or 0


def holds_of(session: Session, children: Sequence[uuid.UUID]) -> list[HoldView]:
    """On any record of one child, the newest first."""
    by, lifter = aliased(User), aliased(User)
    rows = session.execute(
        select(LegalHold, by.name, lifter.name)
        .join(by, by.id == LegalHold.by_id)
        .join(lifter, lifter.id == LegalHold.lifted_by_id, isouter=True)
        .where(LegalHold.child_id.in_(children))
        .order_by(LegalHold.since.desc(), LegalHold.id.desc())
    ).unique()
    return [
        HoldView(
            id=hold.id,
            ground=hold.ground,
            reason=hold.reason,
            since=hold.since,
            by_name=by_name,
            until=hold.until,
            lifted_by_name=lifted_by,
            lift_reason=hold.lift_reason,
        )
        for hold, by_name, lifted_by in rows
    ]


def hold_of(session: Session, case: Case, hold_id: uuid.UUID) -> LegalHold | None:
    """A hold on the child of this case."""
    hold = session.get(LegalHold, hold_id)
    if hold is None or hold.child_id not in child_ids(session, case.child_id).children:
        return None
    return hold


def erasures_of(session: Session, child_id: uuid.UUID) -> list[ErasureView]:
    """The newest first."""
    by, decider, ender = aliased(User), aliased(User), aliased(User)
    rows = session.execute(
        select(ErasureRequest, by.name, decider.name, ender.name)
        .join(by, by.id == ErasureRequest.asked_by_id)
        .join(decider, decider.id == ErasureRequest.decided_by_id, isouter=True)
        .join(ender, ender.id == ErasureRequest.ended_by_id, isouter=True)
        .where(ErasureRequest.child_id == child_id)
        .order_by(ErasureRequest.asked_at.desc(), ErasureRequest.id.desc())
    ).unique()
    return [ErasureView(*row) for row in rows]


def erasure_of(session: Session, case: Case, erasure_id: uuid.UUID) -> ErasureRequest | None:
    """A request about the child of this case."""
    return (
        session.scalars(
            select(ErasureRequest).where(
                ErasureRequest.id == erasure_id, ErasureRequest.child_id == case.child_id
            )
        )
        .unique()
        .one_or_none()
    )


def to_decide(actor: Actor) -> Select[Any]:
    """The requests of others that this actor may answer, as a part of queries/pending."""
    waiting = (
        visible_to(actor)
        .join(ErasureRequest, ErasureRequest.case_id == Case.id)
        .join(User, User.id == ErasureRequest.asked_by_id)
        .with_only_columns(
            *columns(
                ERASURE,
                ErasureRequest.id,
                ErasureRequest.asked_at,
                [ErasureRequest.asked_by_id],
                about=ErasureRequest.ground,
            )
        )
        .where(ErasureRequest.state == ErasureState.ASKED, ErasureRequest.asked_by_id != actor.id)
        .order_by(ErasureRequest.asked_at, ErasureRequest.id)
    )
    if sees_whole_area(actor):
        return waiting
    return waiting.where(ErasureRequest.asked_role == Role.SUPERVISOR)
