"""Offers to hand over a case, who is kept out of it, who is away."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased, joinedload, raiseload

from app.auth.actor import Actor
from app.auth.grants import CaseDenial, denied_cases
from app.auth.models import Absence, Role, Unit, UnitKind, User
from app.cases.enums import RiskLevel
from app.cases.models import Case, CaseTransfer
from app.cases.models.moves import TransferState
from app.core.row_scope import number_of_case

TRANSFER = "transfer"


class TransferView(NamedTuple):
    """An offer with the units and people of both sides."""

    row: CaseTransfer
    from_unit: str
    to_unit: str | None
    offered_by: str
    answered_by: str | None


class OfferLine(NamedTuple):
    """What the unit that is asked may know before it accepts: no name, no words of the file."""

    id: uuid.UUID
    number: str
    age: int | None
    risk_level: RiskLevel | None
    from_unit: str
    offered_at: datetime


class HandOver(NamedTuple):
    """What a first page says of a case on its way. `other`: the other unit."""

    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    age: int | None
    risk_level: RiskLevel | None
    other: str
    is_incoming: bool
    state: TransferState
    at: datetime


class DenialView(NamedTuple):
    id: uuid.UUID
    row: CaseDenial
    name: str
    unit: str
    by_name: str


def transfers_of(session: Session, case_id: uuid.UUID) -> list[TransferView]:
    """All offers of a case, the newest first; one statement."""
    from_unit, to_unit, answered = aliased(Unit), aliased(Unit), aliased(User)
    rows = session.execute(
        select(CaseTransfer, from_unit.name, to_unit.name, User.name, answered.name)
        .join(from_unit, from_unit.id == CaseTransfer.from_unit_id)
        .join(to_unit, to_unit.id == CaseTransfer.to_unit_id, isouter=True)
        .join(User, User.id == CaseTransfer.offered_by)
        .join(answered, answered.id == CaseTransfer.answered_by, isouter=True)
        .where(CaseTransfer.case_id == case_id)
        .order_by(CaseTransfer.offered_at.desc(), CaseTransfer.id.desc())
    )
    return [TransferView(row[0], row[1], row[2], row[3], row[4]) for row in rows.unique()]


def offers_to(actor: Actor) -> Select[CaseTransfer]:
    """The offers that wait for the actor's unit, with what the page of one shows; none of a child
    from whom the actor is kept out."""
    return (
        select(CaseTransfer)
        .where(_waits_for(actor))
        .options(
            joinedload(CaseTransfer.case, innerjoin=True).options(raiseload("*")),
            joinedload(CaseTransfer.from_unit, innerjoin=True),
        )
    )


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Of a CaseTransfer."""
    return and_(
        CaseTransfer.to_unit_id == actor.unit_id,
        CaseTransfer.state == TransferState.OFFERED,
        CaseTransfer.case_id.not_in(denied_cases(actor)),
    )


def offer_lines(session: Session, actor: Actor, *, limit: int = 50) -> list[OfferLine]:
    rows = session.execute(
        select(
            CaseTransfer.id,
            Case.number,
            Case.age_at_report,
            Case.risk_level,
            Unit.name,
            CaseTransfer.offered_at,
        )
        .join(Case, Case.id == CaseTransfer.case_id)
        .join(Unit, Unit.id == CaseTransfer.from_unit_id)
        .where(_waits_for(actor))
        .order_by(CaseTransfer.offered_at)
        .limit(limit)
    )
    return [OfferLine(*row) for row in rows]


