"""The requests to prosecute of a case, and what is chosen for one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, joinedload, raiseload

from app.auth.actor import Actor
from app.auth.models import Unit, UnitKind, User
from app.auth.permissions import Section
from app.cases.models import Case, CaseFile
from app.cases.queries.file import CaseFile as WholeFile
from app.cases.queries.pending import columns, of_own_cases
from app.referrals.enums import ProsecutionState
from app.referrals.models import ProsecutionRequest, ProsecutionResult
from app.referrals.rules import ReferralRules

SECTION = Section.POLICE_JUSTICE  # of every word of a request
PROSECUTION = "prosecution"  # kind of what waits for the Chair


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its results, the oldest first."""

    row: ProsecutionRequest
    results: Sequence[ProsecutionResult] = ()


def requests_of_case(session: Session, case_id: uuid.UUID) -> list[RequestView]:
    """The newest first; two statements."""
    wanted = _whole().where(ProsecutionRequest.case_id == case_id)
    rows = session.scalars(wanted.order_by(ProsecutionRequest.id.desc())).unique().all()
    results = _results(session, [row.id for row in rows])
    return [RequestView(row, [one for one in results if one.request_id == row.id]) for row in rows]


def request_of(
    session: Session, case_id: uuid.UUID, request_id: uuid.UUID
) -> ProsecutionRequest | None:
    """None for one of another case."""
    wanted = _whole().where(
        ProsecutionRequest.id == request_id, ProsecutionRequest.case_id == case_id
    )
    return session.scalars(wanted).unique().one_or_none()


def unsigned_of(session: Session, case_id: uuid.UUID) -> ProsecutionRequest | None:
    """The one that is being drafted, or waits for the Chair."""
    wanted = _whole().where(
        ProsecutionRequest.case_id == case_id, ProsecutionRequest.signed_at.is_(None)
    )
    return session.scalars(wanted).unique().one_or_none()


def request_behind(session: Session, referral_id: uuid.UUID) -> ProsecutionRequest | None:
    """The request that a referral brought to the investigators."""
    wanted = _whole().where(ProsecutionRequest.referral_id == referral_id)
    return session.scalars(wanted).unique().one_or_none()


def number_behind(session: Session, referral_id: uuid.UUID) -> str | None:
    """The number of that request alone: it says nothing of the child."""
    wanted = select(ProsecutionRequest.number)
    return session.scalar(wanted.where(ProsecutionRequest.referral_id == referral_id))


def to_sign(actor: Actor) -> Select[Any]:
    """What waits for the signature of the actor's unit, as a part of cases' `queries/pending`."""
    row = ProsecutionRequest
    return (
        of_own_cases(actor)
        .join(row, row.case_id == Case.id)
        .join(User, User.id == row.drafted_by)
        .with_only_columns(*columns(PROSECUTION, row.id, row.submitted_at, [row.drafted_by]))
        .where(row.state == ProsecutionState.SUBMITTED)
        .order_by(row.submitted_at, row.id)
    )


class Unfinished(NamedTuple):
    """What waits to be signed, or for the letter to the procuracy."""

    id: str
    state: str
    number: str | None
    drafted_by: str


def unfinished() -> ColumnElement[Any]:
    """Beside the file of a case (BESIDE): a list of the values of Unfinished, or None."""
    row = ProsecutionRequest
    is_untold = (row.state == ProsecutionState.SIGNED) & row.informed_on.is_(None)
    values = func.jsonb_build_array(row.id, row.state, row.number, row.drafted_by)
    return (
        select(func.jsonb_agg(aggregate_order_by(values, row.id)))
        .where(row.case_id == Case.id, is_untold | (row.state == ProsecutionState.SUBMITTED))
        .correlate(Case)
        .scalar_subquery()
    )


def unfinished_in(file: WholeFile) -> list[Unfinished]:
    """The oldest first; none for a reader to whom the section is closed."""
    return [Unfinished(*values) for values in getattr(file.head, PROSECUTION, None) or ()]


def _whole() -> Select[ProsecutionRequest]:
    return select(ProsecutionRequest).options(
        joinedload(ProsecutionRequest.to_unit, innerjoin=True),
        joinedload(ProsecutionRequest.unit, innerjoin=True),
        joinedload(ProsecutionRequest.signer).load_only(User.name).options(raiseload(User.key)),
    )


def _results(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[ProsecutionResult]:
    return (
        session.scalars(
            select(ProsecutionResult)
            .where(ProsecutionResult.request_id.in_(ids))
            .options(
                joinedload(ProsecutionResult.by, innerjoin=True)
                .load_only(User.name)
                .options(raiseload(User.key))
            )
            .order_by(ProsecutionResult.at, ProsecutionResult.id)
        )
        .unique()
        .all()
    )


def police_units(session: Session, case: Case) -> list[tuple[str, str]]:
    """(id, name) of the active police units of the province and of the commune."""
    near = Unit.commune_code.is_(None) | (Unit.commune_code == case.commune_code)
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.kind == UnitKind.POLICE, Unit.is_active, near)
        .order_by(Unit.commune_code.is_not(None), Unit.name)
    )
    return [(str(row.id), row.name) for row in rows]


def files_to_send(
    session: Session,
    case: Case,
    now_rules: ReferralRules,
    *,
    reader: frozenset[Section] = frozenset(Section),
) -> list[CaseFile]:
    """The documents of the case that a packet to the police may hold; addresses only where the
    caregiver may be contacted. `reader`: the sections that whoever is shown them opens."""
    allowed = {*now_rules.packet(UnitKind.POLICE.value).allowed} & reader
    if case.do_not_contact:
        allowed.discard(Section.CONTACT)
    return list(
        session.scalars(
            select(CaseFile)
            .where(
                CaseFile.case_id == case.id,
                CaseFile.removed_at.is_(None),
                CaseFile.section.in_(sorted(allowed)),
            )
            .options(joinedload(CaseFile.file, innerjoin=True))
            .order_by(CaseFile.happened_at, CaseFile.id)
            .limit(100)
        ).unique()
    )


def next_number(session: Session, unit_id: uuid.UUID, year: int) -> str:
    """The number proposed for the unit's next request of the year: 05/KN-UBND."""
    last = session.scalar(
        select(func.max(ProsecutionRequest.number_order)).where(
            ProsecutionRequest.unit_id == unit_id, ProsecutionRequest.number_year == year
        )
    )
    return f"{(last or 0) + 1:02d}/KN-UBND"