def to_answer(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The same, as a part of what waits for a Chair (queries/pending.py)."""
    row = CaseTransfer
    return (
        select(
            literal(TRANSFER).label("kind"), row.id, Case.id.label("case_id"), Case.number,
            row.offered_at.label("at"), Unit.short_name.label("by_name"),
            array([row.offered_by]).label("barred"), literal(1).label("cycle"),
            literal("").label("about"),
        )
        .join(Case, Case.id == row.case_id)
        .join(Unit, Unit.id == row.from_unit_id)
        .where(_waits_for(actor))
        .order_by(row.offered_at, row.id)
    )  # fmt: skip


def count_offers(session: Session, actor: Actor) -> int:
    """How many wait for the actor's unit."""
    waiting = offers_to(actor).options(raiseload("*")).with_only_columns(func.count())
    return session.scalar(waiting) or 0


def hand_overs(
    session: Session, actor: Actor, *, answered_since: datetime, limit: int = 50
) -> list[HandOver]:
    """What waits for the answer of the actor's unit, the oldest first; then what others answered
    to it since that moment, the newest first. Nothing but numbers of a case that is there now.
    One statement."""
    own, other = CaseTransfer.from_unit_id == actor.unit_id, aliased(Unit)
    comes = (CaseTransfer.to_unit_id == actor.unit_id) & (
        CaseTransfer.state == TransferState.OFFERED
    )
    answered = CaseTransfer.state.in_((TransferState.ACCEPTED, TransferState.DECLINED))
    went = own & answered & (CaseTransfer.answered_at > answered_since)
    rows = session.execute(
        select(
            CaseTransfer.id, CaseTransfer.case_id, number_of_case(CaseTransfer.case_id),
            Case.age_at_report, Case.risk_level,
            other.short_name, comes, CaseTransfer.state,
            func.coalesce(CaseTransfer.answered_at, CaseTransfer.offered_at),
        )
        .outerjoin(Case, Case.id == CaseTransfer.case_id)  # of one that went, closed by now
        .join(other, other.id == case(
            (comes, CaseTransfer.from_unit_id), else_=CaseTransfer.to_unit_id
        ))
        .where(or_(comes, went), CaseTransfer.case_id.not_in(denied_cases(actor)))
        .order_by(CaseTransfer.offered_at, CaseTransfer.id)
        .limit(limit)
    )  # fmt: skip
    found = [HandOver(*row) for row in rows]
    coming = [one for one in found if one.is_incoming]
    gone = [one for one in found if not one.is_incoming]
    return [*coming, *sorted(gone, key=lambda one: one.at, reverse=True)]


def handed_over(
    session: Session, actor: Actor, *, since: datetime, limit: int = 50
) -> list[HandOver]:
    """What the actor's unit offered to others of the province since that moment, and was not taken
    back; the newest first."""
    rows = session.execute(
        select(
            CaseTransfer.id, CaseTransfer.case_id, number_of_case(CaseTransfer.case_id),
            Case.age_at_report, Case.risk_level,
            Unit.short_name, false(), CaseTransfer.state,
            func.coalesce(CaseTransfer.answered_at, CaseTransfer.offered_at),
        )
        .outerjoin(Case, Case.id == CaseTransfer.case_id)
        .join(Unit, Unit.id == CaseTransfer.to_unit_id)
        .where(
            CaseTransfer.from_unit_id == actor.unit_id,
            CaseTransfer.state != TransferState.WITHDRAWN,
            CaseTransfer.offered_at > since,
            CaseTransfer.case_id.not_in(denied_cases(actor)),
        )
        .order_by(CaseTransfer.offered_at.desc(), CaseTransfer.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [HandOver(*row) for row in rows]


def denials_of(session: Session, case_id: uuid.UUID) -> list[DenialView]:
    """Who is or was kept out, the newest first."""
    by = aliased(User)
    rows = session.execute(
        select(CaseDenial, User.name, Unit.short_name, by.name)
        .join(User, User.id == CaseDenial.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .join(by, by.id == CaseDenial.by_id)
        .where(CaseDenial.case_id == case_id)
        .order_by(CaseDenial.since.desc(), CaseDenial.id.desc())
    )
    return [DenialView(row[0].id, row[0], row[1], row[2], row[3]) for row in rows.unique()]


def people_who_could_see(
    session: Session, actor: Actor, case: Case
) -> Sequence[tuple[uuid.UUID, str, str]]:
    """(id, name, unit) of the active people of the unit that works the case, and of supervisors:
    without the reader, who answers for the case, and who is kept out already."""
    kept_out = select(CaseDenial.user_id).where(
        CaseDenial.case_id == case.id, CaseDenial.until.is_(None)
    )
    owner = None if case.is_ended else case.owner_id
    known = [person for person in (actor.id, owner) if person]
    rows = session.execute(
        select(User.id, User.name, Unit.short_name)
        .join(Unit, Unit.id == User.unit_id)
        .where(
            User.is_active,
            or_(User.unit_id == case.unit_id, User.role == Role.SUPERVISOR),
            User.id.not_in(known),
            User.id.not_in(kept_out),
        )
        .order_by(Unit.short_name, User.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def served_communes(session: Session) -> set[str]:
    """The communes that have a unit to hand a case over to."""
    codes = select(Unit.commune_code).where(
        Unit.kind == UnitKind.COMMUNE_PC, Unit.is_active, Unit.commune_code.is_not(None)
    )
    return {code for code in session.scalars(codes) if code}


def deputy_of(session: Session, user_id: uuid.UUID, today: date) -> tuple[str, date] | None:
    """(the deputy's name, the last day away) while this person is away."""
    row = session.execute(
        select(User.name, Absence.until_on)
        .join(User, User.id == Absence.deputy_id)
        .where(
            Absence.user_id == user_id,
            Absence.since_on <= today,
            Absence.until_on >= today,
            Absence.cancelled_at.is_(None),
        )
        .limit(1)
    ).first()
    return None if row is None else (row.name, row.until_on)
